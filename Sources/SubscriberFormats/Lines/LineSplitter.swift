import Octets

/// Cuts a stream of octets into lines, without their ends.
struct LineSplitter {
    /// A longer line is none of any format that is read here.
    static let longest = 1 << 20

    struct Line {
        var number: Int
        var octets: [UInt8]
        /// Its rest is not here.
        var isTooLong = false

        var text: String { String(decoding: octets, as: UTF8.self) }
    }

    private var current: [UInt8] = []
    private var isTooLong = false
    private var number = 1

    mutating func feed(_ octets: [UInt8], _ body: (Line) -> Void) {
        for octet in octets {
            if octet == ASCII.lineFeed {
                end(body)
            } else if current.count < Self.longest {
                current.append(octet)
            } else {
                isTooLong = true
            }
        }
    }

    mutating func finish(_ body: (Line) -> Void) {
        if !current.isEmpty { end(body) }
    }

    private mutating func end(_ body: (Line) -> Void) {
        if current.last == ASCII.carriageReturn { current.removeLast() }
        if number == 1, current.starts(with: [0xEF, 0xBB, 0xBF]) { current.removeFirst(3) }
        body(Line(number: number, octets: current, isTooLong: isTooLong))
        current.removeAll(keepingCapacity: true)
        isTooLong = false
        number += 1
    }
}
