import Octets
import SDP
import Testing

@Suite("RFC 8866 §5: the values of lines")
struct LineTests {
    @Test("RFC 8866 §5.7: connections")
    func connections() throws {
        let plain = try #require(Connection("IN IP4 192.0.2.1"))
        #expect(plain.ipAddress == IPAddress("192.0.2.1"))
        #expect(!plain.isMulticast && plain.timeToLive == nil && plain.addressCount == 1)
        let scoped = try #require(Connection("IN IP4 233.252.0.1/127"))
        #expect(scoped.isMulticast && scoped.timeToLive == 127 && scoped.addressCount == 1)
        let layered = try #require(Connection("IN IP4 233.252.0.1/127/3"))
        #expect(layered.address == "233.252.0.1" && layered.timeToLive == 127 && layered.addressCount == 3)
        let six = try #require(Connection("IN IP6 ff00::db8:0:101/3"))
        #expect(six.isMulticast && six.timeToLive == nil && six.addressCount == 3)
        #expect(Connection("IN IP4 0.0.0.0")?.isUnspecified == true)
        #expect(Connection("IN IP6 ::")?.isUnspecified == true)
        #expect(Connection("IN IP4 host.example.com")?.ipAddress == nil)
        for wrong in [
            "", "IN", "IN IP4", "IN IP4 192.0.2.1 x", "IN IP4 224.0.0.1/256", "IN IP4 224.0.0.1/1/0", "IN IP4 /1",
        ] {
            #expect(Connection(OctetSlice(wrong)) == nil, "\(wrong)")
        }
    }

    @Test("RFC 8866 §5.8: bandwidth, with the units of each modifier")
    func bandwidth() throws {
        #expect(Bandwidth("AS:49")?.bitsPerSecond == 49_000)
        #expect(Bandwidth("CT:128")?.bitsPerSecond == 128_000)
        #expect(Bandwidth("TIAS:49000")?.bitsPerSecond == 49_000)
        #expect(Bandwidth("RS:600")?.bitsPerSecond == 600)
        #expect(Bandwidth("RR:2000")?.type == .rtcpReceivers)
        let unknown = try #require(Bandwidth("X-YZ:128"))
        #expect(unknown.type == nil && unknown.value == 128 && unknown.bitsPerSecond == nil)
        #expect(Bandwidth("AS:18446744073709551615")?.bitsPerSecond == nil)
        for wrong in ["AS", "AS:", "AS:-1", "AS:18446744073709551616", ":1", "A S:1"] {
            #expect(Bandwidth(OctetSlice(wrong)) == nil, "\(wrong)")
        }
    }

    @Test("RFC 8866 §5.9 to §5.11: times, in seconds or with units")
    func times() throws {
        let timing = try #require(Timing("3724394400 3754123200"))
        #expect(timing.start == 3_724_394_400 && timing.stop == 3_754_123_200 && !timing.isPermanent)
        let seconds = try #require(RepeatTimes("604800 3600 0 90000"))
        #expect(seconds == RepeatTimes("7d 1h 0 25h"))
        #expect(seconds.interval == 604_800 && seconds.duration == 3600 && seconds.offsets == [0, 90000])
        #expect(RepeatTimes("7d 1h 106751991167301d") == nil)
        #expect(RepeatTimes("7D 1h 0") == nil)
        #expect(
            ZoneAdjustments("3730928400 -1h 3749680800 0")?.adjustments == [
                .init(time: 3_730_928_400, offset: -3600), .init(time: 3_749_680_800, offset: 0),
            ])
        #expect(ZoneAdjustments("3730928400") == nil)
    }

    @Test("RFC 8866 §5.14: media lines")
    func media() throws {
        let layered = try #require(MediaLine("video 49170/2 RTP/AVP 31 32"))
        #expect(layered.type == "video" && layered.port == 49170 && layered.portCount == 2)
        #expect(layered.transport == "RTP/AVP" && layered.formats == ["31", "32"] && layered.isRTP)
        #expect(MediaLine("audio 9 UDP/TLS/RTP/SAVPF 111")?.isRTP == true)
        #expect(MediaLine("image 9 udptl t38")?.isRTP == false)
        #expect(MediaLine("message 9 TCP/MSRP *")?.formats == ["*"])
        for wrong in [
            "audio", "audio 1", "audio 1 RTP/AVP", "audio -1 RTP/AVP 0", "audio 1/0 RTP/AVP 0", "audio 1 RTP//AVP 0",
            "a:b 1 x 0",
        ] {
            #expect(MediaLine(OctetSlice(wrong)) == nil, "\(wrong)")
        }
    }

    @Test("RFC 8866 §5.2: origin; RFC 3264 §5: its numbers fit into 63 bits")
    func origin() throws {
        #expect(Origin("- 1 9223372036854775807 IN IP4 h")?.version == 9_223_372_036_854_775_807)
        #expect(Origin("- 1 9223372036854775808 IN IP4 h")?.version == nil)
        #expect(Origin("- 1 1 IN IP4 h extra") == nil)
        #expect(Origin("- 1 -1 IN IP4 h") == nil)
    }
}
