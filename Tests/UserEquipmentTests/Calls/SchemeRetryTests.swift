import IMS
import Octets
import SIP
import Testing
import UserEquipment

@Suite("RFC 3261 §8.1.3.5: a network that takes no tel URI")
struct SchemeRetryTests {
    private static let number = "+15550002"
    private static let other = "sip:+15550002@\(PhoneWorld.domain);user=phone"

    @Test(
        "416: the same request once more with a SIP URI; Call-ID, From and To stay, CSeq is one higher",
        arguments: ["call", "message"])
    func retried(_ command: String) throws {
        var world = try PhoneWorld.registered([:])
        let first = world.command(command, ["phone": "a", "to": Self.number, "text": "hello"])
        let one = try #require(first.sent).0
        #expect(one.requestURI == OctetSlice("tel:\(Self.number)"))
        let second = try world.answer(first, .unsupportedURIScheme)
        #expect(second.reply == nil)
        let two = try #require(second.sent).0
        #expect(two.requestURI.string == Self.other)
        for name in [HeaderName.callID, .from, .to, .route, .pPreferredIdentity, .contentType] {
            #expect(two.values(name) == one.values(name))
        }
        #expect(two.cseq?.number == (one.cseq?.number ?? 0) + 1)
        #expect(two.body == one.body)
        // A SIP URI that is not taken either is the end of it.
        let third = try world.answer(second, .unsupportedURIScheme)
        #expect(third.sent == nil)
        if command == "message" { #expect(third.reply?["status"]?.integer == 416) }
    }

    @Test("a request that had a SIP URI is not sent again")
    func once() throws {
        var world = try PhoneWorld.registered([:])
        let first = world.command("call", ["phone": "a", "to": "sip:bob@other.example"])
        #expect(try world.answer(first, .unsupportedURIScheme).sent == nil)
    }
}
