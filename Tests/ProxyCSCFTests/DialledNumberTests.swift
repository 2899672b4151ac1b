import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("RFC 3966, TS 22.030 §6.5.2: what people dial, as phones write it")
struct DialledNumberTests {
    private static let home = AccessEdge.domain

    private func send(_ uri: String, _ change: (inout HandsetProfile) -> Void = { _ in }) throws -> [Action<ProxyWork>]
    {
        var edge = AccessEdge {
            var profile = HandsetProfile("own")
            change(&profile)
            $0.handsets.add(profile)
            $0.handsets.standard = $0.handsets.index(named: "own") ?? 0
        }
        try edge.register()
        var request = Request(method: "INVITE", uri: uri, to: "<\(uri)>")
        request.expires = nil
        request.authorization = nil
        request.more = ["Route: <sip:pcscf.visited.example:5060;lr>", "Route: \(AccessEdge.serviceRoute)"]
        return try edge.send(request)
    }

    @Test(
        "service codes become SIP URIs of the home domain (RFC 3261 §19.1.6), other numbers the tel URI that is meant",
        arguments: [
            ("tel:%2321%23", "sip:%2321%23@\(home);user=phone"),
            ("tel:*21*5550002%23", "sip:*21*5550002%23@\(home);user=phone"),
            ("tel:%2A21%2A%2B15550002%23", "sip:*21*+15550002%23@\(home);user=phone"),
            ("tel:*21*5550002%23;phone-context=\(home)", "sip:*21*5550002%23@\(home);user=phone"),
            ("tel:*100", "sip:*100@\(home);user=phone"),
            ("TEL:*%2321%23", "sip:*%2321%23@\(home);user=phone"),
            ("tel:%2B15550002", "tel:+15550002"),
            ("tel:%2B1-555-0002;phone-context=\(home)", "tel:+1-555-0002;phone-context=\(home)"),
        ])
    func rewritten(_ uri: String, _ expected: String) throws {
        let message = try #require(try send(uri).forwarded).0.received()
        #expect(message.requestURI.string == expected)
        #expect(message.texts(.to) == ["<\(uri)>"])
        #expect(message.texts(.route) == [AccessEdge.serviceRoute])
    }

    @Test(
        "a URI that is in order goes on octet for octet",
        arguments: [
            "tel:+1-555-0002", "tel:5550002;phone-context=+1", "tel:*21*5550002#;phone-context=\(home)",
            "sip:*21*5550002%23@\(home);user=phone", "sip:*21*5550002%23;phone-context=\(home)@\(home);user=dialstring",
        ])
    func untouched(_ uri: String) throws {
        #expect(try send(uri).forwarded?.0.requestURI.string == uri)
    }

    @Test(
        "what is no number and no code is 400",
        arguments: ["tel:5550002", "tel:%00", "tel:*21*%0D%0A%23", "tel:hello", "tel:*%40evil.example%23", "tel:%"])
    func refused(_ uri: String) throws {
        #expect(try send(uri).response?.status == .badRequest)
    }

    @Test("or the operator wants RFC 3966 kept: 400 that says so")
    func strict() throws {
        let actions = try send("tel:*21*5550002%23") { $0.serviceCodes = .refuse }
        #expect(actions.shape == ["respond 400", "observe NUMBER_NOT_ALLOWED", "count requestRefused"])
        #expect(
            actions.response?.reason.string == "RFC 3966 allows no escapes in a number, and none without its context")
    }
}
