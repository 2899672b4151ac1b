import Octets
import SIP
import Testing

@Suite("RFC 3261 §8.2.6.2: what can be salvaged for an answer")
struct SalvageTests {
    private static func request(_ extra: String) -> [UInt8] {
        Array(
            ("REGISTER sip:home.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
                + "From: <sip:a@home.example>;tag=1\r\nTo: <sip:a@home.example>\r\nCall-ID: 1\r\n" + extra
                + "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n").utf8)
    }

    @Test(
        "a header beyond the limits is left out, the others are there to answer by",
        arguments: [
            "X-Long: \(String(repeating: "a", count: 20_000))\r\n",
            "X-Long: a\r\n \(String(repeating: "a", count: 20_000))\r\n b\r\n",
            String(repeating: "X-Many: a\r\n", count: 300),
        ])
    func beyondLimits(extra: String) throws {
        let octets = Self.request(extra)
        #expect(throws: SIPSyntaxError.self) { try SIPMessage(parsing: octets) }
        let cut = try? SIPMessage(parsing: Self.request(""))
        guard let salvaged = SIPMessage.salvage(octets) else {
            // So many lines in front of it leave no room for the CSeq: nothing to answer by.
            #expect(extra.hasPrefix("X-Many"))
            return
        }
        #expect(salvaged.callID == cut?.callID)
        #expect(salvaged.cseq == cut?.cseq)
        #expect(!extra.hasPrefix("X-Many"))
        #expect(SIPMessage.response(.messageTooLarge, to: salvaged, toTag: "t").status == .messageTooLarge)
    }
}
