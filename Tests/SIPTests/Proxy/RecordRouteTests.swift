import Octets
import SIP
import Testing

@Suite("RFC 3261 §16.4, §16.6 step 4: Record-Route that comes back")
struct RecordRouteTests {
    private static let udp = SIPListener(.udp, Endpoint(.v4(0xC633_6401), 5060), sentBy: "proxy.example.com")
    private static let tls = SIPListener(.tls, Endpoint(.v4(0xC633_6401), 5061), sentBy: "proxy.example.com")
    private static let udp6 = SIPListener(.udp, Endpoint(.v6(0x2001_0db8_0000_0000, 1), 5060))
    private let routing = RecordRouting(RecordRouteSeal(key: (1, 2)))

    private func isOwn(_ uri: SIPURI) -> Bool {
        var names = OwnNames(listeners: [Self.udp, Self.udp6])
        names.insert(host: "proxy.example.com", port: 5061)
        return names.contains(uri)
    }

    private func request(
        _ method: Method = .invite, _ uri: String = "sip:bob@example.com", from: String = "caller", to: String? = nil,
        callID: String = "call1", routes: [OctetSlice] = []
    ) -> SIPMessage {
        var request = SIPMessage(method, uri: uri)
        for route in routes { request.append(.route, route) }
        request.append(.from, "<sip:a@example.com>;tag=\(from)")
        request.append(.to, "<sip:b@example.com>\(to.map { ";tag=\($0)" } ?? "")")
        request.append(.callID, callID)
        return request
    }

    /// The Record-Route of an INVITE that has passed.
    private func recorded(
        text: OctetSlice = "orig;x=1 %", arrival: SIPListener = udp, departure: SIPListener = udp,
        uri: String = "sip:bob@example.com"
    ) -> [OctetSlice] {
        var invite = request(.invite, uri)
        routing.insert(into: &invite, text: text, arrival: arrival, departure: departure)
        return invite.values(.recordRoute)
    }

    private func passage(_ message: inout SIPMessage) throws -> RecordRouting.Passage? {
        try routing.passage(of: &message) { isOwn($0) }
    }

    @Test("§16.6 step 4: a SIP URI with lr, before the others, that a parser reads")
    func entry() throws {
        var invite = request()
        invite.append(.recordRoute, "<sip:below.example.net;lr>")
        routing.insert(into: &invite, text: "orig", arrival: Self.udp, departure: Self.udp)
        let entries = try invite.all(RecordRoute.self)
        #expect(entries.count == 2)
        guard case .sip(let uri) = try #require(entries.first).address.parsedURI() else { return #expect(Bool(false)) }
        #expect(uri.isLooseRouter && uri.host == "proxy.example.com" && uri.port == 5060)
        #expect(uri.user == nil && uri.transport == nil)
    }

    @Test("Caller and callee are told apart, and the text is what it was")
    func direction() throws {
        var fromCaller = request(.bye, from: "caller", to: "callee", routes: recorded())
        let first = try #require(try passage(&fromCaller))
        let seal = try #require(first.seal)
        #expect(seal.text == "orig;x=1 %" && seal.sender == .caller && seal.position == .single)
        #expect(!fromCaller.contains(.route))
        var fromCallee = request(.bye, from: "callee", to: "caller", routes: recorded())
        #expect(try passage(&fromCallee)?.seal?.sender == .callee)
    }

    @Test("A forged, altered or transplanted seal is none; the Route is ours all the same")
    func forged() throws {
        let text = recorded(text: "orig")[0].string
        let altered = OctetSlice(text.replacing("orig", with: "term"))
        var message = request(.bye, to: "callee", routes: [altered])
        #expect(try #require(try passage(&message)).seal == nil)
        var elsewhere = request(.bye, to: "callee", callID: "call2", routes: [OctetSlice(text)])
        #expect(try #require(try passage(&elsewhere)).seal == nil)
        var stranger = request(.bye, from: "x", to: "y", routes: [OctetSlice(text)])
        #expect(try #require(try passage(&stranger)).seal == nil)
        var other = request(.bye, to: "callee", routes: [OctetSlice(text)])
        let foreign = RecordRouting(RecordRouteSeal(key: (1, 3)))
        #expect(try #require(try foreign.passage(of: &other) { isOwn($0) }).seal == nil)
        for parameter in ["", ";seal", ";seal=s", ";seal=s0123456789abcde", ";seal=xx0123456789abcdef0"] {
            var odd = request(.bye, to: "callee", routes: [OctetSlice("<sip:proxy.example.com;lr\(parameter)>")])
            #expect(try #require(try passage(&odd)).seal == nil)
        }
    }

