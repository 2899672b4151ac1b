import Octets

// Each change writes its line to the end of the arena and points the index at it.
extension SessionDescription {
    /// Where a change is made.
    package enum Level: Sendable, Equatable {
        case session
        /// By its index.
        case media(Int)
    }

    /// The version of the o= line. No effect on an o= line that cannot be read.
    package mutating func setSessionVersion(_ version: UInt64) {
        guard let index = firstIndex(.origin, .session), var origin = Origin(value(at: index)) else { return }
        origin.sessionVersion = OctetSlice("\(version)")
        replace(index) { origin.write(to: &$0) }
    }

    package mutating func setOrigin(_ origin: Origin) {
        set(.origin, .session) { origin.write(to: &$0) }
    }

    /// All c= lines of the level become one.
    package mutating func setConnection(_ address: IPAddress, _ level: Level) {
        set(.connection, level) { $0.write(connection: address) }
    }

    /// The port of an m= line; all else in the line stays as it is. No effect on one that cannot be read.
    package mutating func setPort(_ port: UInt16, ofMedia index: Int) {
        guard let position = firstIndex(.media, .media(index)), let line = MediaLine(value(at: position)) else {
            return
        }
        let text = value(at: position)
        let digits = line.portText
        replace(position) {
            $0.write(text[text.start..<digits.start])
            $0.write(decimal: UInt64(port))
            $0.write(text[digits.end..<text.end])
        }
    }

    package mutating func setDirection(_ direction: MediaDirection, _ level: Level) {
        removeLines(level) { line, octets in
            MediaDirection.allCases.contains { line.isAttribute($0.token, in: octets) }
        }
        insert(.attribute, level) { $0.write(direction.token) }
    }

    /// In the unit of the type; nil removes it.
    package mutating func setBandwidth(_ type: BandwidthType, _ value: UInt64?, _ level: Level) {
        removeLines(level) { line, octets in
            line.type == .bandwidth && Bandwidth(OctetSlice(octets, line.value))?.type == type
        }
        guard let value else { return }
        insert(.bandwidth, level) {
            $0.write(type.token)
            $0.write(UInt8(ascii: ":"))
            $0.write(decimal: value)
        }
    }

    /// - Parameters:
    ///   - name: a token.
    ///   - value: nil for a property attribute.
    package mutating func addAttribute(_ name: StaticString, _ value: OctetSlice? = nil, to level: Level) {
        insert(.attribute, level) {
            $0.write(name)
            guard let value else { return }
            $0.write(UInt8(ascii: ":"))
            $0.write(value)
        }
    }

    package mutating func removeAttributes(_ name: StaticString, _ level: Level) {
        removeLines(level) { line, octets in line.isAttribute(name, in: octets) }
    }

    /// RFC 8866 §5.12: k= lines that are received are discarded.
    package mutating func removeEncryptionKeys() {
        for level in levels { removeLines(level) { line, _ in line.type == .key } }
    }

    /// - Parameter formats: at least one, each a token.
    package mutating func appendMedia(
        _ type: StaticString, port: UInt16, transport: StaticString, formats: [OctetSlice]
    ) {
        mediaStarts.append(lines.count)
        append(.media) {
            $0.write(type)
            $0.write(ASCII.space)
            $0.write(decimal: UInt64(port))
            $0.write(ASCII.space)
            $0.write(transport)
            for format in formats {
                $0.write(ASCII.space)
                $0.write(format)
            }
        }
    }

    // MARK: Steps

    var levels: [Level] { [.session] + mediaStarts.indices.map { .media($0) } }

    func value(at index: Int) -> OctetSlice { OctetSlice(octets, lines[index].value) }

    /// Empty for a medium that there is not.
    func range(_ level: Level) -> Range<Int> {
        switch level {
        case .session: 0..<(mediaStarts.first ?? lines.count)
        case .media(let index): mediaStarts.indices.contains(index) ? mediaRange(index) : 0..<0
        }
    }

    func firstIndex(_ type: LineType, _ level: Level) -> Int? {
        range(level).first { lines[$0].type == type }
    }

    mutating func append(_ type: LineType, _ write: (inout OctetWriter) -> Void) { lines.append(newLine(type, write)) }

    mutating func replace(_ index: Int, _ write: (inout OctetWriter) -> Void) {
        lines[index] = newLine(lines[index].type, write)
    }

    /// One line of the type in the level: in the place of the first, or where its type belongs.
    private mutating func set(_ type: LineType, _ level: Level, _ write: (inout OctetWriter) -> Void) {
        guard let first = firstIndex(type, level) else { return insert(type, level, write) }
        replace(first, write)
        let rest = first + 1..<range(level).upperBound
        removeLines(in: rest) { line, _ in line.type == type }
    }

    /// Behind the last line that belongs before it or beside it, RFC 8866 §5.
    private mutating func insert(_ type: LineType, _ level: Level, _ write: (inout OctetWriter) -> Void) {
        let range = range(level)
        guard !range.isEmpty else { return }
        let isMedia = level != .session
        let rank = isMedia ? type.mediaRank ?? 0 : type.sessionRank
        let last = range.last { (isMedia ? lines[$0].type.mediaRank ?? 0 : lines[$0].type.sessionRank) <= rank }
        let position = (last ?? range.lowerBound) + 1
        lines.insert(newLine(type, write), at: position)
        for index in mediaStarts.indices where mediaStarts[index] >= position { mediaStarts[index] += 1 }
    }

    mutating func removeLines(_ level: Level, where matches: (Line, [UInt8]) -> Bool) {
        removeLines(in: range(level), where: matches)
    }

    private mutating func removeLines(in range: Range<Int>, where matches: (Line, [UInt8]) -> Bool) {
        var kept = range.lowerBound
        for index in range where !matches(lines[index], octets) {
            lines[kept] = lines[index]
            kept += 1
        }
        let removed = range.upperBound - kept
        guard removed > 0 else { return }
        lines.removeSubrange(kept..<range.upperBound)
        for index in mediaStarts.indices where mediaStarts[index] >= range.upperBound { mediaStarts[index] -= removed }
    }

    /// Nothing that is put into a value may end its line.
    private mutating func newLine(_ type: LineType, _ write: (inout OctetWriter) -> Void) -> Line {
        var taken: [UInt8] = []
        swap(&taken, &octets)
        let start = taken.count
        var writer = OctetWriter(continuing: taken)
        writer.write(type.rawValue)
        writer.write(UInt8(ascii: "="))
        write(&writer)
        let end = writer.count
        writer.write("\r\n")
        octets = writer.octets
        for index in start..<end where octets[index] == 0 || octets[index] == 0x0A || octets[index] == 0x0D {
            octets[index] = ASCII.space
        }
        return Line(type, start: start, end: end, next: end + 2)
    }
}

extension OctetWriter {
    /// `IN IP4 192.0.2.1`
    mutating func write(connection address: IPAddress) {
        write("IN ")
        write(address.sdpType)
        write(ASCII.space)
        write("\(address)")
    }
}
