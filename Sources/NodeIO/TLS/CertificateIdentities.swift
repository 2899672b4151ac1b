import Octets
import SIP

/// Whom a certificate is for, RFC 5922 §7.1. Nothing here says that the certificate is good: its chain is checked by
/// the TLS library before.
package struct CertificateIdentities: Sendable, Equatable {
    /// Hosts of `sip:` URIs without a user part, in lower case.
    package private(set) var sipDomains: [String] = []
    /// dNSName values, in lower case. Wildcards stand as they are: they match nothing but themselves (§7.2).
    package private(set) var dnsNames: [String] = []
    package private(set) var addresses: [IPAddress] = []
    /// The most specific CN of the subject.
    package private(set) var commonName: String?
    /// Whether there is a subjectAltName; then the CN means nothing.
    package private(set) var hasAlternativeName = false

    /// - Parameter der: a certificate that has been found valid. What cannot be read gives no identities.
    package init(der: [UInt8]) {
        var certificate = DERReader(OctetSlice(der))
        guard var outer = certificate.next(DERReader.sequence), var fields = outer.next(DERReader.sequence) else {
            return
        }
        // RFC 5280 §4.1: [0] version, serial, signature, issuer, validity, subject, key, [1], [2], [3] extensions.
        var sequences = 0
        while let field = fields.next() {
            switch field.tag {
            case DERReader.sequence:
                sequences += 1
                if sequences == 4 { readSubject(field.contents) }
            case 0xA3: readExtensions(field.contents)
            default: break
            }
        }
    }

    /// The SIP domains that the certificate speaks for: `sip:` URIs; if there are none, dNSNames; if there is no
    /// subjectAltName at all, the CN when it is a name of the DNS.
    package var domains: [String] {
        if !sipDomains.isEmpty { return sipDomains }
        if hasAlternativeName { return dnsNames }
        guard let commonName, Self.isDNSName(commonName.utf8) else { return [] }
        return [commonName.lowercased()]
    }

    /// §7.2: whole names only, in any case, no suffixes, no wildcards.
    package func authenticate(domain: String) -> Bool {
        let name = domain.hasSuffix(".") ? String(domain.dropLast()) : domain
        return domains.contains(name.lowercased())
    }

    /// For URIs that name an address, of which RFC 5922 does not speak: an iPAddress in the subjectAltName.
    package func authenticate(address: IPAddress) -> Bool { addresses.contains(address) }

    // MARK: Reading

    private mutating func readSubject(_ names: DERReader) {
        var names = names
        while var attributes = names.next(DERReader.set) {
            while var attribute = attributes.next(DERReader.sequence) {
                guard let type = attribute.next(), type.tag == DERReader.objectIdentifier,
                    type.value.array == [0x55, 0x04, 0x03],  // 2.5.4.3
                    let value = attribute.next(), [0x0C, 0x13, 0x16].contains(value.tag)  // UTF-8, printable, IA5
                else { continue }
                commonName = String(validating: value.value.array, as: UTF8.self)
            }
        }
    }

    private mutating func readExtensions(_ explicit: DERReader) {
        var explicit = explicit
        guard var extensions = explicit.next(DERReader.sequence) else { return }
        while var entry = extensions.next(DERReader.sequence) {
            guard let type = entry.next(), type.tag == DERReader.objectIdentifier,
                type.value.array == [0x55, 0x1D, 0x11]  // 2.5.29.17, subjectAltName
            else { continue }
            while let part = entry.next() {
                guard part.tag == DERReader.octetString else { continue }  // the critical flag stands before it
                hasAlternativeName = true
                var contents = part.contents
                guard let names = contents.next(DERReader.sequence) else { return }
                readAlternativeNames(names)
            }
        }
    }

    /// RFC 5280 §4.2.1.6: [2] dNSName, [6] uniformResourceIdentifier, [7] iPAddress.
    private mutating func readAlternativeNames(_ names: DERReader) {
        var names = names
        while let name = names.next() {
            let octets = name.value.array
            switch name.tag {
            case 0x82: if Self.isDNSName(octets) { dnsNames.append(name.value.string.lowercased()) }
            case 0x86: if let domain = Self.sipDomain(name.value) { sipDomains.append(domain) }
            case 0x87: if let address = Self.address(octets) { addresses.append(address) }
            default: break
            }
        }
    }

    /// §7.1: scheme `sip`, no user part; the host counts, nothing else.
    private static func sipDomain(_ text: OctetSlice) -> String? {
        do {
            let uri = try SIPURI(parsing: text)
            return uri.isSecure || uri.user != nil ? nil : uri.host.string.lowercased()
        } catch {
            return nil  // another scheme, or no URI: no identity
        }
    }

    private static func address(_ octets: [UInt8]) -> IPAddress? {
        func number(_ range: Range<Int>) -> UInt64 { octets[range].reduce(0) { $0 << 8 | UInt64($1) } }
        switch octets.count {
        case 4: return .v4(UInt32(truncatingIfNeeded: number(0..<4)))
        case 16: return .v6(number(0..<8), number(8..<16))
        default: return nil
        }
    }

    /// Letters, digits, hyphens, dots, and the asterisk that some certificates begin with.
    private static func isDNSName(_ octets: some Collection<UInt8>) -> Bool {
        (1...255).contains(octets.count)
            && octets.allSatisfy {
                ASCII.isDigit($0) || (0x41...0x5A).contains($0 & ~0x20) || "-._*".utf8.contains($0)
            }
    }
}

extension CertificateIdentities: CustomStringConvertible {
    /// For people: "a.example, b.example".
    package var description: String {
        let names = domains + addresses.map(\.description)
        return names.isEmpty ? "no domain" : names.joined(separator: ", ")
    }
}
