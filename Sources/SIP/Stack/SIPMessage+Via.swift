import Octets

// The two edits that every forwarded message goes through, written straight into its arena: one allocation each for
// octets and fields at most, and room for what the role adds.
extension SIPMessage {
    /// RFC 3261 §18.2.1, RFC 3581 §4: what the server transport writes into the top Via of a request. `received` when
    /// sent-by is not the address the request came from or the client asks by `rport`; `rport` gets the source port.
    ///
    /// - Parameter takesOverload: RFC 7339 §5.6: what the client says about overload is for us alone and comes off.
    mutating func completeVia(_ via: Via, from hop: Hop, takesOverload: Bool) {
        let source = hop.remote
        let asksForPort = via.parameters.contains("rport")
        // RFC 7118 §5.3: responses take the connection anyway, and the address may be that of something in between.
        let isElsewhere = !hop.transport.isWebSocket && (asksForPort || IPAddress(via.host) != source.address)
        let cuts = takesOverload && via.hasOverloadParameters
        guard isElsewhere || cuts else { return }
        guard let index = firstIndex(.via), let value = firstValue(.via)?.indices else { return }
        let parameters = via.parameters.text.indices
        guard value == fields[index].value, value.contains(parameters), !via.parameters.contains("received"),
            via.parameters["rport"]?.isEmpty ?? true
        else {
            // Several Vias in one field, or values where none are expected: the slow way.
            var completed = via
            if isElsewhere { completed.parameters.set("received", "\(source.address)") }
            if isElsewhere, asksForPort { completed.parameters.set("rport", "\(source.port)") }
            if cuts { completed.removeOverloadParameters() }
            return replaceFirstValue(completed)
        }
        fields[index] = writeVia { writer, arena in
            writer.write(arena[value.lowerBound..<parameters.lowerBound])
            var cursor = Parameters.Cursor(via.parameters)
            while let parameter = cursor.next() {
                if cuts, parameter.isAboutOverload { continue }
                writer.write(arena[parameter.range])
                guard isElsewhere, parameter.name.equalsIgnoringCase("rport") else { continue }
                writer.write(UInt8(ascii: "="))
                writer.write(decimal: UInt64(source.port))
            }
            guard isElsewhere else { return }
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

extension Range where Bound == Int {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
