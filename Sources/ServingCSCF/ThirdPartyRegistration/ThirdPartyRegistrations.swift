import Cx
import IMS
import Octets
import SIP

/// REGISTERs of ours that application servers have not answered yet.
struct ThirdPartyRegistrations: Sendable {
    struct Pending: Sendable {
        /// Whom the server was told of.
        let identity: PublicIdentity
        let server: String
        let handling: ApplicationServer.DefaultHandling
        /// The user is leaving; what the server makes of it changes nothing.
        let isLeaving: Bool
    }

    private var pending: [ClientTransactionID: Pending] = [:]

    var count: Int { pending.count }

    mutating func began(_ transaction: ClientTransactionID, _ registration: Pending) {
        pending[transaction] = registration
    }

    mutating func ended(_ transaction: ClientTransactionID) -> Pending? { pending.removeValue(forKey: transaction) }

    func holds(_ transaction: ClientTransactionID) -> Bool { pending[transaction] != nil }
}
