import Octets
import SIP
import Testing

@Suite("Headers of dialogs: RFC 3262, RFC 3891, RFC 3911, RFC 4028, RFC 4488")
struct DialogHeaderTests {
    @Test(
        "RFC 3262 §7.1: RSeq counts from 1", arguments: [("988789", 988_789), ("1", 1), ("4294967295", 4_294_967_295)])
    func rseq(text: String, number: UInt32) throws {
        let header = try RSeq(parsing: OctetSlice(text))
        #expect(header.number == number)
        #expect(header.text == text)
    }

    @Test("RFC 3262 §7.1: no RSeq", arguments: ["0", "4294967296", "-1", "", "1 2", "x"])
    func badRSeq(text: String) {
        #expect(throws: SIPSyntaxError.self) { try RSeq(parsing: OctetSlice(text)) }
    }

    @Test("RFC 3262 §7.2: RAck names RSeq, CSeq and method")
    func rack() throws {
        let header = try RAck(parsing: "776656 1 INVITE")
        #expect(header.response == 776_656)
        #expect(header.cseq == CSeq(1, .invite))
        #expect(header.text == "776656 1 INVITE")
    }

    @Test(
        "RFC 3262 §7.2: no RAck",
        arguments: ["776656 INVITE", "0 1 INVITE", "1 1", "1 2147483648 INVITE", "a 1 INVITE", ""])
    func badRAck(text: String) {
        #expect(throws: SIPSyntaxError.self) { try RAck(parsing: OctetSlice(text)) }
    }

    @Test("RFC 4028 §4: Session-Expires with and without a refresher")
    func sessionExpires() throws {
        let header = try SessionExpires(parsing: "4000;refresher=uac")
        #expect(header.seconds == 4000)
        #expect(header.refresher == .uac)
        #expect(try SessionExpires(parsing: " 1800 ; refresher=UAS;x=1").refresher == .uas)
        #expect(try SessionExpires(parsing: "90").refresher == nil)
        #expect(SessionExpires(90, refresher: .uas).text == "90;refresher=uas")
    }

    @Test("RFC 4028 §4, §5: no interval", arguments: ["", ";refresher=uac", "-1", "4294967296", "90 s", "9;=x"])
    func badInterval(text: String) {
        #expect(throws: SIPSyntaxError.self) { try SessionExpires(parsing: OctetSlice(text)) }
        #expect(throws: SIPSyntaxError.self) { try MinSE(parsing: OctetSlice(text)) }
    }

    @Test("RFC 4028 §5: Min-SE may have parameters")
    func minSE() throws {
        #expect(try MinSE(parsing: "3600;lr").seconds == 3600)
        #expect(MinSE(120).text == "120")
    }

    @Test("RFC 3891 §6.1: the examples")
    func replaces() throws {
        let header = try Replaces(parsing: "98732@sip.example.com\r\n ;from-tag=r33th4x0r\r\n ;to-tag=ff87ff")
        #expect(header.dialog.callID.string == "98732@sip.example.com")
        #expect(header.dialog.toTag.string == "ff87ff")
        #expect(header.dialog.fromTag.string == "r33th4x0r")
        #expect(!header.isEarlyOnly)
        let early = try Replaces(parsing: "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only")
        #expect(early.isEarlyOnly)
        #expect(early.text == "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only")
    }

    @Test(
        "RFC 3891 §6.1, RFC 3911 §7.1: exactly one Call-ID, one to-tag, one from-tag",
        arguments: [
            "a;to-tag=1", "a;from-tag=1", ";to-tag=1;from-tag=2", "a;to-tag=1;to-tag=2;from-tag=3",
            "a b;to-tag=1;from-tag=2",
        ]
    )
    func badReference(text: String) {
        #expect(throws: SIPSyntaxError.self) { try Replaces(parsing: OctetSlice(text)) }
        #expect(throws: SIPSyntaxError.self) { try Join(parsing: OctetSlice(text)) }
    }

    @Test("RFC 4488 §4: Refer-Sub is true or false")
    func referSub() throws {
        #expect(try !ReferSub(parsing: "false").isWanted)
        #expect(try ReferSub(parsing: "TRUE;x").isWanted)
        #expect(throws: SIPSyntaxError.self) { try ReferSub(parsing: "maybe") }
        #expect(ReferSub(false).text == "false")
    }
}
