import Cx
import Testing

@Suite("TS 29.228 Annex E: writing a user profile")
@MainActor
struct UserProfileWritingTests {
    @Test("what is written is read back the same", arguments: [Profiles.minimal, Profiles.full])
    func roundTrip(subscription: IMSSubscription) throws {
        #expect(try IMSSubscription(parsing: subscription.xml) == subscription)
    }

    @Test("what is written is valid by the schema", arguments: [Profiles.minimal, Profiles.full])
    func schema(subscription: IMSSubscription) {
        #expect(SchemaValidator.accepts(subscription.xml))
    }

    @Test("the schema refuses what is not in it")
    func schemaRefuses() {
        #expect(!SchemaValidator.accepts(Array("<IMSSubscription/>".utf8)))
        #expect(!SchemaValidator.accepts(Profiles.trigger("<Group>0</Group>")))
        #expect(!SchemaValidator.accepts(Profiles.trigger("<Method>A</Method><Group>0</Group>")))
        #expect(SchemaValidator.accepts(Profiles.trigger("<Group>0</Group><Method>A</Method>")))
    }

    @Test("the smallest document")
    func text() {
        #expect(
            String(decoding: Profiles.minimal.xml, as: UTF8.self) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <IMSSubscription><PrivateID>a@example.org</PrivateID><ServiceProfile><PublicIdentity>\
                <Identity>sip:a@example.org</Identity></PublicIdentity></ServiceProfile></IMSSubscription>
                """)
    }

    @Test("a control character does not make the document malformed")
    func control() throws {
        var subscription = Profiles.minimal
        subscription.serviceProfiles[0].publicIdentities[0].displayName = "a\u{1}b"
        let read = try IMSSubscription(parsing: subscription.xml)
        #expect(read.publicIdentities[0].displayName == "a\u{FFFD}b")
    }
}
