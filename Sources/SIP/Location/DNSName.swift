import Octets

/// A domain name as it stands in a query: lower case, no dot at the end, labels of 1 to 63 octets, 253 in all
/// (RFC 1035).
package struct DNSName: Hashable, Sendable {
    package let octets: OctetSlice

    /// nil when the text is no name that could be asked for.
    package init?(_ text: OctetSlice) {
        var folded: [UInt8] = []
        folded.reserveCapacity(text.count)
        var label = 0
        let end = text.last == UInt8(ascii: ".") ? text.end - 1 : text.end
        for index in text.start..<end {
            let octet = text[index]
            if octet == UInt8(ascii: ".") {
                guard label > 0 else { return nil }
                label = 0
            } else {
                label += 1
                guard label <= 63, octet > 0x20, octet < 0x7F else { return nil }
            }
            folded.append(ASCII.lowercase(octet))
        }
        guard label > 0, folded.count <= 253 else { return nil }
        octets = OctetSlice(folded)
    }

    package init?(_ text: String) { self.init(OctetSlice(text)) }

    /// With labels in front: `_sip._udp` of `example.com`.
    package func with(prefix: StaticString) -> DNSName? { DNSName("\(prefix).\(octets)") }
}

extension DNSName: CustomStringConvertible {
    package var description: String { octets.string }
}
