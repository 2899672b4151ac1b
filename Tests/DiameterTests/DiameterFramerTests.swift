import Diameter
import Testing

@Suite("Messages out of a stream, RFC 6733 §3")
struct DiameterFramerTests {
    let first = Wire.message(Wire.avp(278, Wire.number(1)))
    let second = Wire.message(command: 280)

    @Test("the same messages however the stream is cut", arguments: 1...52)
    func cuts(size: Int) throws {
        let stream = first + second
        var framer = DiameterFramer()
        var messages: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            framer.append(Array(stream[start..<min(start + size, stream.count)]))
            while let message = try framer.next() { messages.append(message) }
        }
        #expect(messages == [first, second])
        #expect(framer.rest.isEmpty)
    }

    @Test("D1: a length that cannot be ends the stream", arguments: Array(0..<20) + [21, 22, 23, 0xFFFFFF])
    func badLength(length: Int) {
        var framer = DiameterFramer()
        framer.append(Array(Wire.message(length: length).prefix(4)))
        let failure = #expect(throws: DiameterDecodeFailure.self) { try framer.next() }
        #expect(failure?.remedy == .close)
    }

    @Test("another version is answered when its header is there")
    func version() throws {
        var framer = DiameterFramer()
        let octets = Wire.message(version: 2)
        framer.append(Array(octets.prefix(19)))
        #expect(try framer.next() == nil)
        framer.append([octets[19]])
        let failure = #expect(throws: DiameterDecodeFailure.self) { try framer.next() }
        #expect(failure?.remedy == .answerAndClose(.unsupportedVersion))
        #expect(framer.rest == octets)
    }
}
