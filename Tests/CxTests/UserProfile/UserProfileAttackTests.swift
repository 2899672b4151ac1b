import Cx
import Testing

/// The XML table of the list of known failures.
@Suite("a user profile that attacks its reader is refused")
struct UserProfileAttackTests {
    @Test("billion laughs", arguments: [3, 5, 9])
    func billionLaughs(depth: Int) {
        var text = "<?xml version=\"1.0\"?>\n<!-- < ? --><?x <!?>\n<!DOCTYPE a [<!ENTITY e0 \"ha\">"
        for level in 1...depth {
            text += "<!ENTITY e\(level) \"" + String(repeating: "&e\(level - 1);", count: 10) + "\">"
        }
        text += "]><IMSSubscription><PrivateID>&e\(depth);</PrivateID></IMSSubscription>"
        #expect(throws: UserProfileError(.documentType)) { try IMSSubscription(parsing: Array(text.utf8)) }
    }

    @Test("external entities", arguments: ["SYSTEM \"file:///etc/passwd\"", "PUBLIC \"a\" \"http://192.0.2.1/\""])
    func externalEntity(identifier: String) {
        let text = "<!DOCTYPE a [<!ENTITY x \(identifier)>]><IMSSubscription>&x;</IMSSubscription>"
        #expect(throws: UserProfileError(.documentType)) { try IMSSubscription(parsing: Array(text.utf8)) }
    }

    @Test("an entity that was never declared")
    func undeclaredEntity() {
        #expect(throws: UserProfileError.self) {
            try IMSSubscription(parsing: Profiles.document("", identity: "<Identity>&x;</Identity>"))
        }
    }

    @Test("nested elements: 33 levels and 25,000", arguments: [30, 1_000, 20_000])
    func nested(count: Int) {
        let text =
            "<IMSSubscription><PrivateID>a</PrivateID><Extension>" + String(repeating: "<a>", count: count)
            + String(repeating: "</a>", count: count) + "</Extension></IMSSubscription>"
        let error = #expect(throws: UserProfileError.self) { try IMSSubscription(parsing: Array(text.utf8)) }
        // 2 + 30 levels are let through, and then the ServiceProfile is missing; libxml2 itself stops at 256.
        #expect(error?.problem == (count == 30 ? .missing : .malformed))
    }

    @Test("33 levels are one too many")
    func depth() {
        let text =
            "<IMSSubscription>" + String(repeating: "<a>", count: 32) + String(repeating: "</a>", count: 32)
            + "</IMSSubscription>"
        #expect(throws: UserProfileError(.tooDeep, element: "a", line: 1)) {
            try IMSSubscription(parsing: Array(text.utf8))
        }
    }

    @Test("100,000 nested elements, 1.6 MB flat: TOO_MUCH_DATA")
    func large() {
        let nested = String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000)
        let flat = "<IMSSubscription>" + String(repeating: "<a>0123456789</a>\n", count: 94_000) + "</IMSSubscription>"
        for text in [nested, flat] {
            let error = #expect(throws: UserProfileError.self) { try IMSSubscription(parsing: Array(text.utf8)) }
            #expect(error?.problem == .tooLarge(text.utf8.count))
            #expect(error?.result == .tooMuchData)
        }
    }

    @Test(
        "no XML at all", arguments: ["", " ", "<", "<!", "<?", "<!--", "<IMSSubscription>", "\u{0}", "{}", "<a></b>"])
    func noDocument(text: String) {
        #expect(throws: UserProfileError.self) { try IMSSubscription(parsing: Array(text.utf8)) }
    }

    @Test("UTF-16, and octets that are not UTF-8")
    func encoding() {
        let utf16: [UInt8] = "\u{FEFF}<!DOCTYPE a><a/>".utf16.flatMap { unit -> [UInt8] in
            [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)]
        }
        #expect(throws: UserProfileError.self) { try IMSSubscription(parsing: utf16) }
        var text = Profiles.minimal.xml
        text.insert(0xFF, at: 100)
        #expect(throws: UserProfileError.self) { try IMSSubscription(parsing: text) }
    }

    @Test("octets changed at random: no trap")
    func random() {
        let document = Profiles.full.xml
        var state: UInt64 = 42
        for _ in 0..<3_000 {
            var octets = document
            for _ in 0..<2 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                octets[Int((state >> 33) % UInt64(octets.count))] = UInt8(truncatingIfNeeded: state >> 24)
            }
            guard let read = try? IMSSubscription(parsing: octets) else { continue }
            #expect((try? IMSSubscription(parsing: read.xml)) == read)
        }
    }
}
