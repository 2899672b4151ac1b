import Octets

/// A text in which `*` stands for any octets, also none, and case says nothing.
package struct WildcardPattern: Sendable, Equatable {
    package let text: String
    private let octets: [UInt8]

    package init(_ text: String) {
        self.text = text
        octets = text.utf8.map(ASCII.lowercase)
    }

    /// The time is the product of both lengths at most.
    func matches(_ other: OctetSlice) -> Bool {
        var (place, index) = (0, other.start)
        // Where to go on when the rest does not fit: behind the last star, one octet further.
        var star: (place: Int, index: Int)?
        while index < other.end {
            if place < octets.count, octets[place] == UInt8(ascii: "*") {
                star = (place, index)
                place += 1
            } else if place < octets.count, octets[place] == ASCII.lowercase(other[index]) {
                place += 1
                index += 1
            } else if let last = star {
                star = (last.place, last.index + 1)
                place = last.place + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        return octets[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
