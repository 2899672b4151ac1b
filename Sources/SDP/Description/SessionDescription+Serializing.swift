import Octets

extension SessionDescription {
    /// One allocation.
    package func serialized() -> [UInt8] {
        var capacity = trailer.count
        for line in lines { capacity += line.next - line.start + 2 }
        var writer = OctetWriter(reserving: capacity)
        write(to: &writer)
        return writer.octets
    }

    /// Lines that stand one behind the other in the arena are copied as one piece.
    package func write(to writer: inout OctetWriter) {
        var run = 0..<0
        for index in lines.indices {
            let line = lines[index]
            if line.start == run.upperBound {
                run = run.lowerBound..<line.next
            } else {
                writer.write(OctetSlice(octets, run))
                run = line.start..<line.next
            }
            // A last line without its end that is the last no more.
            if line.next == line.end, index + 1 < lines.count {
                writer.write(OctetSlice(octets, run))
                writer.write("\r\n")
                run = 0..<0
            }
        }
        writer.write(OctetSlice(octets, run))
        writer.write(OctetSlice(octets, trailer))
    }
}
