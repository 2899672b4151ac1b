import Cx
import Diameter
import Octets
import ProxyCSCF
import Rx
import SIP
import Testing

@Suite("TS 29.213 §6.2: service information out of session descriptions")
struct ServiceInformationTests {
    /// The components of the AAR for an answered call of the phone.
    private func components(_ phone: String, _ network: String) throws -> [MediaComponent] {
        var edge = try PolicyEdge()
        _ = try edge.grant(try edge.call(phone))
        return try edge.request(try edge.answer(.ok, network)).mediaComponents
    }

    private static let phone = "2001:646:f1:45:2d0:59ff:fe14:f33a"
    private static let server = "2001:646:a:3a7:2d0:59ff:fe40:2014"

    /// Each flow as annex B lists them: `1.2 DL 50230`.
    private func flows(_ components: [MediaComponent]) -> [String] {
        components.flatMap { component in
            component.subComponents.flatMap { flow in
                flow.flowDescriptions.map { rule in
                    let words = rule.split(separator: " ")
                    return "\(component.number).\(flow.flowNumber)\(flow.flowUsage == .rtcp ? " RTCP" : "") "
                        + "\(words[1] == "in" ? "UL" : "DL") \(words[words.count - 2]) \(words[words.count - 1])"
                }
            }
        }
    }

