import Octets

/// One mechanism of a security agreement, RFC 3329 §2.2, with the parameters of IPsec-3GPP, TS 33.203 Annex H.
package struct SecurityMechanism: Sendable, Equatable {
    package var mechanism: OctetSlice
    package var parameters: Parameters

    package init(_ mechanism: String) {
        self.mechanism = OctetSlice(mechanism)
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        mechanism = value.token
        parameters = value.parameters
    }

    package var isIPsec3GPP: Bool { mechanism.equalsIgnoringCase("ipsec-3gpp") }
    /// Preference in thousandths.
    package var q: Int? { parameters["q"].flatMap(QValue.thousandths) }
    /// Integrity algorithm, such as `hmac-sha-1-96`.
    package var integrityAlgorithm: OctetSlice? { parameters["alg"] }
    /// Encryption algorithm, such as `aes-cbc`; `null` when it is not named.
    package var encryptionAlgorithm: OctetSlice? { parameters["ealg"] }
    /// `ah` or `esp`.
    package var ipsecProtocol: OctetSlice? { parameters["prot"] }
    /// `trans`, `tun` or `UDP-enc-tun`.
    package var mode: OctetSlice? { parameters["mod"] }
    package var clientSPI: UInt32? { parameters.number("spi-c") }
    package var serverSPI: UInt32? { parameters.number("spi-s") }
    package var clientPort: UInt16? { parameters.number("port-c").flatMap(UInt16.init(exactly:)) }
    package var serverPort: UInt16? { parameters.number("port-s").flatMap(UInt16.init(exactly:)) }
    /// Of the mechanism `digest`: algorithm, quality of protection, and the digest over the list that was sent.
    package var digestAlgorithm: OctetSlice? { parameters["d-alg"] }
    package var digestQOP: OctetSlice? { parameters["d-qop"] }
    package var digestVerify: OctetSlice? { parameters["d-ver"] }

    package func write(to writer: inout OctetWriter) {
        writer.write(mechanism)
        parameters.write(to: &writer)
    }
}

/// Security-Client: what the phone can do.
package struct SecurityClient: SIPHeader, Equatable {
    package static var name: HeaderName { .securityClient }
    package var mechanism: SecurityMechanism

    package init(_ mechanism: SecurityMechanism) { self.mechanism = mechanism }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { mechanism = try SecurityMechanism(parsing: text) }
    package func write(to writer: inout OctetWriter) { mechanism.write(to: &writer) }
}

/// Security-Server: what the first hop can do.
package struct SecurityServer: SIPHeader, Equatable {
    package static var name: HeaderName { .securityServer }
    package var mechanism: SecurityMechanism

    package init(_ mechanism: SecurityMechanism) { self.mechanism = mechanism }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { mechanism = try SecurityMechanism(parsing: text) }
    package func write(to writer: inout OctetWriter) { mechanism.write(to: &writer) }
}

/// Security-Verify: the list of Security-Server, sent back protected.
package struct SecurityVerify: SIPHeader, Equatable {
    package static var name: HeaderName { .securityVerify }
    package var mechanism: SecurityMechanism

    package init(_ mechanism: SecurityMechanism) { self.mechanism = mechanism }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { mechanism = try SecurityMechanism(parsing: text) }
    package func write(to writer: inout OctetWriter) { mechanism.write(to: &writer) }
}
