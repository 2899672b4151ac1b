import Octets

// The two edits that every forwarded message goes through, written straight into its arena: one allocation each for
// octets and fields at most, and room for what the role adds.
extension SIPMessage {
    /// RFC 3261 §18.2.1, RFC 3581 §4: what the server transport writes into the top Via of a request. `received` when
    /// sent-by is not the address the request came from or the client asks by `rport`; `rport` gets the source port.
    mutating func completeVia(_ via: Via, from hop: Hop) {
        // RFC 7118 §5.3: responses take the connection anyway, and the address may be that of something in between.
        guard !hop.transport.isWebSocket else { return }
        let source = hop.remote
        let asksForPort = via.parameters.contains("rport")
        guard asksForPort || IPAddress(via.host) != source.address else { return }
        guard let index = firstIndex(.via), let value = firstValue(.via)?.indices else { return }
        guard value == fields[index].value, !via.parameters.contains("received"),
            let rport = asksForPort ? flag("rport", in: value) : value.upperBound..<value.upperBound
        else {
            // Several Vias in one field, or values where none are expected: the slow way.
            var completed = via
            completed.parameters.set("received", "\(source.address)")
            if asksForPort { completed.parameters.set("rport", "\(source.port)") }
            return replaceFirstValue(completed)
        }
        fields[index] = writeVia { writer, arena in
            writer.write(arena[value.lowerBound..<rport.upperBound])
            if asksForPort {
                writer.write(UInt8(ascii: "="))
                writer.write(decimal: UInt64(source.port))
            }
            writer.write(arena[rport.upperBound..<value.upperBound])
            writer.write(";received=")
            writer.write(source.address)
        }
    }

    /// Our Via before the others (§8.1.1.7, §16.6 step 8).
    mutating func pushVia(_ write: (inout OctetWriter) -> Void) {
        let index = firstIndex(.via) ?? 0
        let field = writeVia { writer, _ in write(&writer) }
        fields.insert(field, at: index)
    }

    /// A Via field at the end of the arena. The values written are ours or stood in the message: no line ends.
    @inline(__always)
    private mutating func writeVia(_ write: (inout OctetWriter, ArraySlice<UInt8>) -> Void) -> Field {
        let begin = octets.count
        var writer = OctetWriter(reserving: begin + 512)
        writer.write(octets)
        writer.write("Via: ")
        write(&writer, octets[...])
        octets = writer.octets
        return Field(
            start: UInt32(truncatingIfNeeded: begin), valueStart: UInt32(truncatingIfNeeded: begin + 5),
            valueEnd: UInt32(truncatingIfNeeded: octets.count), nameLength: 3, token: .via, isContiguous: true)
    }

    /// Where a parameter without a value stands; nil when it has one, or the text is not simple enough to say.
    private func flag(_ name: StaticString, in range: Range<Int>) -> Range<Int>? {
        let length = name.utf8CodeUnitCount
        var index = range.lowerBound
        while index < range.upperBound {
            guard octets[index] != UInt8(ascii: "\"") else { return nil }
            guard octets[index] == UInt8(ascii: ";"), index + length < range.upperBound else {
                index += 1
                continue
            }
            let end = index + 1 + length
            if slice(index + 1..<end).equalsIgnoringCase(name),
                end == range.upperBound || octets[end] == UInt8(ascii: ";")
            {
                return index..<end
            }
            index += 1
        }
        return nil
    }
}

extension OctetWriter {
    fileprivate mutating func write(_ run: ArraySlice<UInt8>) {
        run.withUnsafeBufferPointer { write($0) }
    }

    fileprivate mutating func write(_ address: IPAddress) {
        switch address {
        case .v4(let number):
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                write(decimal: UInt64(number >> shift & 255))
                if shift > 0 { write(UInt8(ascii: ".")) }
            }
        case .v6: write("\(address)")
        }
    }
}
