import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

/// A registered phone whose SUBSCRIBE has gone out.
struct WatchingEdge {
    var edge: AccessEdge
    let subscribe: SIPMessage
    let hop: Hop
    let client: ClientTransactionID
    private var sequence = 0

    init(_ adjust: (inout ProxyCSCFConfiguration) -> Void = { _ in }) throws {
        edge = AccessEdge {
            $0.watchesRegistrations = true
            adjust(&$0)
        }
        let actions = try edge.register()
        (subscribe, hop, client) = try #require(actions.forwarded)
    }

    /// The NOTIFY of the S-CSCF.
    mutating func notify(_ body: String, state: String = "active;expires=600000", from hop: Hop = AccessEdge.core)
        throws -> [Action<ProxyWork>]
    {
        sequence += 1
        let from = try #require(subscribe.texts(.to).first)
        let to = try #require(subscribe.texts(.from).first)
        let callID = try #require(subscribe.texts(.callID).first)
        return try edge.send(
            lines: [
                "NOTIFY sip:pcscf.visited.example:5060 SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bKn",
                "From: \(from);tag=n1", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(sequence) NOTIFY",
                "Max-Forwards: 70", "Event: reg", "Subscription-State: \(state)",
                "Contact: <sip:scscf.\(AccessEdge.domain):5080>", "Content-Type: application/reginfo+xml",
                "Content-Length: \(body.utf8.count)", "", body,
            ], from: hop)
    }

    /// `register` and `terminated` of contacts, for the identity of the tests.
    static func body(
        _ version: Int, _ state: String, _ contacts: [(uri: String, attributes: String)]
    ) -> String { body(version, state, "active", contacts) }

    static func body(
        _ version: Int, _ state: String, _ registration: String, _ contacts: [(uri: String, attributes: String)]
    ) -> String {
        "<?xml version=\"1.0\"?>\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"\(version)\" "
            + "state=\"\(state)\"><registration aor=\"\(AccessEdge.publicIdentity)\" id=\"a1\" "
            + "state=\"\(registration)\">"
            + contacts.enumerated().map {
                "<contact id=\"c\($0.offset)\" \($0.element.attributes)><uri>\($0.element.uri)</uri></contact>"
            }.joined() + "</registration></reginfo>"
    }
}
