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
            for field in fields where field.token != .contentLength {
                if field.isContiguous {
                    writer.write(arena, Int(field.start)..<Int(field.valueEnd))
                } else {
                    writer.write(arena, field.name)
                    writer.write(": ")
                    writer.write(arena, field.value)
                }
                writer.write("\r\n")
            }
            writer.write("Content-Length: ")
            writer.write(decimal: UInt64(bodyRange.count))
            writer.write("\r\n\r\n")
            writer.write(arena, bodyRange)
        }
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
