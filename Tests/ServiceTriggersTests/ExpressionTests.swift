import Octets
import ServiceTriggers
import Testing

@Suite("Expressions of service point triggers")
struct ExpressionTests {
    @Test(
        "POSIX 1003.1 §9.4: an extended regular expression finds",
        arguments: [
            ("abc", "xabcx", true), ("abc", "xabx", false), ("^abc$", "abc", true), ("^abc$", "abcd", false),
            ("a|b", "xbx", true), ("(ab)+c", "ababc", true), ("a{2,3}b", "aab", true), ("^a{2,3}b", "aaaab", false),
            ("[[:digit:]]+", "x7", true), ("[[:alpha:]]", "77", false), ("[^a-c]", "abc", false),
            ("a\\.b", "axb", false),
            ("a\\.b", "a.b", true), ("", "anything", true), ("", "", true), ("^$", "", true), (".", "", false),
            ("\\d+", "x7", true), ("ABC", "abc", false), ("é", "caffé", true),
        ])
    func finds(pattern: String, text: String, expected: Bool) throws {
        #expect(try Expression(pattern).isFound(in: OctetSlice(text)) == expected)
    }

    @Test("A whole text, with and without case")
    func whole() throws {
        let expression = try Expression("p-asserted-.*", ignoresCase: true)
        #expect(expression.isWhole("P-Asserted-Identity"))
        #expect(!expression.isWhole("X-P-Asserted-Identity"))
        #expect(!(try Expression("abc")).isWhole("ABC"))
    }

    @Test(
        "A bad pattern says what and where",
        arguments: [
            ("ab(c", 0, ""), ("ab[c", 2, "[c"), ("*a", 0, "*"), ("x[z-a]", 2, "z-a"), ("(?=a)", 1, "?"),
            ("(a)\\1", 3, "\\1"), ("ab{1001}", 2, "{1001}"),
        ])
    func refused(pattern: String, position: Int, part: String) {
        do throws(ExpressionError) {
            _ = try Expression(pattern)
            Issue.record("\(pattern) was accepted")
        } catch {
            guard case .syntax(_, position: let place, part: let found) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(place == position && found == part, "\(error)")
        }
    }

    @Test("A pattern over a limit is refused")
    func limits() {
        #expect(throws: ExpressionError.tooLong(257)) { try Expression(String(repeating: "a", count: 257)) }
        #expect(throws: ExpressionError.self) { try Expression("((((a{1,20}){1,20}){1,20}){1,20})b") }
        #expect(throws: ExpressionError.tooLarge) { try Expression("([a-z].{999})(.{999}).{999}.{999}.{999}.{999}") }
    }

    @Test("A table compiles each pattern once and forgets in bulk")
    func table() throws {
        var table = ExpressionTable(capacity: 2)
        let first = try table.expression("abc")
        #expect(try table.expression("abc") === first)
        #expect(try table.expression("abc", ignoresCase: true) !== first)
        #expect(table.count == 2)
        #expect(throws: ExpressionError.self) { try table.expression("(") }
        #expect(table.count == 1)
        #expect(first.isFound(in: "abc"))
    }
}
