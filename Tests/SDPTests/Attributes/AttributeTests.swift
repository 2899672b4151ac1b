import Octets
import SDP
import Testing

@Suite("RFC 8866 §6: attributes")
struct AttributeTests {
    @Test("RFC 8866 §6.6: rtpmap")
    func rtpmap() throws {
        let stereo = try #require(RTPMap("98 L16/16000/2"))
        #expect(stereo.payloadType == 98 && stereo.codec == Codec(name: "l16", clockRate: 16000, channels: 2))
        #expect(RTPMap("97 AMR-WB/16000/1")?.codec == RTPMap("104 amr-wb/16000")?.codec)
        #expect(RTPMap("97 AMR/8000")?.codec != RTPMap("97 AMR/16000")?.codec)
        for wrong in ["128 X/8000", "98 L16", "98 L16/0", "98", "x L16/8000", "98 L16/8000/x", "98 L16/4294967296"] {
            #expect(RTPMap(OctetSlice(wrong)) == nil, "\(wrong)")
        }
    }

    /// RFC 3551 §6, tables 4 and 5: the types with a fixed meaning, and some without.
    @Test(
        "RFC 3551 §6: static payload types",
        arguments: [
            (0, "PCMU", 8000, 1), (3, "GSM", 8000, 1), (8, "PCMA", 8000, 1), (9, "G722", 8000, 1),
            (10, "L16", 44100, 2), (11, "L16", 44100, 1), (16, "DVI4", 11025, 1), (18, "G729", 8000, 1),
            (31, "H261", 90000, 1), (34, "H263", 90000, 1),
        ] as [(UInt8, String, UInt32, UInt32)])
    func staticTypes(type: UInt8, name: String, clockRate: UInt32, channels: UInt32) {
        #expect(
            Codec(staticPayloadType: type)
                == Codec(name: OctetSlice(name), clockRate: clockRate, channels: channels))
        for unassigned in [1, 2, 19, 24, 35, 72, 96, 127] as [UInt8] {
            #expect(Codec(staticPayloadType: unassigned) == nil)
        }
    }

    @Test("RFC 8866 §6.15: fmtp, with its parameters")
    func formatParameters() throws {
        let medium = try #require(try described(Sample.phone).media(at: 0))
        let evs = try #require(medium.parameters(of: "96"))
        #expect(evs["br"] == "5.9-24.4")
        #expect(evs["BW"] == "nb-swb")
        #expect(evs["ch-aw-recv"] == "-1")
        #expect(evs["mode-set"] == nil)
        #expect(medium.parameters(of: "100")?.text == "0-15")
        #expect(medium.parameters(of: "0") == nil)
        let example = try #require(FormatParameters("96 profile-level-id=42e016;max-mbps=108000;max-fs=3600"))
        #expect(example["profile-level-id"] == "42e016" && example["max-fs"] == "3600")
    }

    @Test("RFC 8866 §6.7: a direction of the session is that of each medium without its own")
    func directions() throws {
        let media = try described(Sample.directions).media
        #expect(media.map(\.direction) == [.sendAndReceive, .inactive, .inactive])
        #expect(try described(Sample.example).media.map(\.direction) == Array(repeating: .sendAndReceive, count: 3))
    }

    @Test("RFC 8866 §5.13: attributes by name and level, names in their case")
    func byName() throws {
        let description = try described(Sample.phone)
        let audio = try #require(description.media(at: 0))
        #expect(description.session.attribute("tool")?.value == "phone")
        #expect(audio.section.attribute("tool") == nil)
        #expect(audio.attribute("tool")?.value == "phone")
        #expect(audio.section.attributes("rtpmap").count == 3)
        #expect(audio.section.attribute("RTPMAP") == nil)
        #expect(audio.section.attribute("rtpma") == nil)
        #expect(audio.section.hasAttribute("sendrecv"))
        #expect(audio.section.attribute("sendrecv")?.value == nil)
        #expect(audio.section.bandwidth(.transportIndependent)?.value == 49000)
        #expect(audio.section.bandwidth(.conferenceTotal) == nil)
        #expect(try audio.section.bandwidths.map(\.modifier) == ["AS", "RS", "RR", "TIAS"])
        let rtcp = try #require(audio.section.value(of: RTCPAddress.self))
        #expect(rtcp.port == 50013 && rtcp.connection?.ipAddress == IPAddress("2001:db8::10"))
        #expect(RTCPAddress("53020")?.connection == nil)
        #expect(RTCPAddress("53020 IN") == nil)
    }
}

