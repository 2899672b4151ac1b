import Octets
import ServiceTriggers
import Testing

@Suite("RFC 3402 §3.2: substitution expressions")
struct SubstitutionTests {
    @Test(
        "the first match is replaced, with its groups",
        arguments: [
            ("!^.*$!sip:info@example.com!", "+4689761234", "sip:info@example.com"),
            ("!^\\+46(.*)$!sip:\\1@example.com!", "+4689761234", "sip:89761234@example.com"),
            ("!^.*$!sip:\\0@example.com!", "+46", "sip:+46@example.com"),
            ("/^(.)(.)(.*)$/\\3\\2\\1/", "abcd", "cdba"), ("!B!x!i", "abc", "axc"), ("!b!x!", "abcb", "axcb"),
            ("!^(a)|(b)$!<\\1\\2>!", "b", "<b>"), ("!a\\!b!c\\!d!", "a!b", "c!d"), ("!^.*$!\\5!", "abc", ""),
            ("!^.*$!a\\\\b!", "x", "a\\b"),
        ])
    func applied(expression: String, text: String, result: String) throws {
        #expect(try Substitution(parsing: OctetSlice(expression)).apply(to: OctetSlice(text))?.string == result)
    }

    @Test("nothing matches") func unmatched() throws {
        #expect(try Substitution(parsing: "!^\\+1!x!").apply(to: "+46") == nil)
    }

    @Test("refused", arguments: ["", "!", "!a!", "!a", "!(!x!", "!a!b!g", "!a!b!ii", "abc"])
    func refused(expression: String) {
        #expect(throws: ExpressionError.self) { try Substitution(parsing: OctetSlice(expression)) }
    }

    @Test("a bomb costs no more than its text is long")
    func linear() throws {
        let bomb = try Substitution(parsing: "!^(a*)*(a*)*(a*)*b$!x!")
        #expect(bomb.apply(to: OctetSlice(String(repeating: "a", count: 8_000))) == nil)
        #expect(bomb.apply(to: OctetSlice(String(repeating: "a", count: 9_000))) == nil)
    }
}
