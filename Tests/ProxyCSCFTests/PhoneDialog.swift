import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

/// A phone's dialog through us: the phone, our entries in its route set, and the S-CSCF's side.
struct PhoneDialog {
    static let tcpPhone = Hop(
        .tcp, ListenerID(rawValue: 1), Endpoint(.v4(0x0A0B_0C0D), 33_000), connection: ConnectionID(rawValue: 7))

    var edge: AccessEdge
    let phone: Hop
    let entries: [String]
    /// Whether the phone has called.
    let isCaller: Bool
    /// P-Charging-Vector of the INVITE as it left.
    let icid: String?

    init(
        isCaller: Bool, _ phone: Hop = AccessEdge.phone, _ answer: [(HeaderName, String)] = [],
        _ adjust: (inout ProxyCSCFConfiguration) -> Void = { _ in }
    ) throws {
        edge = AccessEdge(adjust)
        self.phone = phone
        self.isCaller = isCaller
        try edge.register(from: phone)
        let actions: [Action<ProxyWork>]
        if isCaller {
            actions = try edge.send(
                Request(
                    method: "INVITE", uri: "sip:bob@192.0.2.9", from: "<sip:a@x>;tag=f2",
                    more: ["Route: \(AccessEdge.serviceRoute)"]), from: phone)
        } else {
            let path = try edge.path(from: phone)
            actions = try edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        }
        let invite = try #require(actions.forwarded).0
        entries = invite.texts(.recordRoute).filter { $0.contains("pcscf") }
        icid = invite.texts(.pChargingVector).first
        _ = try edge.answer(
            actions, .ok,
            [(.contact, isCaller ? "<sip:bob@192.0.2.9>" : "<sip:001010000000001@10.11.12.13:5060>")]
                + invite.texts(.recordRoute).map { (.recordRoute, $0) } + answer)
    }

    private var callID: String { isCaller ? "c1@10.11.12.13" : "c2" }

    /// A request of the dialog, by its route set.
    func lines(_ method: String, fromPhone: Bool, _ more: [String] = []) -> [String] {
        let routes = fromPhone == isCaller ? entries.reversed() : entries
        let further = fromPhone ? ["<sip:scscf.\(AccessEdge.domain):5080;lr>"] : []
        let tags = fromPhone == isCaller ? ("f2", "s1") : ("s1", "f2")
        return [
            "\(method) \(fromPhone ? "sip:bob@192.0.2.9" : "sip:001010000000001@10.11.12.13:5060") SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bKd", "From: <sip:a@x>;tag=\(tags.0)",
            "To: <sip:b@x>;tag=\(tags.1)", "Call-ID: \(callID)", "CSeq: 2 \(method)", "Max-Forwards: 70",
        ] + (routes + further).map { "Route: \($0)" } + more
    }

    mutating func send(_ method: String, fromPhone: Bool, _ more: [String] = [], by hop: Hop? = nil) throws
        -> [Action<ProxyWork>]
    {
        try edge.send(
            lines: lines(method, fromPhone: fromPhone, more),
            from: hop ?? (fromPhone ? phone : AccessEdge.core))
    }
}
