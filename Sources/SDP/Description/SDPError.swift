/// What is wrong with a session description of the peer's, in which line.
package struct SDPError: Error, Equatable, Sendable {
    package enum What: Equatable, Sendable {
        /// Not `<type>=<value>`, or a NUL or a bare CR in it: RFC 8866 §5, §9.
        case line
        /// A type letter that nobody knows, or in a section where it has no place: §5.
        case unknownType
        /// The version is not 0: §5.1.
        case version
        /// The value does not follow the grammar of its line: §9.
        case malformed
        /// A line that the description cannot do without: §5.
        case missing
        /// A line that may stand once.
        case duplicate
        /// A line behind one that belongs after it: §5.
        case order
        /// More octets, lines or media descriptions than `SDPLimits` allows.
        case limit
    }

    package var what: What
    package var type: LineType?
    /// From 1; 0 when no line is meant.
    package var line: Int

    @inline(never)
    package init(_ what: What, _ type: LineType? = nil, line: Int = 0) {
        self.what = what
        self.type = type
        self.line = line
    }
}

extension SDPError: CustomStringConvertible {
    /// For people. Octets from outside are not repeated.
    package var description: String {
        let name = type.map { "\($0) line" } ?? "line"
        let place = line > 0 ? " (line \(line))" : ""
        return switch what {
        case .line: "not a line of a session description\(place)"
        case .unknownType: "a \(name) has no place here\(place)"
        case .version: "SDP version is not 0"
        case .malformed: "malformed \(name)\(place)"
        case .missing: "missing \(name)"
        case .duplicate: "more than one \(name)\(place)"
        case .order: "\(name) out of order\(place)"
        case .limit: "session description too large\(place)"
        }
    }
}

/// How much of a session description is read before it is refused.
package struct SDPLimits: Sendable, Equatable {
    package var octets = 65_536
    package var lines = 1_024
    package var lineOctets = 8_192
    package var mediaDescriptions = 64

    package init() {}

    package static let standard = SDPLimits()
}
