import Octets

extension SIPMessage {
    /// The message as octets: fields in order, Content-Length corrected or added. One allocation.
    package func serialized() -> [UInt8] {
        var writer = OctetWriter(reserving: serializedCapacity)
        serialize(to: &writer)
        return writer.octets
    }

    package func serialize(to writer: inout OctetWriter) {
        writeStartLine(to: &writer)
        octets.withUnsafeBufferPointer { arena in
            let hasContentLength = writeFields(arena, to: &writer)
            if !hasContentLength {
                writer.write("Content-Length: ")
                writer.write(decimal: UInt64(bodyRange.count))
                writer.write("\r\n")
            }
            writer.write("\r\n")
            writer.write(arena, bodyRange)
        }
    }

    /// Lines that stand one behind the other in the arena are copied as one piece; of a message that is passed on
    /// these are nearly all. A Content-Length stays where it is when it is right, and is left out when it is wrong.
    ///
    /// - Returns: whether there is a Content-Length.
    private func writeFields(_ arena: UnsafeBufferPointer<UInt8>, to writer: inout OctetWriter) -> Bool {
        var run = 0..<0
        var hasContentLength = false
        for field in fields {
            if field.token == .contentLength {
                guard !hasContentLength, OctetSlice(octets, field.value).decimal == UInt64(bodyRange.count) else {
                    continue
                }
                hasContentLength = true
            }
            let start = Int(field.start)
            let end = Int(field.valueEnd)
            guard field.isContiguous, end + 1 < arena.count, arena[end] == 0x0D, arena[end + 1] == 0x0A else {
                writer.write(arena, run)
                run = 0..<0
                writeLine(field, arena, to: &writer)
                continue
            }
            if start == run.upperBound {
                run = run.lowerBound..<end + 2
            } else {
                writer.write(arena, run)
                run = start..<end + 2
            }
        }
        writer.write(arena, run)
        return hasContentLength
    }

    /// A line whose end is not in the arena: values were taken off it, or blanks stood behind it.
    private func writeLine(_ field: Field, _ arena: UnsafeBufferPointer<UInt8>, to writer: inout OctetWriter) {
        if field.isContiguous {
            writer.write(arena, Int(field.start)..<Int(field.valueEnd))
        } else {
            writer.write(arena, field.name)
            writer.write(": ")
            writer.write(arena, field.value)
        }
        writer.write("\r\n")
    }

    private func writeStartLine(to writer: inout OctetWriter) {
        octets.withUnsafeBufferPointer { arena in
            if let status = start.status {
                writer.write("SIP/2.0 ")
                writer.write(decimal: UInt64(status.rawValue))
                writer.write(UInt8(ascii: " "))
                writer.write(arena, start.second)
                writer.write("\r\n")
            } else {
                writer.write(arena, start.first)
                writer.write(UInt8(ascii: " "))
                writer.write(arena, start.second)
                writer.write(" SIP/2.0\r\n")
            }
        }
    }

    private var serializedCapacity: Int {
        var count = start.first.count + start.second.count + bodyRange.count + 64
        for field in fields { count += Int(field.nameLength) + field.value.count + 16 }
        return count
    }
}

extension OctetWriter {
    /// - Precondition: `range` lies inside `arena`.
    @inline(__always)
    fileprivate mutating func write(_ arena: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        write(UnsafeBufferPointer(rebasing: arena[range]))
    }
}
