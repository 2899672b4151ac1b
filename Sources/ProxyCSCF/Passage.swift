import IMS
import Octets
import SIP

/// What the P-CSCF remembers of a request, other than REGISTER, that is on its way.
struct Passage: Sendable {
    enum Course: Sendable, Equatable {
        /// TS 24.229 §5.2.6.3: to where its next Route leads.
        case fromPhone
        /// TS 24.229 §5.2.6.4: over the phone's flow.
        case towardsPhone
    }

    let course: Course
    /// As it came: what the Vias of the answer have to be.
    private(set) var request: SIPMessage
    let arrival: Hop
    /// The phone's.
    let flow: Hop
    /// The user of the phone; nil when nobody is known there.
    let user: RegisteredContacts.User?
    /// What goes into our Record-Route; nil when the request begins no dialog.
    let leg: Leg?
    /// P-Charging-Vector of the request as it is in the core.
    private(set) var chargingVector: OctetSlice?
    /// The session that a request inside a dialog belongs to, listed or not.
    var session: SessionTable.Key?
    /// Of an INVITE that begins a session: what its answer is judged by (RFC 4028 §8.1).
    var pending: ProxySessionTimer.Pending?
    /// An INVITE that begins a session, as it left.
    var sent: SIPMessage?
    /// Of an initial request by the Service-Route: what becomes of it when the S-CSCF is lost.
    var detour: ProxyCSCF.Detour?
    /// When it left.
    var leftAt: Instant?
    /// Record-Route as it went to the phone, which is what its answers must have.
    var recordRoute: [OctetSlice] = []

    /// A 2xx to an INVITE has gone back. It is remembered for long after that, for copies of it and for those of other
    /// forks: what they are made of and judged by is all that stays.
    mutating func letGo() {
        detour = nil
        chargingVector = chargingVector.map { OctetSlice($0.array) }
        session = session.map { SessionTable.Key(id: $0.id.detached, phoneIsCaller: $0.phoneIsCaller) }
        request = request.excerpt { Self.answered.contains($0) }
        sent = sent?.excerpt { Self.answered.contains($0) }
        var writer = OctetWriter(reserving: recordRoute.reduce(0) { $0 + $1.count })
        for route in recordRoute { writer.write(route) }
        let text = writer.octets
        var end = 0
        for index in recordRoute.indices {
            let begin = end
            end += recordRoute[index].count
            recordRoute[index] = OctetSlice(text, begin..<end)
        }
    }

    /// The headers of a request that its answer has, or that a dialog is made by.
    private static let answered: [HeaderName] = [
        .via, .recordRoute, .from, .to, .callID, .cseq, .contact, .pCalledPartyID,
    ]
}

extension SIPMessage {
    /// Whether it begins a dialog, so that we have to stay on its path: RFC 3261 §12.1, RFC 6665 §4.1, RFC 3515 §2.4.1.
    var beginsDialog: Bool {
        switch method.token {
        case .invite, .subscribe, .refer: toTag == nil
        default: false
        }
    }
}
