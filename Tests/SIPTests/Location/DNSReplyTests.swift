import Octets
import SIP
import Testing

@Suite("RFC 1035, RFC 2782, RFC 3403: replies of a name server")
struct DNSReplyTests {
    /// Labels in front of the place 12, where the question's name `example.com` stands.
    private static let pointer: [UInt8] = [0xC0, 0x0C]
    private static let question: [UInt8] = name("example.com") + [0, 1, 0, 1]

    private static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static func header(_ answers: UInt8, _ authorities: UInt8 = 0, code: UInt8 = 0) -> [UInt8] {
        [0, 7, 0x81, 0x80 | code, 0, 1, 0, answers, 0, authorities, 0, 0]
    }

    private static func record(
        _ kind: UInt8, ttl: UInt8 = 60, _ data: [UInt8], of owner: [UInt8] = pointer, family: UInt8 = 1
    ) -> [UInt8] { owner + [0, kind, 0, family, 0, 0, 0, ttl, 0, UInt8(data.count)] + data }

    private static func query(_ kind: DNSQuery.Kind) throws -> DNSQuery {
        DNSQuery(kind, try #require(DNSName("Example.COM.")))
    }

    private static func read(_ octets: [UInt8], _ kind: DNSQuery.Kind = .a) throws -> DNSAnswer {
        DNSReply.read(octets, to: try query(kind))
    }

    @Test("addresses; the least TTL counts")
    func addresses() throws {
        let reply =
            Self.header(2) + Self.question + Self.record(1, ttl: 9, [192, 0, 2, 1]) + Self.record(1, [192, 0, 2, 2])
        #expect(
            try Self.read(reply) == .found(.addresses([.v4(0xC000_0201), .v4(0xC000_0202)]), ttl: .seconds(9)))
        let six =
            Self.header(1) + Self.question
            + Self.record(28, [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [5])
        #expect(
            try Self.read(six, .aaaa)
                == .found(.addresses([.v6(0x2001_0db8_0000_0000, 5)]), ttl: .seconds(60)))
    }

    @Test("SRV, with a name that points into the question, and the root")
    func services() throws {
        let data: [UInt8] = [0, 1, 0, 2, 0x13, 0xC4, 1, UInt8(ascii: "s")] + Self.pointer
        let reply =
            Self.header(2) + Self.question + Self.record(33, data) + Self.record(33, [0, 0, 0, 0, 0, 0, 0])
        #expect(
            try Self.read(reply, .srv)
                == .found(
                    .services([
                        SRVRecord(priority: 1, weight: 2, port: 5060, target: DNSName("s.example.com")),
                        SRVRecord(priority: 0, weight: 0, port: 0, target: nil),
                    ]), ttl: .seconds(60)))
    }

    @Test("NAPTR")
    func pointers() throws {
        let data: [UInt8] =
            [0, 50, 0, 10, 1, UInt8(ascii: "s"), 7] + Array("SIP+D2U".utf8) + [0] + Self.name("_sip._udp.example.com")
        let reply = Self.header(1) + Self.question + Self.record(35, data)
        #expect(
            try Self.read(reply, .naptr)
                == .found(
                    .pointers([
                        NAPTRRecord(
                            order: 50, preference: 10, flags: "s", service: "SIP+D2U",
                            replacement: DNSName("_sip._udp.example.com"))
                    ]), ttl: .seconds(60)))
    }

    @Test("aliases are followed, and their TTL counts; a ring of them is no answer")
    func aliases() throws {
        let alias = Self.record(5, ttl: 5, Self.name("a.example.net"))
        let address = Self.record(1, [192, 0, 2, 1], of: Self.name("a.example.net"))
        #expect(
            try Self.read(Self.header(2) + Self.question + address + alias)
                == .found(.addresses([.v4(0xC000_0201)]), ttl: .seconds(5)))
        #expect(
            try Self.read(Self.header(1) + Self.question + Self.record(5, Self.pointer)) == .absent(ttl: nil))
        #expect(
            try Self.read(Self.header(1) + Self.question + address) == .absent(ttl: nil),
            "an address of another name is none of ours")
    }

    @Test("what does not exist, and for how long: RFC 2308")
    func absent() throws {
        let start = Self.name("ns.example.com") + Self.name("root.example.com")
        let soa = start + [UInt8](repeating: 0, count: 16) + [0, 0, 0, 30]
        for code: UInt8 in [0, 3] {
            let reply = Self.header(0, 1, code: code) + Self.question + Self.record(6, ttl: 90, soa)
            #expect(try Self.read(reply) == .absent(ttl: .seconds(30)))
        }
        #expect(try Self.read(Self.header(0) + Self.question) == .absent(ttl: nil))
    }

    @Test("a server that fails or refuses", arguments: [UInt8](1...15).filter { $0 != 3 })
    func failure(code: UInt8) throws {
        #expect(try Self.read(Self.header(0, code: code) + Self.question) == .failed(.server))
    }

    @Test("a TTL with the top bit set is none; a record of another class is not ours")
    func oddities() throws {
        let strange = Self.pointer + [0, 1, 0, 1, 0x80, 0, 0, 0, 0, 4, 192, 0, 2, 1]
        #expect(
            try Self.read(Self.header(1) + Self.question + strange)
                == .found(.addresses([.v4(0xC000_0201)]), ttl: .zero))
        #expect(
            try Self.read(Self.header(1) + Self.question + Self.record(1, [1, 2, 3, 4], family: 3))
                == .absent(ttl: nil))
    }

    @Test(
        "malformed replies",
        arguments: [
            [], [0, 7], [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],  // no reply but a query
            header(1) + question, header(1) + question + record(1, [192, 0, 2]),
            header(1) + question + record(1, [1, 2, 3, 4], of: [0xC0, 0x1D]),
            header(1) + question + record(1, [1, 2, 3, 4], of: [0x41] + [UInt8](repeating: 97, count: 65) + [0]),
            header(0) + [0xC0, 0x0C, 0, 1, 0, 1],
            header(1) + question + pointer + [0, 1, 0, 1, 0, 0, 0, 1, 0xFF, 0xFF],
            [0, 7, 0x81, 0x80, 0xFF, 0xFF, 0, 1, 0, 0, 0, 0] + question,
        ] as [[UInt8]])
    func malformed(octets: [UInt8]) throws { #expect(try Self.read(octets) == .failed(.malformed)) }

    @Test("every beginning of a reply, and every octet of it spoilt: an answer, whatever it is")
    func spoilt() throws {
        let data: [UInt8] = [0, 1, 0, 2, 0x13, 0xC4, 1, UInt8(ascii: "s")] + Self.pointer
        let reply = Self.header(2) + Self.question + Self.record(5, Self.pointer) + Self.record(33, data)
        for count in reply.indices { #expect(try Self.read(Array(reply[..<count]), .srv) == .failed(.malformed)) }
        var answers: Set<DNSAnswer> = []
        for index in reply.indices {
            for value: UInt8 in [0, 1, 0x3F, 0x40, 0xC0, 0xFF] {
                var octets = reply
                octets[index] = value
                answers.insert(try Self.read(octets, .srv))
            }
        }
        #expect(answers.contains(.failed(.malformed)) && answers.count > 2)
    }
}
