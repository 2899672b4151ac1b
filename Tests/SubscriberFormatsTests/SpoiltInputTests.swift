import Octets
import SubscriberFormats
import Testing

@Suite("Spoilt files of subscribers")
struct SpoiltInputTests {
    /// A small generator, so that the same seed gives the same damage (xorshift64*).
    struct Dice {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return Int(truncatingIfNeeded: (state &* 2_685_821_657_736_338_717) >> 33) % max(1, bound)
        }
    }

    static func spoilt(_ octets: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var spoilt = octets
        for _ in 0..<1 + dice.next(8) where !spoilt.isEmpty {
            let place = dice.next(spoilt.count)
            switch dice.next(5) {
            case 0: spoilt[place] = UInt8(dice.next(256))
            case 1: spoilt.removeSubrange(place..<min(spoilt.count, place + 1 + dice.next(40)))
            case 2:
                spoilt.insert(contentsOf: Array("\"'`\\({[]}),;:\n\u{0}-0x".utf8).shuffledOnce(dice.next(9)), at: place)
            case 3: spoilt.append(contentsOf: spoilt[place...].prefix(200))
            default: spoilt = Array(spoilt.prefix(place))
            }
        }
        return spoilt
    }

    @Test("No damage ends the program, whatever the file is taken for", arguments: GoldenTests.rows)
    func damage(row: GoldenTests.Row) throws {
        let octets = try Golden.octets(row.file)
        var dice = Dice(state: 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<60 {
            let spoilt = Self.spoilt(octets, &dice)
            let whole = Golden.lines(Golden.read(spoilt, row.format, try row.options()))
            let pieces = Golden.lines(Golden.read(spoilt, row.format, try row.options(), piece: 1 + dice.next(300)))
            #expect(whole == pieces, "the same in pieces")
            if !spoilt.isEmpty { #expect(!whole.isEmpty, "something is said of every file") }
        }
    }

    @Test("Every file may be taken for every format", arguments: SubscriberFormat.readable)
    func foreign(format: SubscriberFormat) throws {
        for row in GoldenTests.rows {
            _ = Golden.read(try Golden.octets(row.file), format, try row.options())
        }
    }

    @Test("Every line of columns is imported or told")
    func nothingIsLost() throws {
        let text = try Golden.text("plain.csv")
        let records = text.split(separator: "\n").enumerated().dropFirst().filter { !$0.element.hasPrefix("#") }
        var told: Set<Int> = []
        for item in Golden.read(Array(text.utf8), .csv) {
            switch item {
            case .subscriber(_, .line(let line)): told.insert(line)
            case .finding(let finding):
                if case .line(let line) = finding.place, finding.severity == .problem { told.insert(line) }
            default: continue
            }
        }
        #expect(told == Set(records.map { $0.offset + 1 }))
    }

    @Test("Deep nesting, endless quotes and long lines have an end")
    func bounds() {
        let deep = Array(String(repeating: "{\"a\":[", count: 50_000).utf8)
        #expect(!Golden.read(deep, .jsonLines).isEmpty)
        let charsets = Array(("INSERT INTO impi VALUES (" + String(repeating: "_x ", count: 200_000)).utf8)
        #expect(!Golden.read(charsets, .fhoss).isEmpty)
        let quotes = Array(("imsi,ki,opc\n\"" + String(repeating: "x", count: 3_000_000) + "\n1,2,3\n").utf8)
        let lines = Golden.lines(Golden.read(quotes, .csv))
        #expect(lines.first?.contains("longer than") == true)
        #expect(lines.last?.contains("imsi 1") == true, "the line after it is read")
        let long = [UInt8](repeating: 0x61, count: 2_000_000)
        #expect(!Golden.read(long, .dbctl).isEmpty)
    }

    @Test("No finding repeats a key")
    func discretion() throws {
        let key = "465b5ce8b199b49faa5f0a2ee238a6bc"
        let files: [(String, SubscriberFormat)] = [
            ("imsi,ki,opc\n00101000000000x,\(key),\(key)\n001010000000001,\(key)0,\(key)\n", .csv),
            ("{\"imsi\":\"x\",\"ki\":\"\(key)\",\"opc\":\"\(key)zz\"}", .pyHSS),
            ("{\"imsi\":\"001010000000001\",\"security\":{\"k\":\"\(key)1\",\"opc\":\"\(key)\"}}", .open5GS),
            ("add x \(key) \(key)\nadd 001010000000001 \(key)1 \(key)\n", .dbctl),
        ]
        for (text, format) in files {
            let lines = Golden.lines(Golden.read(Array(text.utf8), format)).filter { !$0.hasPrefix(" ") }
            #expect(!lines.isEmpty)
            #expect(!lines.contains { $0.contains(key.prefix(16)) }, "\(lines)")
        }
    }
}

extension [UInt8] {
    /// Some of it, from a place on.
    fileprivate func shuffledOnce(_ place: Int) -> [UInt8] { Array(dropFirst(place).prefix(6)) }
}
