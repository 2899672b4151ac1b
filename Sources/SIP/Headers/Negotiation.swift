import Octets

/// Accept, RFC 3261 §20.1; one media range a value.
package struct Accept: SIPHeader, Equatable {
    package static var name: HeaderName { .accept }
    package var range: MediaType

    package init(_ range: MediaType) { self.range = range }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        range = try MediaType(parsing: text)
        try Quality.check(range.parameters, at: text.start)
    }

    /// Thousandths; 1000 when it is not said.
    package var q: Int { Quality.value(range.parameters) }
    package func write(to writer: inout OctetWriter) { range.write(to: &writer) }
}

/// Accept-Encoding, RFC 3261 §20.2; one coding a value, `*` for all others.
package struct AcceptEncoding: ParameterizedTokenHeader {
    package static var name: HeaderName { .acceptEncoding }
    package var token: OctetSlice
    package var parameters: Parameters

    package init(token: OctetSlice, parameters: Parameters) {
        self.token = token
        self.parameters = parameters
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        try Quality.check(value.parameters, at: text.start)
        self.init(token: value.token, parameters: value.parameters)
    }

    /// Thousandths; 1000 when it is not said.
    package var q: Int { Quality.value(parameters) }
}

/// Accept-Language, RFC 3261 §20.3; one language range a value.
package struct AcceptLanguage: ParameterizedTokenHeader {
    package static var name: HeaderName { .acceptLanguage }
    package var token: OctetSlice
    package var parameters: Parameters

    package init(token: OctetSlice, parameters: Parameters) {
        self.token = token
        self.parameters = parameters
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        guard value.token.equals("*") || LanguageTag.isValid(value.token) else {
            throw SIPSyntaxError(.malformed, at: value.token.start)
        }
        try Quality.check(value.parameters, at: text.start)
        self.init(token: value.token, parameters: value.parameters)
    }

    /// Thousandths; 1000 when it is not said.
    package var q: Int { Quality.value(parameters) }
}

/// Allow, RFC 3261 §20.5; one method a value.
package struct Allow: TokenHeader {
    package static var name: HeaderName { .allow }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
    package init(_ method: Method) { token = method.octets }

    package var method: Method { Method(token) }
}

/// Allow-Events, RFC 6665 §8.2.2; one event package with its templates a value.
package struct AllowEvents: TokenHeader {
    package static var name: HeaderName { .allowEvents }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// Priority, RFC 3261 §20.26: how urgent the caller thinks it is; nothing that priority of resources may rest on.
package struct Priority: TokenHeader {
    package static var name: HeaderName { .priority }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// The `q` of an `accept-param`.
private enum Quality {
    static func check(_ parameters: Parameters, at offset: Int) throws(SIPSyntaxError) {
        if let q = parameters["q"], QValue.thousandths(q) == nil { throw SIPSyntaxError(.malformed, at: offset) }
    }

    static func value(_ parameters: Parameters) -> Int { parameters["q"].flatMap(QValue.thousandths) ?? 1000 }
}
