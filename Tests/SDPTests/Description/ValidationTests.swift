import Octets
import SDP
import Testing

@Suite("RFC 8866 §9: the whole grammar")
struct ValidationTests {
    @Test("descriptions of the RFCs", arguments: [Sample.example, Sample.directions, Sample.twoFamilies, Sample.phone])
    func valid(text: String) throws { try described(text).validate() }

    @Test(
        "what may be read but is not right",
        arguments: [
            (["s=-", "t=0 0"], SDPError(.missing, .origin)),
            (["o=- 1 1 IN IP4 192.0.2.1", "t=0 0"], SDPError(.missing, .sessionName)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-"], SDPError(.missing, .timing)),
            (["o=- x 1 IN IP4 192.0.2.1", "s=-", "t=0 0"], SDPError(.malformed, .origin, line: 2)),
            (["o=- 1 1 IN IP4", "s=-", "t=0 0"], SDPError(.malformed, .origin, line: 2)),
            (["s=-", "o=- 1 1 IN IP4 192.0.2.1", "t=0 0"], SDPError(.order, .origin, line: 3)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "s=-", "t=0 0"], SDPError(.duplicate, .sessionName, line: 4)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0"], SDPError(.malformed, .timing, line: 4)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "r=7d 1h 0"], SDPError(.order, .repeatTimes, line: 4)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", "r=7d 1h"], SDPError(.malformed, .repeatTimes, line: 5)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "b=AS:x", "t=0 0"], SDPError(.malformed, .bandwidth, line: 4)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", "a="], SDPError(.malformed, .attribute, line: 5)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", "a=x:"], SDPError(.malformed, .attribute, line: 5)),
            (["o=- 1 1 IN IP4 192.0.2.1", "s=-", "t=0 0", "m=audio 1 RTP/AVP 0"], SDPError(.missing, .connection)),
            (
                ["o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 65536 RTP/AVP 0"],
                SDPError(.malformed, .media, line: 6)
            ),
            (
                ["o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 1 RTP/AVP"],
                SDPError(.malformed, .media, line: 6)
            ),
            (
                ["o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 2001:db8::1", "t=0 0"],
                SDPError(.malformed, .connection, line: 4)
            ),
            (
                ["o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.256", "t=0 0"],
                SDPError(.malformed, .connection, line: 4)
            ),
            // §5.7: IPv4 multicast has a TTL, unicast has neither TTL nor number.
            (
                ["o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 233.252.0.1", "t=0 0"],
                SDPError(.malformed, .connection, line: 4)
            ),
            (
                ["o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1/127", "t=0 0"],
                SDPError(.malformed, .connection, line: 4)
            ),
        ])
    func invalid(lines: [String], error: SDPError) throws {
        let description = try described((["v=0"] + lines).joined(separator: "\n"))
        #expect(throws: error) { try description.validate() }
    }

    @Test("RFC 3264 §9 figure 1 has t= before c=: read, but not valid")
    func figure() throws {
        let description = try described(Sample.capabilities)
        #expect(throws: SDPError(.order, .connection, line: 5)) { try description.validate() }
        #expect(description.media.map(\.isRejected) == [true, true])
    }

    @Test("each error says what and where")
    func sentences() {
        #expect("\(SDPError(.malformed, .media, line: 6))" == "malformed m= line (line 6)")
        #expect("\(SDPError(.missing, .connection))" == "missing c= line")
    }
}
