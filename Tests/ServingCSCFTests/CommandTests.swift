import IMS
import Octets
import ServingCSCF
import Testing

@Suite("Commands of the operator")
struct CommandTests {
    private func filled(_ count: Int) throws -> Laboratory {
        var laboratory = Laboratory()
        for number in 1...count {
            var message = Message()
            let user = "sip:u\(number)@\(Laboratory.domain)"
            message.to = "<\(user)>"
            message.callID = "call-\(number)"
            try laboratory.register(message, profile: Profile.profile([(user, false)]))
        }
        return laboratory
    }

    @Test("registrations: paged and filtered")
    func list() throws {
        var laboratory = try filled(12)
        let all = try laboratory.command("registrations")
        #expect(all["total"]?.integer == 12)
        #expect(all["registrations"]?.list?.count == 12)
        let page = try laboratory.command("registrations", ["offset": "10", "limit": "5"])
        #expect(page["registrations"]?.list?.count == 2)
        let some = try laboratory.command("registrations", ["filter": "u1"])
        #expect(some["total"]?.integer == 4)
        #expect(try laboratory.command("registrations", ["offset": "-1"])["error"] != nil)
    }

    @Test("registration: one, by public or private identity, with what is left of its time")
    func show() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        _ = laboratory.wait(.milliseconds(100_500))
        for identity in ["tel:+15550001", Laboratory.privateIdentity] {
            let report = try laboratory.command("registration", ["identity": identity])
            let contact = try #require(report["contacts"]?.list?.first)
            #expect(contact["expires"]?.integer == 500)
            #expect(contact["privateIdentity"]?.text == Laboratory.privateIdentity)
            #expect(report["identities"]?.list?.count == 3)
        }
        #expect(try laboratory.command("registration", ["identity": "tel:+1"])["error"] != nil)
        #expect(try laboratory.command("registration")["error"] != nil)
        #expect(try laboratory.command("dance")["error"] != nil)
    }

    @Test("Equal service profiles are kept once")
    func shared() throws {
        var laboratory = try filled(5)
        #expect(try laboratory.command("stats")["profiles"]?.integer == 1)
        #expect(try laboratory.command("stats")["registrations"]?.integer == 5)
    }
}
