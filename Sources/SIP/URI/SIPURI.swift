import Octets

/// A SIP or SIPS URI, RFC 3261 §19.1: `sip:user:password@host:port;parameters?headers`.
///
/// The parts are slices as they stand, escapes included.
package struct SIPURI: Sendable {
    package var isSecure: Bool
    package var user: OctetSlice?
    package var password: OctetSlice?
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package var host: OctetSlice
    package var port: UInt16?
    package var parameters: Parameters
    /// Between `?` and the end; empty when there are none.
    package var headers: OctetSlice

    package init(user: OctetSlice? = nil, host: OctetSlice, port: UInt16? = nil, isSecure: Bool = false) {
        self.isSecure = isSecure
        self.user = user
        self.host = host
        self.port = port
        parameters = Parameters(unchecked: OctetSlice(), .uri)
        headers = OctetSlice()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        guard let scheme = scanner.token(), scanner.take(UInt8(ascii: ":")) else {
            throw SIPSyntaxError(.uri, at: text.start)
        }
        if scheme.equalsIgnoringCase("sip") {
            isSecure = false
        } else if scheme.equalsIgnoringCase("sips") {
            isSecure = true
        } else {
            throw SIPSyntaxError(.uri, at: text.start)
        }
        // Everywhere but in front of the host an "@" is escaped.
        if let at = text.firstIndex(of: UInt8(ascii: "@"), from: scanner.position) {
            let userinfo = text[scanner.position..<at]
            let colon = userinfo.firstIndex(of: UInt8(ascii: ":"))
            let user = userinfo[userinfo.start..<(colon ?? at)]
            guard !user.isEmpty else { throw SIPSyntaxError(.uri, at: at) }
            try user.checkCharacters(.user)
            self.user = user
            if let colon {
                let password = text[colon + 1..<at]
                try password.checkCharacters(.password)
                self.password = password
            }
            scanner.skip(to: at + 1)
        }
        guard let host = scanner.host() else { throw SIPSyntaxError(.uri, at: scanner.position) }
        self.host = host
        if scanner.take(UInt8(ascii: ":")) {
            guard let number = scanner.decimal(), let port = UInt16(exactly: number) else {
                throw SIPSyntaxError(.uri, at: scanner.position)
            }
            self.port = port
        }
        let question = text.firstIndex(of: UInt8(ascii: "?"), from: scanner.position)
        let parameterText = text[scanner.position..<(question ?? text.end)]
        try Self.checkParameters(parameterText)
        parameters = Parameters(unchecked: parameterText, .uri)
        headers = question.map { text[$0 + 1..<text.end] } ?? text[text.end..<text.end]
        if question != nil { try Self.checkHeaders(headers) }
    }

    package init(parsing text: String) throws(SIPSyntaxError) { try self.init(parsing: OctetSlice(text)) }

    /// RFC 3261 §16.12: the router leaves the Request-URI alone.
    package var isLooseRouter: Bool { parameters.contains("lr") }

    /// Any text as a user part: what may not stand there plain is escaped, a percent sign always (§19.1.2).
    package static func user(escaping text: OctetSlice) -> OctetSlice {
        var writer = OctetWriter(reserving: text.count + 16)
        for index in text.indices {
            if OctetClass.user.contains(text[index]) {
                writer.write(text[index])
            } else {
                writer.writeEscape(text[index])
            }
        }
        return OctetSlice(writer.octets)
    }

    /// The `transport` parameter; nil when it is missing or names none of ours.
    package var transport: Transport? { parameters["transport"].flatMap(Transport.init(token:)) }

    package func write(to writer: inout OctetWriter) {
        writer.write(isSecure ? "sips:" : "sip:")
        if let user {
            writer.write(user)
            if let password {
                writer.write(UInt8(ascii: ":"))
                writer.write(password)
            }
            writer.write(UInt8(ascii: "@"))
        }
        writer.write(host)
        if let port {
            writer.write(UInt8(ascii: ":"))
            writer.write(decimal: UInt64(port))
        }
        parameters.write(to: &writer)
        if !headers.isEmpty {
            writer.write(UInt8(ascii: "?"))
            writer.write(headers)
        }
    }

    package var text: String {
        var writer = OctetWriter(reserving: 64)
        write(to: &writer)
        return OctetSlice(writer.octets).string
    }

    /// The canonical name of an account, RFC 3261 §10.3 step 5: no password, parameters or headers, escapes undone
    /// where the character may stand there plain, the host in lower case, an IPv6 address in its one form (RFC 5952), no
    /// port that is the scheme's default.
    package var addressOfRecord: String {
        var writer = OctetWriter(reserving: 64)
        writer.write(isSecure ? "sips:" : "sip:")
        if let user {
            writer.write(canonical: user, .user)
            writer.write(UInt8(ascii: "@"))
        }
        if host.first == UInt8(ascii: "["), let address = IPAddress(host) {
            writer.write("[\(address)]" as String)
        } else {
            for index in host.indices { writer.write(ASCII.lowercase(host[index])) }
        }
        if let port, port != (isSecure ? 5061 : 5060) {
            writer.write(UInt8(ascii: ":"))
            writer.write(decimal: UInt64(port))
        }
        return OctetSlice(writer.octets).string
    }

    /// Parameters, and headers, of one URI: comparing takes each with each.
    private static let limit = 64

    /// `*( ";" pname [ "=" pvalue ] )`; a value may be empty, as some write it. No name twice (RFC 3261 §19.1.1): two
    /// readers could take two URIs out of it.
    private static func checkParameters(_ text: OctetSlice) throws(SIPSyntaxError) {
        guard !text.isEmpty else { return }
        var index = text.start
        // One bit for each name: only where it is set already is the name looked for among those before. One that is
        // written with escapes may be any.
        var seen: UInt64 = 0
        var count = 0
        while index < text.end {
            guard count < limit else { throw SIPSyntaxError(.uri, at: index) }
            guard text[index] == UInt8(ascii: ";") else { throw SIPSyntaxError(.uri, at: index) }
            let end = text.firstIndex(of: UInt8(ascii: ";"), from: index + 1) ?? text.end
            let part = text[index + 1..<end]
            let split = part.firstIndex(of: UInt8(ascii: "=")) ?? end
            guard split > part.start else { throw SIPSyntaxError(.uri, at: index) }
            let name = part[part.start..<split]
            try name.checkCharacters(.uriParameter)
            try part[min(split + 1, end)..<end].checkCharacters(.uriParameter)
            let bits = bits(of: name)
            if seen & bits != 0, isNamed(name, in: text[text.start..<index]) {
                throw SIPSyntaxError(.duplicate, at: name.start)
            }
            seen |= bits
            count += 1
            index = end
        }
    }

    private static func bits(of name: OctetSlice) -> UInt64 {
        var hash: UInt64 = 0
        for index in name.indices {
            guard name[index] != UInt8(ascii: "%") else { return .max }
            hash = hash &* 31 &+ UInt64(ASCII.lowercase(name[index]))
        }
        return 1 << (hash & 63)
    }

    /// Whether one of these parameters, each behind a semicolon, has a name.
    private static func isNamed(_ name: OctetSlice, in text: OctetSlice) -> Bool {
        var index = text.start
        while index < text.end {
            let end = text.firstIndex(of: UInt8(ascii: ";"), from: index + 1) ?? text.end
            let part = text[index + 1..<end]
            let split = part.firstIndex(of: UInt8(ascii: "=")) ?? end
            if part[part.start..<split].matchesEscaped(name, caseMatters: false) { return true }
            index = end
        }
        return false
    }

    /// `hname "=" hvalue *( "&" … )`
    private static func checkHeaders(_ text: OctetSlice) throws(SIPSyntaxError) {
        var index = text.start
        var count = 0
        while true {
            count += 1
            guard count <= limit else { throw SIPSyntaxError(.uri, at: index) }
            let end = text.firstIndex(of: UInt8(ascii: "&"), from: index) ?? text.end
            let part = text[index..<end]
            guard let split = part.firstIndex(of: UInt8(ascii: "=")), split > part.start else {
                throw SIPSyntaxError(.uri, at: index)
            }
            try part[part.start..<split].checkCharacters(.uriHeader)
            try part[split + 1..<end].checkCharacters(.uriHeader)
            guard end < text.end else { return }
            index = end + 1
        }
    }
}

extension SIPURI: CustomStringConvertible {
    package var description: String { text }
}

extension OctetSlice {
    /// Only characters of the class and `%` HEX HEX.
    func checkCharacters(_ octets: OctetClass) throws(SIPSyntaxError) {
        for index in indices where !octets.contains(self[index]) {
            // The two digits that follow an escape are of every class.
            guard escape(at: index) != nil else { throw SIPSyntaxError(.uri, at: index) }
        }
    }
}

extension OctetWriter {
    /// Escapes undone where the character may stand plain, the others in capitals.
    mutating func write(canonical text: OctetSlice, _ octets: OctetClass) {
        var index = text.start
        while index < text.end {
            if let octet = text.escape(at: index) {
                if octets.contains(octet) { write(octet) } else { writeEscape(octet) }
                index += 3
            } else {
                write(text[index])
                index += 1
            }
        }
    }
}
