import Octets
import SIP
import Testing

/// Parse → serialise → parse is a fixed point, and no octets stop the process.
@Suite("Fixed point")
struct FixedPointTests {
    @Test("What is written reads the same", arguments: TortureMessage.readable)
    func torture(_ torture: TortureMessage) throws {
        let message = try torture.parsed()
        let written = message.serialized()
        let again = try SIPMessage(parsing: written)
        #expect(again == message)
        #expect(again.serialized() == written)
        try checkHeaders(message)
    }

    @Test("Mutated messages: refused or a fixed point", arguments: 0..<8)
    func mutations(_ seed: Int) throws {
        var entropy = Entropy(number: UInt64(seed))
        let originals = try (TortureMessage.readable + InvalidTortureTests.requests.map { .rfc4475($0.name) }).map {
            try $0.wire
        }
        for _ in 0..<1500 {
            let octets = mutate(originals[Int(entropy.next32()) % originals.count], &entropy)
            _ = SIPMessage.salvage(octets)
            var framer = StreamFramer()
            framer.append(octets)
            while let _ = try? framer.next() {}
            guard let message = try? SIPMessage(parsing: octets) else { continue }
            _ = message.validateRequest(.everyKnownHeader)
            _ = message.validateResponse(.everyKnownHeader)
            let written = message.serialized()
            let again = try SIPMessage(parsing: written)
            #expect(again == message)
            #expect(again.serialized() == written)
            edit(message)
            try checkHeaders(message)
        }
    }

    /// One of: octets flipped, a run taken out, a run doubled, a structural character put in.
    private func mutate(_ original: [UInt8], _ entropy: inout Entropy) -> [UInt8] {
        var octets = original
        for _ in 0...entropy.next32() % 4 {
            guard octets.count > 8 else { break }
            let position = Int(entropy.next32()) % (octets.count - 4)
            let length = min(Int(entropy.next32() % 40) + 1, octets.count - position)
            switch entropy.next32() % 5 {
            case 0: octets[position] = UInt8(truncatingIfNeeded: entropy.next32())
            case 1: octets.removeSubrange(position..<position + length)
            case 2: octets.insert(contentsOf: octets[position..<position + length], at: position)
            case 3: octets.removeLast(length)
            default:
                let structural = Array("\r\n\r\n <>\"\\;,=:@%?[]\t*\0".utf8)
                octets.insert(structural[Int(entropy.next32()) % structural.count], at: position)
            }
        }
        return octets
    }

    private func edit(_ original: SIPMessage) {
        var message = original
        message.removeFirstValue(.via)
        message.prepend(.via, "SIP/2.0/UDP a;branch=z9hG4bK1")
        message.set(.contact, "<sip:a@b>")
        message.remove(.to)
        message.append(.route, "<sip:a;lr>")
        message.setRequestURI("sip:b")
        #expect((try? SIPMessage(parsing: message.serialized())) == message)
    }

    /// Every typed header that can be read is the same after it is written.
    private func checkHeaders(_ message: SIPMessage) throws {
        try check(Via.self, message)
        try check(From.self, message)
        try check(To.self, message)
        try check(Contact.self, message)
        try check(CSeq.self, message)
        try check(Route.self, message)
        try check(Credentials.self, message)
        try check(RetryAfter.self, message)
        try check(Warning.self, message)
        for uri in message.values(.contact) + [message.requestURI] {
            guard let parsed = try? URI(parsing: uri) else { continue }
            let again = try URI(parsing: OctetSlice(parsed.text))
            #expect(again.matches(parsed))
            #expect(again.text == parsed.text)
        }
    }

    private func check<Header: SIPHeader>(_ type: Header.Type, _ message: SIPMessage) throws {
        for value in message.values(Header.name) {
            guard let header = try? Header(parsing: value) else { continue }
            let again = try Header(parsing: OctetSlice(header.text))
            #expect(again.text == header.text)
        }
    }
}
