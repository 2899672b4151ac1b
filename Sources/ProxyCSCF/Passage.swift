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
    let request: SIPMessage
    let arrival: Hop
    /// The phone's.
    let flow: Hop
    /// The user of the phone; nil when nobody is known there.
    let user: RegisteredContacts.User?
    /// What goes into our Record-Route; nil when the request begins no dialog.
    let leg: Leg?
    /// P-Charging-Vector of the request as it is in the core.
    let chargingVector: OctetSlice?
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
