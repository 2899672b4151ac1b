import Octets

// Every value goes to the end of the arena as a line of its own; the order is that of the fields.
extension SIPMessage {
    package mutating func append(_ name: HeaderName, _ value: String) {
        let field = write(name) { $0.write(value) }
        fields.append(field)
    }

    package mutating func append(_ name: HeaderName, _ value: OctetSlice) {
        let field = write(name) { $0.write(value) }
        fields.append(field)
    }

    package mutating func append(_ header: some SIPHeader) {
        let field = write(header)
        fields.append(field)
    }

    /// Before the first field of that name; without any, at the top.
    package mutating func prepend(_ name: HeaderName, _ value: String) {
        let field = write(name) { $0.write(value) }
        fields.insert(field, at: firstIndex(name) ?? 0)
    }

    package mutating func prepend(_ name: HeaderName, _ value: OctetSlice) {
        let field = write(name) { $0.write(value) }
        fields.insert(field, at: firstIndex(name) ?? 0)
    }

    package mutating func prepend(_ header: some SIPHeader) {
        let field = write(header)
        fields.insert(field, at: firstIndex(type(of: header).name) ?? 0)
    }

    /// Exactly one field of that name, where the first stood; at the end when there was none.
    package mutating func set(_ name: HeaderName, _ value: String) {
        let field = write(name) { $0.write(value) }
        replaceAll(name, with: field)
    }

    package mutating func set(_ name: HeaderName, _ value: OctetSlice) {
        let field = write(name) { $0.write(value) }
        replaceAll(name, with: field)
    }

    package mutating func set(_ header: some SIPHeader) {
        let field = write(header)
        replaceAll(type(of: header).name, with: field)
    }

    package mutating func remove(_ name: HeaderName) {
        guard let first = firstIndex(name) else { return }
        removeAll(name, from: first)
    }

    /// Takes off the first value; the others between commas in its field stay.
    package mutating func removeFirstValue(_ name: HeaderName) {
        guard let index = firstIndex(name) else { return }
        guard let rest = restOfField(at: index, name) else {
            fields.remove(at: index)
            return
        }
        fields[index].valueStart = UInt32(truncatingIfNeeded: rest.lowerBound)
        fields[index].isContiguous = false
    }

    /// Puts another value in the place of the first; the others stay. Without one to replace, at the top.
    package mutating func replaceFirstValue(_ header: some SIPHeader) {
        let name = type(of: header).name
        removeFirstValue(name)
        prepend(header)
    }

    package mutating func setRequestURI(_ text: OctetSlice) {
        guard isRequest else { return }
        let begin = octets.count
        var writer = OctetWriter(continuing: take())
        writer.write(text)
        octets = writer.octets
        start.second = begin..<octets.count
        neutraliseLineEnds(start.second)
    }

    package mutating func setRequestURI(_ text: String) { setRequestURI(OctetSlice(text)) }

    /// - Parameter contentType: empty to leave Content-Type as it is.
    package mutating func setBody(_ body: [UInt8], contentType: String) {
        let begin = octets.count
        octets.append(contentsOf: body)
        bodyRange = begin..<octets.count
        if !contentType.isEmpty { set(.contentType, contentType) }
    }

    package mutating func removeBody() {
        bodyRange = 0..<0
        remove(.contentType)
    }

    // MARK: Steps

    private mutating func write(_ header: some SIPHeader) -> Field {
        write(type(of: header).name) { header.write(to: &$0) }
    }

    /// Writes a line to the end of the arena.
    @inline(__always)
    mutating func write(_ name: HeaderName, _ value: (inout OctetWriter) -> Void) -> Field {
        let begin = octets.count
        var writer = OctetWriter(continuing: take())
        name.write(to: &writer)
        let length = min(writer.count - begin, 255)
        writer.write(": ")
        let valueStart = writer.count
        value(&writer)
        let valueEnd = writer.count
        writer.write("\r\n")
        octets = writer.octets
        neutraliseLineEnds(begin..<valueEnd)
        return Field(
            start: UInt32(truncatingIfNeeded: begin), valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueEnd: UInt32(truncatingIfNeeded: valueEnd), nameLength: UInt8(truncatingIfNeeded: length),
            token: name.token, isContiguous: true)
    }

    /// Gives the arena away to be written on without a copy. A datagram fills its array to the last octet: the first
    /// edit makes room for the others.
    private mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &octets)
        if taken.capacity - taken.count < 128 { taken.reserveCapacity(taken.count + 1024) }
        return taken
    }

    /// Nothing that is put into a value may end its line.
    mutating func neutraliseLineEnds(_ range: Range<Int>) {
        var index = range.lowerBound
        while true {
            index = LineEnds.first(in: octets.span, index..<range.upperBound)
            guard index < range.upperBound else { return }
            octets[index] = ASCII.space
        }
    }

    private mutating func replaceAll(_ name: HeaderName, with field: Field) {
        guard let first = firstIndex(name) else {
            fields.append(field)
            return
        }
        fields[first] = field
        removeAll(name, from: first + 1)
    }

    private mutating func removeAll(_ name: HeaderName, from first: Int) {
        var kept = first
        for index in first..<fields.count where !isNamed(index, name) {
            if kept != index { fields[kept] = fields[index] }
            kept += 1
        }
        fields.removeSubrange(kept..<fields.count)
    }

    private func restOfField(at index: Int, _ name: HeaderName) -> Range<Int>? {
        guard name.token.multiplicity == .list else { return nil }
        var list = ValueList(value(at: index))
        _ = list.next()
        return list.rest?.indices
    }
}
