import Cx
import InterrogatingCSCF
import Testing

@Suite("S-CSCF selection, TS 29.228 §6.7")
struct ServingCSCFSelectionTests {
    private static let pool = [
        ServingCSCFCandidate("sip:plain"), ServingCSCFCandidate("sip:one", capabilities: [1]),
        ServingCSCFCandidate("sip:both", capabilities: [1, 2]),
        ServingCSCFCandidate("sip:more", capabilities: [1, 2, 3]),
    ]

    static let table: [(ServerCapabilities?, Set<String>, String?)] = [
        (nil, [], "sip:plain"), (ServerCapabilities(), [], "sip:plain"), (nil, ["sip:plain"], "sip:one"),
        (ServerCapabilities(mandatory: [1]), [], "sip:one"),
        (ServerCapabilities(mandatory: [1, 1]), [], "sip:one"),
        (ServerCapabilities(mandatory: [2]), [], "sip:both"),
        (ServerCapabilities(mandatory: [1, 2, 3]), [], "sip:more"), (ServerCapabilities(mandatory: [4]), [], nil),
        (ServerCapabilities(mandatory: [1, 4]), [], nil),
        (ServerCapabilities(optional: [2]), [], "sip:both"), (ServerCapabilities(optional: [3]), [], "sip:more"),
        (ServerCapabilities(optional: [4]), [], "sip:plain"),
        (ServerCapabilities(mandatory: [1], optional: [2, 3]), [], "sip:more"),
        (ServerCapabilities(mandatory: [1], optional: [2, 3]), ["sip:more"], "sip:both"),
        (ServerCapabilities(mandatory: [3]), ["sip:more"], nil),
        (ServerCapabilities(serverNames: ["sip:named"]), [], "sip:named"),
        (ServerCapabilities(mandatory: [4], serverNames: ["sip:named", "sip:other"]), ["sip:named"], "sip:other"),
        (ServerCapabilities(serverNames: ["sip:named"]), ["sip:named"], "sip:plain"),
        (nil, ["sip:plain", "sip:one", "sip:both", "sip:more"], nil),
    ]

    @Test("mandatory capabilities decide, optional ones prefer, names steer", arguments: table)
    func selection(_ needed: ServerCapabilities?, _ tried: Set<String>, _ expected: String?) {
        #expect(selectServingCSCF(for: needed, among: Self.pool, except: tried) == expected)
    }

    @Test("no pool")
    func empty() { #expect(selectServingCSCF(for: nil, among: [], except: []) == nil) }
}
