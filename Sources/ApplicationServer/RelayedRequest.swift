import Octets
import SIP

/// What is remembered of a request on its way.
struct RelayedRequest: Sendable {
    let request: SIPMessage
    /// The To tag of responses that we make ourselves.
    let tag: String
    /// Of a call whose user has rules.
    var call: DivertibleCall?
    /// Whose rules.
    var user: ServedUser?
    /// Since when it goes somewhere else.
    var diversion: Diversion?
    /// A MESSAGE that is kept for its user when it does not reach him.
    var isKept = false
    /// The transaction towards the phone, or the new target.
    var client: ClientTransactionID?

    init(_ request: SIPMessage, _ tag: String) {
        self.request = request
        self.tag = tag
    }
}
