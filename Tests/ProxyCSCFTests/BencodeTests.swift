import Octets
import ProxyCSCF
import Testing

@Suite("Bencoding, BEP 3")
struct BencodeTests {
    @Test(
        "the examples of the specification are read and written",
        arguments: [
            ("4:spam", Bencode.text("spam")), ("i3e", .integer(3)), ("i-3e", .integer(-3)), ("0:", .text("")),
            ("l4:spam4:eggse", .list([.text("spam"), .text("eggs")])), ("le", .list([])), ("de", .dictionary([:])),
            ("d3:cow3:moo4:spam4:eggse", .dictionary(["cow": .text("moo"), "spam": .text("eggs")])),
            ("d4:spaml1:a1:bee", .dictionary(["spam": .list([.text("a"), .text("b")])])),
        ])
    func examples(_ text: String, _ value: Bencode) throws {
        #expect(try Bencode(parsing: OctetSlice(text)) == value)
        var writer = OctetWriter()
        value.write(to: &writer)
        #expect(OctetSlice(writer.octets).string == text)
    }

    @Test(
        "what is none is refused, and nothing traps",
        arguments: [
            "", "4:spa", "-1:a", "99999999999999999999:a", "i3", "ie", "i--1e", "i99999999999999999999e", "l", "d",
            "d1:a",
            "di1e1:ae", "x", "e", "4:spamx", "1", ":", "d1:ai1e", "00000000001:a",
        ])
    func malformed(_ text: String) {
        #expect(throws: Bencode.Fault.malformed) { try Bencode(parsing: OctetSlice(text)) }
    }

    @Test("nesting is bounded")
    func depth() {
        let deep = String(repeating: "l", count: 100_000) + String(repeating: "e", count: 100_000)
        #expect(throws: Bencode.Fault.tooDeep) { try Bencode(parsing: OctetSlice(deep)) }
    }
}
