import Octets

// Searching the fields without making an array of them.
extension SIPMessage {
    /// The message cut down to its start line and the header fields that are wanted, in memory of just that size: what
    /// is kept of one for long.
    package func excerpt(where isWanted: (HeaderName) -> Bool) -> SIPMessage {
        var count = 0
        var size = start.first.count + start.second.count
        for index in fields.indices where isWanted(name(at: index)) {
            count += 1
            size += Int(fields[index].nameLength) + fields[index].value.count + 4
        }
        var excerpt = SIPMessage()
        var writer = OctetWriter(reserving: size)
        func keep(_ range: Range<Int>) -> Range<Int> {
            let begin = writer.count
            writer.write(slice(range))
            return begin..<writer.count
        }
        excerpt.start = start
        excerpt.start.first = keep(start.first)
        excerpt.start.second = keep(start.second)
        excerpt.fields.reserveCapacity(count)
        for index in fields.indices where isWanted(name(at: index)) {
            var field = fields[index]
            let name = keep(field.name)
            writer.write(": ")
            let value = keep(field.value)
            writer.write("\r\n")
            field.start = UInt32(truncatingIfNeeded: name.lowerBound)
            field.valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
            field.valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
            field.isContiguous = true
            excerpt.fields.append(field)
        }
        excerpt.octets = writer.octets
        return excerpt
    }

    /// Whether a field of this name has a value that satisfies a test; the value is the whole field's.
    package func hasField(_ name: HeaderName, where isWanted: (OctetSlice) -> Bool) -> Bool {
        for index in fields.indices where isNamed(index, name) {
            if isWanted(value(at: index)) { return true }
        }
        return false
    }

    /// Whether any field satisfies a test; compact names arrive in their long form.
    package func hasField(where isWanted: (HeaderName, OctetSlice) -> Bool) -> Bool {
        for index in fields.indices {
            if isWanted(name(at: index), value(at: index)) { return true }
        }
        return false
    }
}
