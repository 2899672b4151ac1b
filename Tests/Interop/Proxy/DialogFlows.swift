import Octets
import SIP

/// The connections over which the two ends of a dialog talk to us, as text for our Record-Route: in-dialog requests bring
/// it back and find their way to clients whose Contact leads nowhere (RFC 5626 §5.3, RFC 7118 §5.2.2).
///
///     LISTENER*CONNECTION*ADDRESS:PORT!LISTENER*CONNECTION*ADDRESS:PORT       caller ! callee; `-` without a connection
struct DialogFlows: Equatable {
    var caller: Hop?
    var callee: Hop?

    init(caller: Hop?, callee: Hop?) {
        self.caller = caller
        self.callee = callee
    }

    /// What was sealed by us; anything else has no flows.
    init(_ text: OctetSlice, listeners: [ListenerID: SIPListener]) {
        let ends = text.string.split(separator: "!", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return }
        caller = Self.hop(ends[0], listeners)
        callee = Self.hop(ends[1], listeners)
    }

    var text: OctetSlice { OctetSlice("\(Self.text(caller))!\(Self.text(callee))") }

    /// Where a request of this sender goes.
    func towards(_ sender: RecordRouteSeal.Sender) -> Hop? {
        switch sender {
        case .caller: callee
        case .callee: caller
        }
    }

    private static func text(_ hop: Hop?) -> String {
        guard let hop, let connection = hop.connection else { return "-" }
        return "\(hop.listener.rawValue)*\(connection.rawValue)*\(hop.remote)"
    }

    private static func hop(_ text: Substring, _ listeners: [ListenerID: SIPListener]) -> Hop? {
        let parts = text.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count == 3, let id = UInt16(parts[0]).map(ListenerID.init(rawValue:)), let listener = listeners[id],
            let connection = UInt64(parts[1]), let remote = Endpoint(String(parts[2]))
        else { return nil }
        return Hop(listener.transport, id, remote, connection: ConnectionID(rawValue: connection))
    }
}
