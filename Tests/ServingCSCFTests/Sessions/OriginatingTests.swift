import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.3.2: initial requests of a served user")
struct OriginatingTests {
    @Test("to a user of the home domain: our Route off, Record-Route on, one hop less")
    func home() throws {
        var exchange = try Exchange.registered()
        let bob = "sip:bob@\(Exchange.domain)"
        let sent = try #require(try exchange.send(.originating(to: bob)).sent.first)
        #expect(sent.port == 5071)
        #expect(sent.message.requestURI.string == bob)
        #expect(sent.routes == [])
        #expect(sent.text(.maxForwards) == "68")
        let recordRoute = try #require(sent.text(.recordRoute))
        #expect(recordRoute.hasPrefix("<sip:scscf.\(Exchange.domain):5080;lr;seal=s"))
    }

    @Test("RFC 3261 §19.1.1: the transport of the caller's phone is not how the home network is reached")
    func transportOfAddressOfRecord() throws {
        var exchange = try Exchange.registered()
        let bob = "sip:bob@\(Exchange.domain);transport=tls"
        let sent = try #require(try exchange.send(.originating(to: bob)).sent.first)
        #expect(sent.port == 5071)
        #expect(sent.message.requestURI.string == bob)
    }

    @Test("RFC 3325 §9.1: the number of the user is asserted beside the SIP URI, the SIP URI beside the number")
    func alias() throws {
        var exchange = try Exchange.registered() { $0.usesDNS = true }
        var request = Request.originating()
        request.more[0] = "P-Asserted-Identity: <\(Exchange.number)>"
        let sent = try #require(try exchange.send(request).sent.first)
        #expect(
            sent.message.texts(.pAssertedIdentity)
                == ["<\(Exchange.number)>", "<sip:+15550001@\(Exchange.domain)>"])
        request.more[0] = "P-Asserted-Identity: \"Alice\" <sip:+15550001@\(Exchange.domain)>"
        request.callID = "second"
        let second = try #require(try exchange.send(request).sent.first)
        #expect(second.message.texts(.pAssertedIdentity).last == "<\(Exchange.number)>")
        #expect(second.message.count(.pAssertedIdentity) == 2)
    }

    @Test("RFC 7315 §4.6: the charging vector is kept, with our network as the originating one")
    func charging() throws {
        var exchange = try Exchange.registered() { $0.usesDNS = true }
        var request = Request.originating()
        request.more.append("P-Charging-Function-Addresses: ccf=evil.example")
        let sent = try #require(try exchange.send(request).sent.first)
        let vector = try #require(try sent.message.first(PChargingVector.self))
        #expect(vector.icid.string == "abc")
        #expect(vector.generatedAt?.string == "pcscf.ims.example")
        #expect(vector.originatingOperator?.string == Exchange.domain)
        #expect(sent.text(.pChargingFunctionAddresses) == nil)
        request.more.removeAll { $0.hasPrefix("P-Charging") }
        let made = try #require(try exchange.send(request.with { $0.callID = "2" }).sent.first)
        #expect(try #require(try made.message.first(PChargingVector.self)).icid.isEmpty == false)
    }

    @Test(
        "every method goes the same way; those that begin a dialog keep us on the path",
        arguments: [
            ("INVITE", true), ("MESSAGE", false), ("SUBSCRIBE", true), ("PUBLISH", false), ("REFER", true),
            ("OPTIONS", false), ("INFO", false), ("NOTIFY", false), ("FROBNICATE", false),
        ])
    func methods(method: String, isRecorded: Bool) throws {
        var exchange = try Exchange.registered()
        var request = Request.originating(method, to: "sip:bob@\(Exchange.domain)")
        request.more.append("Event: presence")
        let sent = try #require(try exchange.send(request).sent.first)
        #expect(sent.message.method.text == method)
        #expect(sent.message.contains(.recordRoute) == isRecorded)
        #expect(try exchange.answer(sent, 200).responses == [200])
    }

    @Test("a foreign domain is looked up; what is for the home network stays there")
    func foreign() throws {
        var exchange = try Exchange.registered { $0.usesDNS = true }
        var request = Request.originating()
        request.more.append("Privacy: id")
        let sent = try #require(try exchange.send(request).sent.first)
        #expect(sent.host == "other.example")
        #expect(sent.text(.pAccessNetworkInfo) == nil)
        #expect(sent.text(.pAssertedIdentity) == nil)
        request.more.removeLast()
        let open = try #require(try exchange.send(request.with { $0.callID = "2" }).sent.first)
        #expect(open.message.count(.pAssertedIdentity) == 2)
        var trusting = try Exchange.registered {
            $0.usesDNS = true
            $0.sessions.trustedDomains = ["other.example"]
        }
        request.more.append("Privacy: id")
        let inside = try #require(try trusting.send(request).sent.first)
        #expect(inside.message.count(.pAssertedIdentity) == 2)
        #expect(inside.text(.pAccessNetworkInfo) != nil)
    }

    @Test("a foreign domain without DNS: the refusal says which hop")
    func nowhere() throws {
        var exchange = try Exchange.registered()
        let actions = try exchange.send(.originating())
        #expect(actions.responses == [500])
        #expect(actions.observations.contains { $0.contains("other.example") && $0.contains("no way") })
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let code: String
        let status: Int
        let change: @Sendable (inout Request) -> Void
        init(_ code: String, _ status: Int, _ change: @escaping @Sendable (inout Request) -> Void) {
            (self.code, self.status, self.change) = (code, status, change)
        }
        var testDescription: String { code }
    }

    @Test(
        "refusals have a code, a status and a sentence",
        arguments: [
            Refused("NO_ASSERTED_IDENTITY", 403) { $0.more.removeFirst() },
            Refused("NO_ASSERTED_IDENTITY", 403) { $0.more[0] = "P-Asserted-Identity: <urn:service:sos>" },
            Refused("NOT_REGISTERED", 403) { $0.more[0] = "P-Asserted-Identity: <sip:eve@other.example>" },
            Refused("TOO_MANY_HOPS", 483) { $0.hops = 0 },
            Refused("EXTENSION_NOT_SUPPORTED", 420) { $0.more.append("Proxy-Require: sec-agree") },
            Refused("SCHEME_NOT_SUPPORTED", 416) { $0.uri = "mailto:bob@other.example" },
            Refused("NO_EMERGENCY_ROUTE", 503) { $0.uri = "urn:service:sos.fire" },
            Refused("NUMBER_NOT_ROUTABLE", 404) { $0.uri = "tel:+1234567890123456" },
            Refused("SERVICE_NOT_AUTHORISED", 403) {
                $0.more.append("P-Preferred-Service: urn:urn-7:3gpp-service.ims.icsi.game")
            },
            Refused("MALFORMED_REQUEST", 400) { $0.more[0] = "P-Asserted-Identity: <<sip:alice" },
            Refused("DIALOG_UNKNOWN", 481) { $0.to += ";tag=made-up" },
            Refused("ROUTE_FOREIGN", 403) { $0.routes.append("<sip:attacker.example;lr>") },
            Refused("SESSION_INTERVAL_TOO_SMALL", 422) { $0.more += ["Session-Expires: 60", "Supported: timer"] },
        ])
    func refusals(_ refused: Refused) throws {
        var exchange = try Exchange.registered(
            services: "<CoreNetworkServicesAuthorization><Extension><ListOfServiceIds><ServiceId>"
                + "urn:urn-7:3gpp-service.ims.icsi.mmtel</ServiceId></ListOfServiceIds></Extension>"
                + "</CoreNetworkServicesAuthorization>")
        let actions = try exchange.send(Request.originating().with(refused.change))
        #expect(actions.refusal?.code == refused.code)
        #expect(actions.responses == [refused.status])
        #expect(actions.refusal?.sentence.isEmpty == false)
        #expect(actions.sent.isEmpty)
    }

    @Test("a barred identity does not call")
    func barred() throws {
        var exchange = try Exchange.registered(barred: true)
        let actions = try exchange.send(.originating())
        #expect(actions.refusal?.code == "IDENTITY_BARRED")
        #expect(actions.responses == [403])
    }

    @Test("RFC 6050 §4.2: a service that the profile allows is asserted")
    func service() throws {
        var exchange = try Exchange.registered()
        let mmtel = "urn:urn-7:3gpp-service.ims.icsi.mmtel"
        let request = Request.originating(to: "sip:bob@\(Exchange.domain)").with {
            $0.more.append("P-Preferred-Service: \(mmtel)")
        }
        let sent = try #require(try exchange.send(request).sent.first)
        #expect(sent.text(.pAssertedService) == mmtel)
        #expect(sent.text(.pPreferredService) == nil)
    }

    @Test("RFC 5031 §3: an emergency call goes to the E-CSCF of its service, or of the more general one")
    func emergency() throws {
        var exchange = try Exchange.registered {
            $0.sessions.emergencyRoutes = [.init(service: .emergency, uri: "sip:psap.example.net")]
        }
        let sent = try #require(try exchange.send(.originating(to: "urn:service:sos.police")).sent.first)
        #expect(sent.port == 7110)
        #expect(sent.message.requestURI == "urn:service:sos.police")
        #expect(sent.routes == ["<sip:psap.example.net;lr>"])
    }

    @Test("responses go back, one final; CANCEL goes on")
    func responses() throws {
        var exchange = try Exchange.registered()
        let sent = try #require(try exchange.send(.originating(to: "sip:bob@\(Exchange.domain)")).sent.first)
        #expect(try exchange.answer(sent, 100).responses == [])
        #expect(try exchange.answer(sent, 180).responses == [180])
        let server = ServerTransactionID(rawValue: exchange.laboratory.transactions)
        #expect(exchange.laboratory.handle(.cancelled(server)).cancelled == [sent.client])
        #expect(try exchange.answer(sent, 487).responses == [487])
        #expect(try exchange.laboratory.stat("requests") == 0)
    }

    @Test("a next hop that does not answer: 408, and the log says which")
    func silentHop() throws {
        var exchange = try Exchange.registered()
        let sent = try #require(try exchange.send(.originating(to: "sip:bob@\(Exchange.domain)")).sent.first)
        let actions = exchange.fail(sent, .timeout)
        #expect(actions.responses == [408])
        #expect(actions.observations.contains { $0.contains("sip:bob@\(Exchange.domain)") })
    }

    @Test("A4: a stranger is refused; so is one request more than there may be")
    func strangers() throws {
        var exchange = try Exchange.registered { $0.sessions.maximumRequests = 1 }
        let stranger = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.v4(0xC000_0201), 5060))
        #expect(try exchange.send(.originating(), from: stranger).refusal?.code == "UNTRUSTED_PEER")
        let bob = "sip:bob@\(Exchange.domain)"
        #expect(try exchange.send(.originating(to: bob)).sent.count == 1)
        let second = try exchange.send(.originating(to: bob).with { $0.callID = "2" })
        #expect(second.responses == [503])
        #expect(try #require(second.response).contains(.retryAfter))
    }
}
