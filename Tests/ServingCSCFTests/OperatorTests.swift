import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@MainActor
@Suite("TS 24.229 §5.4.1.5, §5.4.1.6: what the operator does to registrations")
struct OperatorTests {
    private func watched() throws -> Laboratory {
        var laboratory = Laboratory()
        try laboratory.register()
        try laboratory.acknowledge(try laboratory.send(Subscribe()))
        _ = laboratory.wait(.seconds(10))
        return laboratory
    }

    @Test(
        "§5.4.1.5: deregister: the HSS is told, the watchers hear the event",
        arguments: [
            ("deactivated", Laboratory.publicIdentity), ("rejected", Laboratory.privateIdentity),
            ("probation", "tel:+15550001"),
        ])
    func deregister(reason: String, identity: String) throws {
        var laboratory = try watched()
        let (report, actions) = try laboratory.order(
            "deregister", ["identity": identity, "reason": reason, "retry-after": "90"])
        #expect(report["deregistered"]?.integer == 1)
        #expect(
            actions.shape == ["ask SAR administrativeDeregistration", "count deregistered", "reply", "forward NOTIFY"])
        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.registrations.map(\.state) == ["terminated", "terminated"])
        let contact = try #require(news.registrations.first?.contacts.first)
        #expect(contact["event"] == reason)
        #expect(contact["retry-after"] == (reason == "probation" ? "90" : nil))
        #expect(try laboratory.stat("registrations") == 0)
    }

    @Test("Neither an unknown identity nor an unknown reason does anything")
    func mistakes() throws {
        var laboratory = try watched()
        #expect(
            try laboratory.command("deregister", ["identity": "sip:nobody@x"])["error"]?.text
                == "sip:nobody@x is not registered here.")
        #expect(
            try laboratory.command("deregister", ["identity": Laboratory.publicIdentity, "reason": "why"])["error"]?
                .text
                == "'why' is no reason; there are deactivated, rejected and probation.")
        #expect(try laboratory.command("reauthenticate")["error"]?.text == "The identity is not registered here.")
        #expect(try laboratory.stat("registrations") == 1)
    }

    @Test("§5.4.1.6: reauthenticate: shortened, and the next REGISTER is challenged though it comes protected")
    func reauthenticate() throws {
        var laboratory = try watched()
        let (_, actions) = try laboratory.order(
            "reauthenticate", ["identity": Laboratory.publicIdentity, "seconds": "40"])
        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.summary.first?.hasSuffix(" active shortened") == true)
        #expect(news.registrations.first?.contacts.first?["expires"] == "40")
        try laboratory.acknowledge(actions)
        var refresh = Message()
        refresh.cseq = 3
        refresh.authorization = .response(.one)
        refresh.protection = "yes"
        let asked = try laboratory.send(refresh)
        #expect(asked.shape == ["count registerReceived", "ask MAR"])
        _ = try laboratory.answer(asked, .two)
        refresh.cseq = 4
        refresh.authorization = .response(.two)
        _ = try laboratory.answer(try laboratory.send(refresh), profile: Profile.standard)
        refresh.cseq = 5
        #expect(try laboratory.send(refresh).response?.status == .ok, "it has proved itself")
    }

    @Test("A shortened registration that nobody refreshes ends when it was told")
    func shortened() throws {
        var laboratory = try watched()
        _ = try laboratory.order("reauthenticate", ["identity": Laboratory.publicIdentity, "seconds": "40"])
        #expect(!laboratory.wait(.seconds(39)).shape.contains("count registrationExpired"))
        #expect(laboratory.wait(.seconds(1)).shape.contains("count registrationExpired"))
    }
}
