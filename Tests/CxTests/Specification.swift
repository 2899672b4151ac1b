import Foundation

/// The facts of TS 29.229 as the fixtures state them.
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

    enum Presence { case required, optional, repeated }

    struct Command {
        var abbreviation: String
        var code: UInt32
        var members: [String: Presence]
        var isRequest: Bool { abbreviation.hasSuffix("R") }
    }

    static let entries: [Entry] = lines("cx-avps.txt").compactMap { line in
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 5, let code = UInt32(words[0]), let vendor = UInt32(words[1]) else { return nil }
        return Entry(name: words[4], key: Name(code: code, vendor: vendor), flags: words[2], type: words[3])
    }

    static let byKey = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
    static let byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }

    static let commands: [String: Command] = {
        var commands: [String: Command] = [:]
        for line in lines("cx-ccf.txt") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count >= 2, let code = UInt32(words[1]) else { continue }
            var members: [String: Presence] = [
                "Session-Id": .required, "Vendor-Specific-Application-Id": .required,
                "Auth-Session-State": .required, "Origin-Host": .required, "Origin-Realm": .required,
                "Supported-Features": .repeated, "Proxy-Info": .repeated, "Route-Record": .repeated,
            ]
            if words[0].hasSuffix("A") {
                members["Result-Code"] = .optional
                members["Experimental-Result"] = .optional
                members["Failed-AVP"] = .repeated
            }
            for word in words.dropFirst(2) {
                let name = word.trimmingCharacters(in: CharacterSet(charactersIn: "*[]{}"))
                members[name] = word.hasPrefix("*") ? .repeated : word.hasPrefix("{") ? .required : .optional
            }
            commands[words[0]] = Command(abbreviation: words[0], code: code, members: members)
        }
        return commands
    }()

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
