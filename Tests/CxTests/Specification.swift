import Foundation

/// The facts of TS 29.229 (Cx), TS 29.329 (Sh) and TS 29.214 (Rx) as the fixtures state them.
enum Specification {
    struct Name: Hashable {
        var code: UInt32
        var vendor: UInt32
    }

    struct Entry {
        var name: String
        var key: Name
        var flags: String
        var type: String
    }

    enum Presence { case required, optional, repeated, oneOrMore }

    struct Command {
        var abbreviation: String
        var application: UInt32
        var code: UInt32
        var members: [String: Presence]
        var isRequest: Bool { abbreviation.hasSuffix("R") }
    }

    static let entries: [Entry] = ["cx-avps.txt", "sh-avps.txt", "rx-avps.txt"].flatMap(lines).compactMap { line in
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 5, let code = UInt32(words[0]), let vendor = UInt32(words[1]) else { return nil }
        return Entry(name: words[4], key: Name(code: code, vendor: vendor), flags: words[2], type: words[3])
    }

    static let byKey = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
    static let byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }

    static let commands: [String: Command] = {
        var commands: [String: Command] = [:]
        for file in ["cx-ccf.txt", "sh-ccf.txt", "rx-ccf.txt"] {
            var application: UInt32 = 0
            var common: [String: Presence] = [:]
            var ofAnswers: [String: Presence] = [:]
            for line in lines(file) {
                let words = line.split(separator: " ").map(String.init)
                guard words.count >= 2 else { continue }
                switch words[0] {
                case "@application": application = UInt32(words[1]) ?? 0
                case "@all": common = members(words.dropFirst())
                case "@answers": ofAnswers = members(words.dropFirst())
                default:
                    guard let code = UInt32(words[1]) else { continue }
                    var members = members(words.dropFirst(2)).merging(common) { own, _ in own }
                    if words[0].hasSuffix("A") { members.merge(ofAnswers) { own, _ in own } }
                    commands[words[0]] = Command(
                        abbreviation: words[0], application: application, code: code, members: members)
                }
            }
        }
        return commands
    }()

    private static func members(_ words: ArraySlice<String>) -> [String: Presence] {
        var members: [String: Presence] = [:]
        for word in words {
            let name = word.trimmingCharacters(in: CharacterSet(charactersIn: "*<>[]{}"))
            // `*{…}`: one or more, so one that is missing is missed.
            let isRequired = word.hasPrefix("{") || word.hasPrefix("<")
            members[name] =
                word.hasPrefix("*{") ? .oneOrMore : word.hasPrefix("*") ? .repeated : isRequired ? .required : .optional
        }
        return members
    }

    static func fixture(_ name: String) -> [UInt8] {
        guard let url = Bundle.module.url(forResource: "Fixtures/" + name, withExtension: nil),
            let data = try? Data(contentsOf: url)
        else { return [] }
        return Array(data)
    }

    private static func lines(_ name: String) -> [String] {
        String(decoding: fixture(name), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
    }
}
