import Octets

/// P-Visited-Network-ID, RFC 7315 §4.3: one network, a token or in quotes.
package struct PVisitedNetworkID: SIPHeader, Equatable {
    package static var name: HeaderName { .pVisitedNetworkID }

    /// Without quotes, escapes as they stand.
    package var network: OctetSlice
    package var parameters: Parameters

    package init(_ network: String) {
        self.network = OctetSlice(network)
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        let value = scanner.next == UInt8(ascii: "\"") ? scanner.quotedString() : scanner.token()
        guard let value, !value.isEmpty else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        network = value
        parameters = try Parameters(parsingHeader: scanner.rest)
    }

    package func write(to writer: inout OctetWriter) {
        if network.isToken { writer.write(network) } else { writer.write(quoted: network) }
        parameters.write(to: &writer)
    }
}

/// P-Access-Network-Info, RFC 7315 §4.4, §5.4: the kind of access and what is known of the cell or the line.
package struct PAccessNetworkInfo: SIPHeader, Equatable {
    package static var name: HeaderName { .pAccessNetworkInfo }

    /// Such as `3GPP-E-UTRAN-FDD` or `IEEE-802.11`; of an access class, `3GPP-UTRAN`.
    package var access: OctetSlice
    package var parameters: Parameters

    package init(_ access: String) {
        self.access = OctetSlice(access)
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        access = value.token
        parameters = value.parameters
    }

    /// Said by the network, not by the phone (§5.4 `np`).
    package var isNetworkProvided: Bool { parameters.contains("network-provided") }

    /// Cell or point of access, by whichever parameter the kind of access has.
    package var location: OctetSlice? {
        parameters["utran-cell-id-3gpp"] ?? parameters["cgi-3gpp"] ?? parameters["i-wlan-node-id"]
            ?? parameters["dsl-location"] ?? parameters["eth-location"] ?? parameters["fiber-location"]
            ?? parameters["ci-3gpp2"] ?? parameters["ci-3gpp2-femto"] ?? parameters["gstn-location"]
            ?? parameters["dvb-rcs2-node-id"]
    }

    package var serviceArea: OctetSlice? { parameters["utran-sai-3gpp"] }
    package var localTimeZone: OctetSlice? { parameters["local-time-zone"] }
    package var operatorSpecificLocation: OctetSlice? { parameters["operator-specific-GI"] }

    package func write(to writer: inout OctetWriter) {
        writer.write(access)
        parameters.write(to: &writer)
    }
}

/// P-Early-Media, RFC 5009 §8; one parameter a value.
package struct PEarlyMedia: TokenHeader {
    package static var name: HeaderName { .pEarlyMedia }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }

    package enum Authorization: Equatable, Sendable { case sendrecv, sendonly, recvonly, inactive }

    /// Which way early media may flow; nil for `gated`, `supported` and what we do not know.
    package var authorization: Authorization? {
        if token.equalsIgnoringCase("sendrecv") { return .sendrecv }
        if token.equalsIgnoringCase("sendonly") { return .sendonly }
        if token.equalsIgnoringCase("recvonly") { return .recvonly }
        return token.equalsIgnoringCase("inactive") ? .inactive : nil
    }

    package var isGated: Bool { token.equalsIgnoringCase("gated") }
    package var isSupported: Bool { token.equalsIgnoringCase("supported") }
}

/// P-Asserted-Service, RFC 6050 §4.1: the service as the network has checked it.
package struct PAssertedService: SIPHeader, Equatable {
    package static var name: HeaderName { .pAssertedService }
    package var service: ServiceID

    package init(_ service: ServiceID) { self.service = service }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { service = try ServiceID(parsing: text.trimmed) }
    package func write(to writer: inout OctetWriter) { service.write(to: &writer) }
}

/// P-Preferred-Service, RFC 6050 §4.2: the service that a phone asks for.
package struct PPreferredService: SIPHeader, Equatable {
    package static var name: HeaderName { .pPreferredService }
    package var service: ServiceID

    package init(_ service: ServiceID) { self.service = service }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { service = try ServiceID(parsing: text.trimmed) }
    package func write(to writer: inout OctetWriter) { service.write(to: &writer) }
}
