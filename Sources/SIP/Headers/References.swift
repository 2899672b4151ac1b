import Octets

// Headers that point at something by a URI in angle brackets.

/// Alert-Info, RFC 3261 §20.4, RFC 7462 §4: how to ring.
package struct AlertInfo: ReferenceHeader {
    package static var name: HeaderName { .alertInfo }
    package var uri: OctetSlice
    package var parameters: Parameters

    package init(uri: OctetSlice, parameters: Parameters = Parameters()) {
        self.uri = uri
        self.parameters = parameters
    }
}

/// Call-Info, RFC 3261 §20.9: more about caller or callee.
package struct CallInfo: ReferenceHeader {
    package static var name: HeaderName { .callInfo }
    package var uri: OctetSlice
    package var parameters: Parameters

    package init(uri: OctetSlice, parameters: Parameters = Parameters()) {
        self.uri = uri
        self.parameters = parameters
    }

    /// `icon`, `info`, `card` or another.
    package var purpose: OctetSlice? { parameters["purpose"] }
}

/// Error-Info, RFC 3261 §20.18: more about a refusal.
package struct ErrorInfo: ReferenceHeader {
    package static var name: HeaderName { .errorInfo }
    package var uri: OctetSlice
    package var parameters: Parameters

    package init(uri: OctetSlice, parameters: Parameters = Parameters()) {
        self.uri = uri
        self.parameters = parameters
    }
}

/// Geolocation, RFC 6442 §4.1: where the caller is, as a body (`cid:`) or at a server.
package struct Geolocation: ReferenceHeader {
    package static var name: HeaderName { .geolocation }
    package var uri: OctetSlice
    package var parameters: Parameters

    package init(uri: OctetSlice, parameters: Parameters = Parameters()) {
        self.uri = uri
        self.parameters = parameters
    }

    /// The location stands in a body of the message: `ContentID.isNamed(by: uri)` finds it.
    package var isInBody: Bool { uri.count > 4 && uri[uri.start..<uri.start + 4].equalsIgnoringCase("cid:") }
}

/// Geolocation-Routing, RFC 6442 §4.2: whether servers may route by the location.
package struct GeolocationRouting: ParameterizedTokenHeader {
    package static var name: HeaderName { .geolocationRouting }
    package var token: OctetSlice
    package var parameters: Parameters

    package init(token: OctetSlice, parameters: Parameters) {
        self.token = token
        self.parameters = parameters
    }

    package init(_ isAllowed: Bool) { self.init(token: isAllowed ? "yes" : "no", parameters: Parameters()) }

    /// Anything but `yes` forbids (§4.2.1).
    package var isAllowed: Bool { token.equalsIgnoringCase("yes") }
}

/// Geolocation-Error, RFC 6442 §4.4: one to three digits, and what they mean.
package struct GeolocationError: SIPHeader, Equatable {
    package static var name: HeaderName { .geolocationError }
    package var code: Int
    package var parameters: Parameters

    package init(_ code: Int, _ explanation: String? = nil) {
        self.code = code
        parameters = Parameters()
        if let explanation { parameters.set("code", quoted: OctetSlice(explanation)) }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard let code = scanner.decimal() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        guard code <= 999 else { throw SIPSyntaxError(.outOfRange, at: text.start) }
        self.code = Int(code)
        parameters = try Parameters(parsingHeader: scanner.rest)
    }

    /// The text that goes with the code.
    package var explanation: OctetSlice? { parameters["code"] }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: code)
        parameters.write(to: &writer)
    }
}
