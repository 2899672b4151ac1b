import ApplicationServer
import IMS
import Octets
import SIP
import Testing

@Suite("TS 24.611: barring")
struct BarringTests {
    let domain = SCSCFSide.domain

    @Test(
        "outgoing: what is barred gets 603, the rest goes on",
        arguments: [
            ("all", "sip:carol@example.org", true), ("all", "tel:+4930123", true),
            ("international", "tel:+33123", true), ("international", "tel:+4930123", false),
            ("international", "sip:0033123@\(SCSCFSide.domain);user=phone", true),
            ("international", "sip:030123@\(SCSCFSide.domain);user=phone", false),
            ("international", "sip:carol@example.org", false),
            ("+49900,+49190", "tel:+49-900-5", true), ("+49900,+49190", "tel:+49901", false),
            ("sip:carol@example.org", "sip:carol@EXAMPLE.org;x=y", true),
            ("sip:carol@example.org", "sip:dave@example.org", false), ("none", "tel:+33123", false),
        ])
    func outgoing(barred: String, target: String, isRefused: Bool) throws {
        var side = try SCSCFSide { $0.plan.country = "+49" }
        side.set("sip:alice@\(domain)", "bar-outgoing \(barred)")
        for served in ["sescase=orig;regstate=reg", "orig-cdiv"] {
            let actions = side.send(
                try SCSCFSide.invite(target, served: "<sip:alice@\(domain)>;\(served)"))
            #expect(actions.statuses == (isRefused ? [603] : []))
            #expect(actions.forwarded.isEmpty == isRefused)
        }
    }

    @Test(
        "incoming: by who asserts himself to be whom, calls and messages alike",
        arguments: [
            ("all", true), ("sip:alice@\(SCSCFSide.domain)", true), ("+4930", false),
            ("sip:bob@\(SCSCFSide.domain)", false),
        ])
    func incoming(barred: String, isRefused: Bool) throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "bar-incoming \(barred)", "forward.unconditional tel:+491")
        #expect(side.send(try SCSCFSide.invite()).statuses == (isRefused ? [603] : [181]))
    }

    @Test("ACR: 433 for a caller without identity, RFC 5079 by its status; others get through")
    func anonymous() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "reject-anonymous yes")
        for (privacy, status) in [("id", 433), ("user;critical", 433), ("header", 433), ("none", 0), ("history", 0)] {
            let actions = side.send(try SCSCFSide.invite(extra: ["Privacy: \(privacy)"]))
            #expect(actions.statuses == (status == 0 ? [] : [status]))
        }
        var unknown = try SCSCFSide.invite()
        unknown.remove(.pAssertedIdentity)
        #expect(side.send(unknown).statuses.isEmpty)
        unknown.set(.from, "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=a1")
        #expect(side.send(unknown).statuses == [433])
    }

    @Test("TS 22.030: *33*PIN# and the like, with the right PIN alone")
    func codes() throws {
        var side = try SCSCFSide()
        func dial(_ code: String) throws -> SIPMessage {
            try SCSCFSide.invite(
                "sip:\(code)@\(domain);user=phone", served: "<sip:alice@\(domain)>;sescase=orig;regstate=reg",
                body: SCSCFSide.offer)
        }
        #expect(side.send(try dial("*33*1234%23")).statuses == [403])
        side.set("sip:alice@\(domain)", "barring-pin 1234")
        #expect(side.send(try dial("*33*1235%23")).statuses == [403])
        #expect(side.send(try dial("*%2333%23")).statuses == [480])
        #expect(side.send(try dial("*33*1234%23")).statuses == [200])
        #expect(side.send(try dial("*%2333%23")).statuses == [200])
        #expect(side.send(try dial("0301")).statuses == [603])
        #expect(side.send(try dial("%2333*1234%23")).statuses == [200])
        #expect(side.send(try dial("0301")).statuses.isEmpty)
    }
}

@Suite("TS 24.607, TS 24.608: identity presentation and restriction")
struct IdentityTests {
    let domain = SCSCFSide.domain

    @Test(
        "OIR: the Privacy of a call by the user's mode and the call's wish, RFC 3323 §4.2, RFC 3325 §9.3",
        arguments: [
            ("no", nil, nil), ("no", "id", "id"), ("no", "none", "none"), ("no", "history", "history"),
            ("default", nil, "id"), ("default", "none", "none"), ("default", "history", "history;id"),
            ("always", nil, "id"), ("always", "none", "id"), ("always", "user", "user;id"), ("always", "id", "id"),
        ] as [(String, String?, String?)])
    func originating(mode: String, asked: String?, sent: String?) throws {
        var side = try SCSCFSide()
        side.set("sip:alice@\(domain)", "hide-identity \(mode)")
        let invite = try SCSCFSide.invite(
            served: "<sip:alice@\(domain)>;sescase=orig;regstate=reg", extra: asked.map { ["Privacy: \($0)"] } ?? [])
        let request = try #require(side.send(invite).forwarded.first).request
        #expect(request.firstValue(.privacy)?.string == sent)
        #expect(request.contains(.pAssertedIdentity))
    }

    @Test(
        "#31# and *31# before a number are for this call",
        arguments: [("%2331%23", "no", "id"), ("*31%23", "default", "none"), ("*31%23", "always", "id")])
    func perCall(prefix: String, mode: String, privacy: String) throws {
        var side = try SCSCFSide()
        side.set("sip:alice@\(domain)", "hide-identity \(mode)")
        let invite = try SCSCFSide.invite(
            "sip:\(prefix)+4930123@\(domain);user=phone", served: "<sip:alice@\(domain)>;sescase=orig;regstate=reg")
        let request = try #require(side.send(invite).forwarded.first).request
        #expect(request.requestURI.string == "tel:+4930123")
        #expect(request.firstValue(.privacy)?.string == privacy)
    }

    @Test("OIP withdrawn: the called user does not see who calls")
    func terminating() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "see-callers no")
        #expect(side.send(try SCSCFSide.invite()).forwarded.first?.request.contains(.pAssertedIdentity) == false)
    }

    @Test("TIR: who answers asks for privacy; TIP withdrawn: the caller does not see who answers")
    func connected() throws {
        for (setting, served) in [
            ("hide-connected yes", "<\(SCSCFSide.bob)>;sescase=term;regstate=reg"),
            ("see-connected no", "<\(SCSCFSide.bob)>;sescase=orig;regstate=reg"),
        ] {
            var side = try SCSCFSide()
            side.set(SCSCFSide.bob, setting)
            let (offered, client) = try #require(side.send(try SCSCFSide.invite(served: served)).forwarded.first)
            var answer = SIPMessage.response(.ok, to: offered, toTag: "b1")
            answer.append(.pAssertedIdentity, "<\(SCSCFSide.bob)>")
            let passed = try #require(side.handle(.response(answer, client)).responses.first)
            let isHidden = setting.hasPrefix("hide")
            #expect(passed.contains(.pAssertedIdentity) == isHidden)
            #expect(passed.firstValue(.privacy)?.string == (isHidden ? "id" : nil))
        }
    }
}