@Suite("RFC 3312: preconditions")
struct PreconditionTests {
    private func stream(_ lines: [String], port: Int = 20000) throws -> MediaDescription {
        let head = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
        let text = (head + ["m=audio \(port) RTP/AVP 0"] + lines).joined(separator: "\n")
        return try #require(try described(text).media(at: 0))
    }

    @Test("RFC 3312 §4: the example's attributes")
    func attributes() throws {
        let segmented = try stream([
            "a=curr:qos local sendrecv", "a=curr:qos remote none", "a=des:qos optional local sendrecv",
            "a=des:qos mandatory remote sendrecv", "a=conf:qos remote sendrecv",
        ])
        let current = segmented.section.values(of: CurrentStatus.self).map(\.status)
        #expect(current.map(\.status) == [.local, .remote])
        #expect(current.map(\.directions) == [[.send, .receive], []])
        let desired = segmented.section.values(of: DesiredStatus.self)
        #expect(desired.map(\.strength) == [.optional, .mandatory])
        #expect(desired.map(\.type) == ["qos", "qos"])
        #expect(segmented.section.value(of: ConfirmStatus.self)?.status.status == .remote)
        #expect(!segmented.arePreconditionsMet)
        for wrong in ["qos local", "qos nearby none", "qos local both", "qos local none x"] {
            #expect(CurrentStatus(OctetSlice(wrong)) == nil, "\(wrong)")
        }
        #expect(DesiredStatus("qos perhaps local send") == nil)
    }

    /// The messages SDP1, SDP3 and SDP4 of §13.1.
    @Test(
        "RFC 3312 §4: met when the current status reaches what is mandatory",
        arguments: [
            (["a=curr:qos e2e none", "a=des:qos mandatory e2e sendrecv"], false),
            (["a=curr:qos e2e send", "a=des:qos mandatory e2e sendrecv"], false),
            (["a=curr:qos e2e sendrecv", "a=des:qos mandatory e2e sendrecv"], true),
            (["a=curr:qos e2e send", "a=des:qos optional e2e send", "a=des:qos mandatory e2e recv"], false),
            (["a=curr:qos e2e recv", "a=des:qos optional e2e send", "a=des:qos mandatory e2e recv"], true),
            (["a=curr:qos local none", "a=curr:qos remote none", "a=des:qos none local sendrecv"], true),
            (["a=curr:qos local sendrecv", "a=des:qos mandatory remote sendrecv"], false),
            (["a=curr:foo e2e sendrecv", "a=des:qos mandatory e2e sendrecv"], false),
            (["a=des:qos mandatory e2e"], false),
            ([], true),
        ])
    func met(lines: [String], isMet: Bool) throws {
        #expect(try stream(lines).arePreconditionsMet == isMet)
        // §8.1: of a rejected stream none counts.
        #expect(try stream(lines, port: 0).arePreconditionsMet)
    }

    @Test("RFC 3312 §5.2 table 4: tags turn round in the answer")
    func reversal() {
        #expect(PreconditionStatusType.allCases.map(\.reversed) == [.endToEnd, .remote, .local])
        #expect(PreconditionDirections.send.reversed == .receive)
        #expect(PreconditionDirections([.send, .receive]).reversed == [.send, .receive])
    }
}
