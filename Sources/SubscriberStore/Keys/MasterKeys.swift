import Crypto
import Octets

/// Master keys by their numbers; the highest seals, the others only open what was sealed before a rotation.
struct MasterKeys {
    private var keys: [Int64: SymmetricKey]

    /// A fresh key, number 1.
    init() { keys = [1: SymmetricKey(size: .bits256)] }

    /// Lines of a number and 64 hexadecimal digits; nil for anything else, and for none.
    init?(text: String) {
        keys = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int64(words[0]), (1..<Int64.max).contains(number),
                keys[number] == nil, let octets = Hex.decode(String(words[1])), octets.count == 32
            else { return nil }
            keys[number] = SymmetricKey(data: octets)
        }
        guard !keys.isEmpty else { return nil }
    }

    var current: Int64 { keys.keys.max() ?? 0 }

    subscript(number: Int64) -> SymmetricKey? { keys[number] }

    func adding() -> MasterKeys {
        var next = self
        next.keys[current + 1] = SymmetricKey(size: .bits256)
        return next
    }

    var onlyCurrent: MasterKeys {
        var left = self
        left.keys = keys.filter { $0.key == current }
        return left
    }

    var revealedText: String {
        let lines = keys.sorted { $0.key < $1.key }.map { number, key in
            "\(number) \(key.withUnsafeBytes { Hex.encode(Array($0)) })\n"
        }
        return "# Master keys of the subscriber database: without this file nobody reads the secrets in it.\n"
            + lines.joined()
    }
}

extension MasterKeys: CustomStringConvertible, CustomReflectable {
    var description: String { "(master keys)" }
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
