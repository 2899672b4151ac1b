import Octets

/// Contact, RFC 3261 §20.10.
package struct Contact: SIPHeader, Equatable {
    package static var name: HeaderName { .contact }

    /// `*`: all bindings, in a REGISTER (§10.2.2).
    package let isWildcard: Bool
    package var address: NameAddress

    package init(_ address: NameAddress) {
        isWildcard = false
        self.address = address
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let trimmed = text.trimmed
        isWildcard = trimmed.equals("*")
        address = isWildcard ? NameAddress(uri: trimmed) : try NameAddress(parsing: text)
    }

    /// Seconds; a value that is no number or too large counts as 3600 and 2³²−1 (§10.2.1.1, §20.19).
    package var expires: Int? {
        guard let text = address.parameters["expires"] else { return nil }
        guard !text.isEmpty, text.indices.allSatisfy({ ASCII.isDigit(text[$0]) }) else { return 3600 }
        return Int(min(text.decimal ?? .max, UInt64(UInt32.max)))
    }

    /// Thousandths, 0 to 1000; nil when there is none or it is malformed.
    package var q: Int? { address.parameters["q"].flatMap(QValue.thousandths) }

    /// RFC 5626 §4.1: the URN of the device, brackets and quotes off.
    package var instanceID: OctetSlice? {
        guard let text = address.parameters["+sip.instance"] else { return nil }
        guard text.count > 2, text.first == UInt8(ascii: "<"), text.last == UInt8(ascii: ">") else { return text }
        return text[text.start + 1..<text.end - 1]
    }

    /// RFC 5626 §4.2, §10: 1 to 2³¹−1; nil when there is none or it is malformed.
    package var registrationID: Int? {
        address.parameters.number("reg-id").flatMap { (1..<1 << 31).contains($0) ? Int($0) : nil }
    }

    package func write(to writer: inout OctetWriter) {
        if isWildcard { writer.write(UInt8(ascii: "*")) } else { address.write(to: &writer) }
    }
}

/// `qvalue`, RFC 3261 §25.1: 0 to 1 with at most three decimals.
enum QValue {
    static func thousandths(_ text: OctetSlice) -> Int? {
        guard let first = text.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"), text.count <= 5 else {
            return nil
        }
        guard text.count == 1 || text[text.start + 1] == UInt8(ascii: ".") else { return nil }
        var value = Int(first - 0x30)
        for offset in 2..<5 {
            var digit = 0
            if offset < text.count {
                let octet = text[text.start + offset]
                guard ASCII.isDigit(octet) else { return nil }
                digit = Int(octet - 0x30)
            }
            value = value * 10 + digit
        }
        return value <= 1000 ? value : nil
    }
}
