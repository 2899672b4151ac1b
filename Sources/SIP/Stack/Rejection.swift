import Octets

/// The answer to a request that cannot be parsed, RFC 3261 §16.3 step 1 and §21.4.1, made from the lines that can.
///
/// Via, From, To, Call-ID and CSeq are copied as they stand (§8.2.6.2). Without a readable top Via there is nowhere to
/// send it; responses and ACKs are never answered.
struct Rejection {
    let octets: [UInt8]
    let route: ResponseRoute

    init?(of message: [UInt8], because error: SIPSyntaxError, source: Hop) {
        let lines = Self.headerLines(OctetSlice(message))
        guard let start = lines.first, !start.hasPrefix("SIP/"), !start.hasPrefix("ACK ") else { return nil }
        var echo: [OctetSlice] = []
        var top: Via?
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            switch Self.kind(line[line.start..<colon].trimmed) {
            case .via:
                if top == nil {
                    guard let via = Self.firstVia(line[colon + 1..<line.end]) else { return nil }
                    top = via
                }
                echo.append(line)
            case .dialog: echo.append(line)
            case nil: break
            }
        }
        guard let via = top, !echo.isEmpty else { return nil }
        route = ResponseRoute(via, from: source)
        var writer = OctetWriter(reserving: 512)
        writer.write("SIP/2.0 ")
        writer.write(decimal: UInt64(error.status.rawValue))
        writer.write(UInt8(ascii: " "))
        writer.write("\(error)".capitalisedFirst)
        writer.write("\r\n")
        for line in echo {
            writer.write(line)
            writer.write("\r\n")
        }
        writer.write("Content-Length: 0\r\n\r\n")
        octets = writer.octets
    }

    private enum Kind { case via, dialog }

    private static func kind(_ name: OctetSlice) -> Kind? {
        if name.equalsIgnoringCase("Via") || name.equalsIgnoringCase("v") { return .via }
        let isDialog =
            name.equalsIgnoringCase("From") || name.equalsIgnoringCase("f") || name.equalsIgnoringCase("To")
            || name.equalsIgnoringCase("t") || name.equalsIgnoringCase("Call-ID") || name.equalsIgnoringCase("i")
            || name.equalsIgnoringCase("CSeq")
        return isDialog ? .dialog : nil
    }

    /// The lines up to the empty one, folded ones joined as they stand; bounded, for nothing here is trusted.
    private static func headerLines(_ message: OctetSlice) -> [OctetSlice] {
        var lines: [OctetSlice] = []
        var position = message.start
        while position < message.end, message[position] == ASCII.carriageReturn || message[position] == ASCII.lineFeed {
            position += 1
        }
        while position < message.end, lines.count < 128 {
            var stop = position
            while true {
                guard let feed = message.firstIndex(of: ASCII.lineFeed, from: stop) else { return lines }
                stop = feed + 1
                let continues = stop < message.end && ASCII.isBlank(message[stop]) && feed > position + 1
                if !continues { break }
            }
            let line = message[position..<stop].trimmed
            guard !line.isEmpty else { return lines }
            lines.append(line)
            position = stop
        }
        return lines
    }

    /// The top Via of a field that may hold several.
    private static func firstVia(_ value: OctetSlice) -> Via? {
        let end = value.firstIndex(of: UInt8(ascii: ",")) ?? value.end
        do {
            return try Via(parsing: value[value.start..<end].trimmed)
        } catch {
            return nil
        }
    }
}

extension String {
    var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