    @Test("TS 29.214 table B.2.3: one way each, and both")
    func example1() throws {
        let found = try components(
            PolicyEdge.description(
                Self.phone,
                [
                    "m=video 50230 RTP/AVP 31", "a=recvonly", "m=audio 50330 RTP/AVP 0", "a=sendonly",
                    "m=application 50430 udp wb", "a=sendrecv",
                ]),
            PolicyEdge.description(
                Self.server,
                [
                    "m=video 51372 RTP/AVP 31", "a=sendonly", "m=audio 49170 RTP/AVP 0", "a=recvonly",
                    "m=application 32416 udp wb", "c=IN IP6 2001:646:a:3a7:250:daff:fe0e:c6f2", "a=sendrecv",
                ]))
        #expect(
            flows(found) == [
                "1.1 DL \(Self.phone) 50230", "1.2 RTCP UL \(Self.server) 51373", "1.2 RTCP DL \(Self.phone) 50231",
                "2.1 UL \(Self.server) 49170", "2.2 RTCP UL \(Self.server) 49171",
                "2.2 RTCP DL \(Self.phone) 50331", "3.1 UL 2001:646:a:3a7:250:daff:fe0e:c6f2 32416",
                "3.1 DL \(Self.phone) 50430",
            ])
        #expect(found.map(\.flowStatus) == [.enabledDownlink, .enabledUplink, .enabled])
        #expect(found.map(\.mediaType) == [.video, .audio, .application])
    }

    @Test("TS 29.214 table B.5.3: a=rtcp, and numbers by the ports at the phone")
    func example4() throws {
        let found = try components(
            PolicyEdge.description(Self.phone, ["m=video 50230 RTP/AVP 31", "a=recvonly", "a=rtcp:49320"]),
            PolicyEdge.description(Self.server, ["m=video 51372 RTP/AVP 31", "a=sendonly", "a=rtcp:53020"]))
        #expect(
            flows(found) == [
                "1.1 RTCP UL \(Self.server) 53020", "1.1 RTCP DL \(Self.phone) 49320", "1.2 DL \(Self.phone) 50230",
            ])
    }

    @Test("the rules are IPFilterRules that permit: from the phone in, to it out")
    func rules() throws {
        let found = try components(PolicyEdge.phones, PolicyEdge.theirs)
        #expect(
            found.first?.subComponents.first?.flowDescriptions == [
                "permit in 17 from 10.11.12.13 to 192.0.2.9 50000", "permit out 17 from 192.0.2.9 to 10.11.12.13 40000",
            ])
    }

    @Test("an offer alone says where to the phone receives, nothing of the other side")
    func offer() throws {
        var edge = try PolicyEdge()
        let request = try edge.request(try edge.call())
        #expect(
            request.mediaComponents.first?.subComponents.map(\.flowDescriptions) == [
                ["permit out 17 from any to 10.11.12.13 40000"], ["permit out 17 from any to 10.11.12.13 40001"],
            ])
        #expect(request.serviceInfoStatus == .preliminary)
    }

    @Test("RFC 3264 §5.1, §6.1: b= is what its writer wants to receive; bits a second")
    func bandwidth() throws {
        let both = try components(PolicyEdge.phones, PolicyEdge.theirs)
        #expect(both.first?.maxBandwidthDL == 64_000)
        #expect(both.first?.maxBandwidthUL == 80_000)
        let one = try components(
            PolicyEdge.description("10.11.12.13", ["m=audio 4 RTP/AVP 0", "b=TIAS:12200", "b=RS:600", "b=RR:2000"]),
            PolicyEdge.description("192.0.2.9", ["m=audio 6 RTP/AVP 0", "b=RS:500", "b=RR:1500"]))
        #expect(one.first?.maxBandwidthDL == 12_200)
        #expect(one.first?.maxBandwidthUL == 12_200)
        #expect(one.first?.rsBandwidth == 500)
        #expect(one.first?.rrBandwidth == 1_500)
    }

    /// The table of TS 29.213 §6.2 as an SBC's manual has it: by the direction in the last description, and whose that is.
    @Test(
        "Flow-Status by the direction, seen from the phone",
        arguments: [
            ("sendrecv", FlowStatus.enabled, FlowStatus.enabled), ("inactive", .disabled, .disabled),
            ("recvonly", .enabledUplink, .enabledDownlink), ("sendonly", .enabledDownlink, .enabledUplink),
        ])
    func directions(_ direction: String, _ fromNetwork: FlowStatus, _ fromPhone: FlowStatus) throws {
        let answer = PolicyEdge.description("192.0.2.9", ["m=audio 6 RTP/AVP 0", "a=\(direction)"])
        #expect(try components(PolicyEdge.phones, answer).first?.flowStatus == fromNetwork)
        var edge = try PolicyEdge()
        _ = try edge.grant(try edge.ring())
        let own = PolicyEdge.description("10.11.12.13", ["m=audio 6 RTP/AVP 0", "a=\(direction)"])
        #expect(try edge.request(try edge.answer(.ok, own)).mediaComponents.first?.flowStatus == fromPhone)
    }

    @Test("port 0 removes a stream, TCP is always open, MSRP has one flow")
    func others() throws {
        let found = try components(
            PolicyEdge.description(
                "10.11.12.13", ["m=audio 4 RTP/AVP 0", "m=video 8 RTP/AVP 31", "m=message 2855 TCP/MSRP *"]),
            PolicyEdge.description(
                "192.0.2.9",
                ["m=audio 6 RTP/AVP 0", "m=video 0 RTP/AVP 31", "m=message 2855 TCP/MSRP *", "a=recvonly"]))
        #expect(found.map(\.flowStatus) == [.enabled, .removed, .enabled])
        #expect(found.map(\.subComponents.count) == [2, 0, 1])
        #expect(found.map(\.mediaType) == [.audio, .video, .message])
        #expect(
            found.last?.subComponents.first?.flowDescriptions.first == "permit in 6 from 10.11.12.13 to 192.0.2.9 2855")
    }

    @Test("RFC 5761: reports share the port when both sides say so, and not before", arguments: [true, false])
    func multiplexed(_ agree: Bool) throws {
        let found = try components(
            PolicyEdge.description("10.11.12.13", ["m=audio 4 RTP/AVP 0", "a=rtcp-mux"]),
            PolicyEdge.description("192.0.2.9", ["m=audio 6 RTP/AVP 0"] + (agree ? ["a=rtcp-mux"] : [])))
        #expect(found.first?.subComponents.count == (agree ? 1 : 2))
    }

    @Test("RFC 3264 §8.4: to 0.0.0.0 goes nothing")
    func hold() throws {
        let found = try components(
            PolicyEdge.phones, PolicyEdge.description("0.0.0.0", ["m=audio 6 RTP/AVP 0"]))
        #expect(
            found.first?.subComponents.first?.flowDescriptions == ["permit out 17 from any to 10.11.12.13 40000"])
    }

    @Test("TS 29.214 §5.3.7: Codec-Data names side and role, then the lines of the stream; keys stay out")
    func codecs() throws {
        let found = try components(
            PolicyEdge.description(
                "10.11.12.13",
                [
                    "m=audio 40000 RTP/SAVP 96", "b=AS:49", "a=rtpmap:96 AMR-WB/16000", "a=fmtp:96 mode-set=0",
                    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret", "a=sendrecv", "a=ptime:20",
                ]), PolicyEdge.description("192.0.2.9", ["m=audio 6 RTP/SAVP 96", "a=rtpmap:96 AMR-WB/16000"]))
        #expect(
            found.first?.codecData.map(\.string) == [
                "uplink\noffer\nm=audio 40000 RTP/SAVP 96\na=rtpmap:96 AMR-WB/16000\na=fmtp:96 mode-set=0\na=ptime:20\n",
                "downlink\nanswer\nm=audio 6 RTP/SAVP 96\na=rtpmap:96 AMR-WB/16000\n",
            ])
    }
}
