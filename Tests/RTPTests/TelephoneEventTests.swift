import Octets
import RTP
import Testing

@Suite("RFC 4733: keys as events")
struct TelephoneEventTests {
    @Test("RFC 4733 §2.3: event, E, volume and duration")
    func payload() {
        // §2.3, figure 1: event 8 bits, E, R, volume 6 bits, duration 16 bits.
        let octets: [UInt8] = [11, 0x8A, 0x03, 0x20]
        let event = TelephoneEvent(OctetSlice(octets))
        #expect(event == TelephoneEvent(event: 11, isEnd: true, volume: 10, duration: 800))
        #expect(event?.octets == octets)
        #expect(event?.key?.description == "#")
        #expect(TelephoneEvent(OctetSlice([1, 2, 3])) == nil)
        #expect(TelephoneEvent(event: 16, isEnd: false, duration: 1).key == nil)
    }

    @Test("RFC 4733 §3.2: the keys and their numbers")
    func keys() {
        for (number, name) in "0123456789*#ABCD".enumerated() {
            #expect(Key(name)?.event == UInt8(number))
            #expect(Key(event: UInt8(number))?.description == String(name))
        }
        #expect(Key("x") == nil)
    }

    @Test("RFC 4733 §2.5.1: a key is told once, whatever is repeated, lost or late")
    func once() {
        var receiver = KeyReceiver()
        func packet(_ event: UInt8, _ timestamp: UInt32, isEnd: Bool = false, _ duration: UInt16 = 160) -> RTPPacket {
            let report = TelephoneEvent(event: event, isEnd: isEnd, duration: duration)
            return RTPPacket(
                payloadType: 101, sequence: 1, timestamp: timestamp, source: 1, payload: OctetSlice(report.octets))
        }
        #expect(receiver.receive(packet(3, 1_000))?.description == "3")
        for _ in 0..<3 { #expect(receiver.receive(packet(3, 1_000, isEnd: true, 800)) == nil) }
        // The same key again; its beginning is lost.
        #expect(receiver.receive(packet(3, 3_000, isEnd: true, 800))?.description == "3")
        #expect(receiver.receive(packet(3, 1_000, isEnd: true, 800)) == nil)
        #expect(receiver.receive(packet(16, 5_000)) == nil)
    }
}