    @Test("Two sockets, two entries: each side finds its own first, and both come off as one")
    func double() throws {
        let entries = recorded(text: "p", arrival: Self.udp, departure: Self.udp6)
        #expect(entries.count == 2)
        #expect(entries[0].string.hasPrefix("<sip:[2001:db8::1]:5060;"), "the callee's side is on top")
        #expect(entries[1].string.hasPrefix("<sip:proxy.example.com:5060;"))
        // §12.1.1: the callee takes the values in order; §12.1.2: the caller in reverse.
        var fromCallee = request(.bye, from: "callee", to: "caller", routes: entries)
        let up = try #require(try passage(&fromCallee))
        #expect(up.seal?.sender == .callee && up.arrival.host == "[2001:db8::1]")
        #expect(up.departure?.host == "proxy.example.com")
        #expect(!fromCallee.contains(.route))
        var fromCaller = request(
            .bye, from: "caller", to: "callee", routes: entries.reversed() + ["<sip:next.example.com;lr>"])
        let down = try #require(try passage(&fromCaller))
        #expect(down.seal?.sender == .caller && down.arrival.host == "proxy.example.com")
        #expect(down.departure?.host == "[2001:db8::1]")
        #expect(fromCaller.values(.route) == ["<sip:next.example.com;lr>"])
    }

    @Test("A change of transport is one of sockets; the entry says which")
    func transports() {
        let entries = recorded(text: "p", arrival: Self.tls, departure: Self.udp)
        #expect(entries.count == 2)
        #expect(entries[1].string.hasPrefix("<sip:proxy.example.com:5061;transport=tls;lr;seal=u"))
        #expect(entries[0].string.hasPrefix("<sip:proxy.example.com:5060;lr;seal=d"))
    }

    @Test("A spiral: two single entries of ours, one behind the other, are taken one at a time")
    func spiral() throws {
        var invite = request()
        routing.insert(into: &invite, text: "1", arrival: Self.udp, departure: Self.udp)
        routing.insert(into: &invite, text: "2", arrival: Self.udp, departure: Self.udp)
        var bye = request(.bye, from: "caller", to: "callee", routes: invite.values(.recordRoute).reversed())
        let first = try #require(try passage(&bye))
        #expect(first.seal?.text == "1" && first.departure == nil)
        #expect(bye.count(.route) == 1)
        #expect(try passage(&bye)?.seal?.text == "2")
    }

    @Test("§16.6 step 4: SIPS where the request goes to SIPS, by Request-URI or next Route")
    func sips() {
        #expect(recorded(departure: Self.tls, uri: "sips:bob@example.com").allSatisfy { $0.hasPrefix("<sips:") })
        var invite = request(.invite, routes: ["<sips:next.example.com;lr>"])
        routing.insert(into: &invite, text: "", arrival: Self.tls, departure: Self.tls)
        #expect(invite.values(.recordRoute).allSatisfy { $0.hasPrefix("<sips:proxy.example.com:5061;lr") })
    }

    @Test("§16.4: from a strict router our entry is the Request-URI, and the last Route the target")
    func strictRouter() throws {
        let text = recorded(text: "orig")[0].string.dropFirst().dropLast()
        var bye = request(
            .bye, String(text), from: "caller", to: "callee",
            routes: ["<sip:next.example.com;lr>", "<sip:bob@192.0.2.4>"])
        let result = try #require(try passage(&bye))
        #expect(result.wasStrictlyRouted && result.seal?.text == "orig")
        #expect(bye.requestURI == "sip:bob@192.0.2.4")
        #expect(bye.values(.route) == ["<sip:next.example.com;lr>"])
    }

    @Test("A request by nobody's Route has no passage")
    func none() throws {
        var bare = request()
        #expect(try passage(&bare) == nil)
        var foreign = request(.bye, routes: ["<sip:other.example.com;lr>"])
        #expect(try passage(&foreign) == nil)
        #expect(foreign.count(.route) == 1)
    }

    @Test(
        "§16.4: a maddr of ours comes off with port and transport, if the request came by these",
        arguments: [
            ("sip:bob@x.com;maddr=198.51.100.1", "sip:bob@x.com"),
            ("sip:bob@x.com:5060;maddr=198.51.100.1;transport=udp;y=1", "sip:bob@x.com;y=1"),
            ("sip:bob@x.com:5070;maddr=198.51.100.1", "sip:bob@x.com:5070;maddr=198.51.100.1"),
            ("sip:bob@x.com;maddr=198.51.100.1;transport=tcp", "sip:bob@x.com;maddr=198.51.100.1;transport=tcp"),
            ("sip:bob@x.com;maddr=192.0.2.9", "sip:bob@x.com;maddr=192.0.2.9"), ("tel:+1", "tel:+1"),
        ])
    func maddr(uri: String, expected: String) throws {
        var message = request(.invite, uri)
        try message.stripOwnMaddr(arrivedBy: Self.udp) { $0 == "198.51.100.1" }
        #expect(message.requestURI.string == expected)
    }
}
