import Octets

/// Via, RFC 3261 §20.42: `SIP/2.0/UDP host:port;branch=…`.
package struct Via: SIPHeader, Equatable {
    package static var name: HeaderName { .via }

    /// nil for 2.0. The grammar allows others, which a 505 has to give back.
    private var version: OctetSlice?
    /// The transport's token as it stands, known or not.
    package var transport: OctetSlice
    package var host: OctetSlice
    package var port: UInt16?
    package var parameters: Parameters

    package init(_ transport: Transport, host: String, port: UInt16?, branch: String) {
        self.transport = OctetSlice("\(transport.token)")
        self.host = OctetSlice(host)
        self.port = port
        parameters = Parameters()
        parameters.set("branch", branch)
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard let name = scanner.token(), name.equalsIgnoringCase("SIP"), scanner.takeSeparator(UInt8(ascii: "/")),
            let version = scanner.token(), scanner.takeSeparator(UInt8(ascii: "/")),
            let transport = scanner.token()
        else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        if !version.equals("2.0") { self.version = version }
        self.transport = transport
        let end = scanner.position
        scanner.skipBlanks()
        guard scanner.position > end, let host = scanner.host() else {
            throw SIPSyntaxError(.malformed, at: scanner.position)
        }
        self.host = host
        if scanner.takeSeparator(UInt8(ascii: ":")) {
            guard let number = scanner.decimal(), let port = UInt16(exactly: number) else {
                throw SIPSyntaxError(.malformed, at: scanner.position)
            }
            self.port = port
        }
        parameters = try Parameters(parsingHeader: scanner.rest)
        guard parameters.count(of: "branch") <= 1 else { throw SIPSyntaxError(.duplicate, at: text.start) }
    }

    package var branch: OctetSlice? { parameters["branch"] }
    package var received: OctetSlice? { parameters["received"] }
    /// RFC 3581 §3: asked for, with or without a value.
    package var hasRport: Bool { parameters.contains("rport") }
    package var rport: UInt16? { parameters["rport"]?.decimal.flatMap(UInt16.init(exactly:)) }
    package var maddr: OctetSlice? { parameters["maddr"] }
    /// RFC 3261 §20.42: how far a multicast goes, 0 to 255.
    package var ttl: UInt8? { parameters.number("ttl").flatMap(UInt8.init(exactly:)) }
    /// RFC 6223 §4: whoever put it there is willing to send keep-alives.
    package var offersKeepAlive: Bool { parameters.contains("keep") }
    /// RFC 6223 §4: the seconds between keep-alives, filled in by the next hop that wants them; 0 leaves it to the sender.
    package var keepAliveInterval: UInt32? { parameters.number("keep") }

    package func write(to writer: inout OctetWriter) {
        writer.write("SIP/")
        if let version { writer.write(version) } else { writer.write("2.0") }
        writer.write(UInt8(ascii: "/"))
        writer.write(transport)
        writer.write(UInt8(ascii: " "))
        writer.write(host)
        if let port {
            writer.write(UInt8(ascii: ":"))
            writer.write(decimal: UInt64(port))
        }
        parameters.write(to: &writer)
    }
}
