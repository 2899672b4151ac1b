import Octets
import SIP
import Testing

@Suite("RFC 3261 §16.4, §16.6, §16.12.1: Route preprocessing and next hop")
struct RoutingTests {
    private let own: OwnNames = {
        let listener = SIPListener(.udp, Endpoint(.v4(0xC633_6401), 5060), sentBy: "p3.middle.com")
        var names = OwnNames(listeners: [listener])
        names.insert(host: "alias.middle.com", port: 5080)
        return names
    }()

    private func message(_ uri: String, routes: String...) -> SIPMessage {
        var message = SIPMessage(.invite, uri: uri)
        for route in routes { message.append(.route, route) }
        return message
    }

    private func preprocess(_ message: inout SIPMessage) throws -> RoutePreprocessing {
        try RoutePreprocessing(&message) { own.contains($0) }
    }

    @Test("§16.4: our Route comes off and tells what we wrote into it")
    func ownRoute() throws {
        var request = message("sip:callee@u2.domain.com", routes: "<sip:orig@p3.middle.com;lr>, <sip:p4.domain.com;lr>")
        let result = try preprocess(&request)
        #expect(result.ownRoute?.user?.string == "orig")
        #expect(!result.wasStrictlyRouted)
        #expect(request.values(.route).map(\.string) == ["<sip:p4.domain.com;lr>"])
        #expect(request.requestURI.string == "sip:callee@u2.domain.com")
    }

    @Test(
        "§16.4: names of ours by address, default port, alias and case",
        arguments: [
            ("<sip:198.51.100.1;lr>", true), ("<sip:198.51.100.1:5060;lr>", true), ("<sip:P3.Middle.COM;lr>", true),
            ("<sip:alias.middle.com:5080;lr>", true), ("<sip:alias.middle.com;lr>", false),
            ("<sip:p3.middle.com:5070;lr>", false), ("<sip:p4.domain.com;lr>", false), ("<tel:+1>", false),
        ])
    func names(route: String, isOurs: Bool) throws {
        var request = message("sip:callee@u2.domain.com", routes: route)
        let result = try preprocess(&request)
        #expect((result.ownRoute != nil) == isOurs)
        #expect(request.contains(.route) != isOurs)
    }

    @Test("§16.12.1.2: a strict router had our URI in the Request-URI: the last Route is the target")
    func strictPreviousHop() throws {
        var request = message("sip:p3.middle.com;lr", routes: "<sip:p4.domain.com;lr>", "<sip:callee@u2.domain.com>")
        let result = try preprocess(&request)
        #expect(result.wasStrictlyRouted)
        #expect(request.requestURI.string == "sip:callee@u2.domain.com")
        #expect(request.values(.route).map(\.string) == ["<sip:p4.domain.com;lr>"])
    }

    @Test("A Request-URI that names us without lr is a target, not a Route of ours")
    func ownTarget() throws {
        var request = message("sip:p3.middle.com", routes: "<sip:p4.domain.com;lr>")
        #expect(try preprocess(&request).ownRoute == nil)
        #expect(request.requestURI.string == "sip:p3.middle.com")
    }

    @Test("Route that cannot be read is an error, not a trap")
    func malformed() {
        var request = message("sip:callee@u2.domain.com", routes: "<sip:p3.middle.com;lr")
        #expect(throws: SIPSyntaxError.self) { try preprocess(&request) }
    }

    @Test("§16.6 step 7: the first Route, else the Request-URI, is the next hop")
    func nextHop() throws {
        var request = message("sip:callee@u2.domain.com", routes: "<sip:p4.domain.com;lr>")
        guard case .sip(let route) = try request.takeNextHop() else { return #expect(Bool(false)) }
        #expect(route.host.string == "p4.domain.com")
        #expect(request.requestURI.string == "sip:callee@u2.domain.com")
        #expect(request.values(.route).count == 1)

        var bare = message("sip:callee@u2.domain.com:5070")
        guard case .sip(let target) = try bare.takeNextHop() else { return #expect(Bool(false)) }
        #expect(target.port == 5070)
    }

    @Test("§16.6 step 6: towards a strict router its URI becomes the Request-URI, ours goes to the end of Route")
    func strictNextHop() throws {
        var request = message("sip:callee@u2.domain.com", routes: "<sip:p3.middle.com>", "<sip:p4.domain.com;lr>")
        guard case .sip(let next) = try request.takeNextHop() else { return #expect(Bool(false)) }
        #expect(next.host.string == "p3.middle.com")
        #expect(request.requestURI.string == "sip:p3.middle.com")
        #expect(request.values(.route).map(\.string) == ["<sip:p4.domain.com;lr>", "<sip:callee@u2.domain.com>"])
    }

    @Test("§16.6 step 4, RFC 3327 §5.2: entries of ours go before the others")
    func entries() {
        var request = message("sip:callee@u2.domain.com")
        request.append(.recordRoute, "<sip:p1.example.com;lr>")
        let listener = SIPListener(.tcp, Endpoint(.v4(0xC633_6401), 5070))
        request.insertRecordRoute(RouteText(listener, user: "term"))
        request.insertPath(RouteText(host: "pcscf.example.com", port: nil, parameters: ";ob"))
        #expect(
            request.values(.recordRoute).map(\.string)
                == ["<sip:term@198.51.100.1:5070;transport=tcp;lr>", "<sip:p1.example.com;lr>"])
        #expect(request.values(.path).map(\.string) == ["<sip:pcscf.example.com;lr;ob>"])
    }
}
