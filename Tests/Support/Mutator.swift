import Octets

/// Spoils messages the way fuzzers do, from a seed: what it did can be done again.
package struct Mutator {
    private var entropy: Entropy
    private let corpus: [[UInt8]]

    /// Octets and texts on which parsers of lengths, numbers and lists have stumbled.
    private static let words: [[UInt8]] = [
        [0], [0xff], [0xff, 0xff, 0xff], [0, 0, 5], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [13, 10],
        [13, 10, 13, 10],
        Array("4294967296".utf8), Array("-1".utf8), Array("99999999999999999999".utf8), Array("\"".utf8),
        Array("<".utf8), Array(">".utf8), Array(",".utf8), Array(";".utf8), Array("=".utf8), Array(":".utf8),
        Array("@".utf8), Array("%".utf8), Array("*".utf8), Array("[".utf8), Array("\\".utf8), Array(" ".utf8), [0xc3],
        Array(";expires=0".utf8), Array("Content-Length: 2147483648\r\n".utf8), Array("sip:".utf8), Array("tel:".utf8),
    ]

    /// - Parameter corpus: real messages, pieces of which are spliced into others.
    package init(seed: UInt64, corpus: [[UInt8]]) {
        entropy = Entropy(number: seed)
        self.corpus = corpus
    }

    package mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(entropy.next64() % UInt64(limit)) : 0 }

    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    package mutating func mutated(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        for _ in 0...below(3) {
            let place = below(octets.count)
            let end = min(octets.count, place + 1 + below(below(4) == 0 ? 200 : 8))
            switch below(8) {
            case 0, 1: if place < octets.count { octets[place] ^= 1 << UInt8(below(8)) }
            case 2: octets.removeSubrange(place..<end)
            case 3: octets.insert(contentsOf: octets[place..<end], at: place)
            case 4: if below(4) == 0 { octets.removeSubrange(place...) }
            case 5: octets.insert(contentsOf: pick(Self.words), at: place)
            case 6:
                let word = pick(Self.words)
                octets.replaceSubrange(place..<min(octets.count, place + word.count), with: word)
            default:
                let other = pick(corpus)
                let start = below(other.count)
                let piece = other[start..<min(other.count, start + 1 + below(120))]
                octets.replaceSubrange(place..<end, with: piece)
            }
        }
        return octets
    }
}
