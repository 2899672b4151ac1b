import Octets

/// A session description, RFC 8866: an arena of octets and an index of the lines in it.
///
/// The arena begins as the body it came in. Changing a line appends text and points the index at it, removing one drops
/// it from the index, writing copies ranges: a line that nobody touches leaves octet for octet as it came, its line end
/// included. Typed values are read when asked for. Views (`session`, `media`) share the arena.
package struct SessionDescription: Sendable {
    /// One line: its letter at `start`, its value up to `end`, the next line at `next`.
    struct Line: Sendable {
        let type: LineType
        private let from: UInt32
        private let to: UInt32
        private let after: UInt32

        /// - Precondition: the positions fit into 32 bits.
        init(_ type: LineType, start: Int, end: Int, next: Int) {
            self.type = type
            from = UInt32(truncatingIfNeeded: start)
            to = UInt32(truncatingIfNeeded: end)
            after = UInt32(truncatingIfNeeded: next)
        }

        var start: Int { Int(from) }
        var end: Int { Int(to) }
        var next: Int { Int(after) }
        var value: Range<Int> { start + 2..<end }
    }

    var octets: [UInt8]
    var lines: [Line]
    /// Index of each m= line in `lines`.
    var mediaStarts: [Int]
    var trailer: Range<Int>

    /// Shares the array that `text` is a part of, which may be the whole SIP message.
    package init(parsing text: OctetSlice, limits: SDPLimits = .standard) throws(SDPError) {
        let parser = try DescriptionParser(text, limits)
        octets = text.base
        lines = parser.lines
        mediaStarts = parser.mediaStarts
        trailer = parser.trailer
    }

    package init(parsing octets: [UInt8], limits: SDPLimits = .standard) throws(SDPError) {
        try self.init(parsing: OctetSlice(octets), limits: limits)
    }

    /// A new description without media: v=, o=, s=, perhaps c=, and t=0 0 (RFC 3264 §5).
    package init(origin: Origin, name: OctetSlice = "-", address: IPAddress? = nil) {
        octets = []
        octets.reserveCapacity(512)
        lines = []
        mediaStarts = []
        trailer = 0..<0
        append(.version) { $0.write("0") }
        append(.origin) { origin.write(to: &$0) }
        append(.sessionName) { $0.write(name.isEmpty ? "-" : name) }
        if let address { append(.connection) { $0.write(connection: address) } }
        append(.timing) { $0.write("0 0") }
    }

    // MARK: Sections

    /// The lines before the first m= line.
    package var session: Section { section(0..<(mediaStarts.first ?? lines.count)) }

    package var mediaCount: Int { mediaStarts.count }

    package var media: [MediaDescription] {
        let session = session
        return mediaStarts.indices.map { MediaDescription(section(mediaRange($0)), in: session, index: $0) }
    }

    /// nil beyond the last.
    package func media(at index: Int) -> MediaDescription? {
        guard mediaStarts.indices.contains(index) else { return nil }
        return MediaDescription(section(mediaRange(index)), in: session, index: index)
    }

    func mediaRange(_ index: Int) -> Range<Int> {
        mediaStarts[index]..<(index + 1 < mediaStarts.count ? mediaStarts[index + 1] : lines.count)
    }

    private func section(_ range: Range<Int>) -> Section { Section(octets: octets, lines: lines[range]) }

    // MARK: Session level

    package var origin: Origin {
        get throws(SDPError) {
            guard let origin = try session.read(.origin, Origin.init) else { throw SDPError(.missing, .origin) }
            return origin
        }
    }

    package var name: OctetSlice? { session.value(of: .sessionName) }

    package var timings: [Timing] {
        get throws(SDPError) { try session.readAll(.timing, Timing.init) }
    }

    // MARK: Any line

    /// The values of all lines of a type in order, of the session and of every medium: what the session description of
    /// a service point trigger is compared with (TS 29.228 annex B, not at hand: a line and, perhaps, its content).
    package func values(of type: LineType) -> [OctetSlice] {
        lines.lazy.filter { $0.type == type }.map { OctetSlice(octets, $0.value) }
    }

    /// Whether some line of the type has a value that matches; without a condition, whether there is such a line.
    package func contains(_ type: LineType, where matches: (OctetSlice) -> Bool = { _ in true }) -> Bool {
        for line in lines where line.type == type {
            if matches(OctetSlice(octets, line.value)) { return true }
        }
        return false
    }
}

/// By content: the same lines with the same values. How they end does not matter.
extension SessionDescription: Equatable {
    package static func == (left: SessionDescription, right: SessionDescription) -> Bool {
        guard left.lines.count == right.lines.count else { return false }
        return zip(left.lines, right.lines).allSatisfy { mine, theirs in
            mine.type == theirs.type && OctetSlice(left.octets, mine.value) == OctetSlice(right.octets, theirs.value)
        }
    }
}

extension SessionDescription: CustomStringConvertible {
    package var description: String { OctetSlice(serialized()).string }
}
