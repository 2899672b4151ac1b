import Diameter
import Octets
import Rf

extension ChargingRecord {
    /// The record as an ACR. All records of a session have the same Session-Id, made of what names the session, so that it
    /// is the same after a restart.
    ///
    /// - Parameter epoch: seconds since 1970 at `Instant.zero`.
    func accounting(by node: NodeIdentity.Role, origin: DiameterOrigin, epoch: Int64) -> AccountingRequest {
        func time(_ instant: Instant?) -> DiameterTime? {
            instant.map { DiameterTime(secondsSince1970: epoch + $0.nanoseconds / 1_000_000_000) }
        }
        var information = IMSInformation(node: node == .pcscf ? .pcscf : .scscf)
        information.method = method
        information.expires = expires.flatMap(UInt32.init(exactly:))
        information.role = side.map { $0 == .originating ? .originating : .terminating }
        information.callID = callID
        information.callingParties = callingParties
        information.calledParty = calledParty
        information.requestedParty = requestedParty
        information.requestedAt = time(requestedAt)
        information.answeredAt = time(answeredAt)
        information.originatingOperator = originatingOperator
        information.terminatingOperator = terminatingOperator
        information.chargingIdentifier = chargingID
        information.media = media
        information.cause = cause
        let type: AccountingRecordType =
            switch kind {
            case .start: .start
            case .interim: .interim
            case .stop: .stop
            case .event: .event
            }
        return AccountingRequest(
            session: "\(origin.host.name);\(sessionNumber >> 32);\(sessionNumber & 0xFFFF_FFFF);\(node.rawValue)",
            type: type, number: number, userName: privateIdentity,
            timestamp: time(endedAt ?? answeredAt ?? requestedAt),
            information: information)
    }

    /// TS 32.299 §7.2, Cause-Code: 0 for a normal end, 1 for another, the negative status of what failed.
    private var cause: Int32? {
        switch kind {
        case .start, .interim: nil
        case .stop: reason == nil ? 0 : 1
        case .event: status.flatMap { $0 < 300 ? 0 : Int32(exactly: -$0) }
        }
    }

    /// FNV-1a over what names the session.
    private var sessionNumber: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in "\(side?.rawValue ?? "")\n\(session)".utf8 { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        return hash
    }
}
