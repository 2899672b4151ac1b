import Octets

// RFC 3261 §19.1.6: the same number as a tel URI and as a SIP URI.
extension SIPURI {
    /// The number at a host: `sip:+358-555-1234567;postd=pp22@foo.com;user=phone`. Case is folded and parameters are
    /// ordered, so that tel URIs that differ in nothing else become equivalent SIP URIs.
    package init(_ number: TelURI, host: OctetSlice, isSecure: Bool = false) {
        var writer = OctetWriter(reserving: 48)
        writer.write(escapingUser: number.number)
        for parameter in number.orderedParameters {
            writer.write(UInt8(ascii: ";"))
            writer.write(escapingUser: parameter.name)
            guard !parameter.value.isEmpty else { continue }
            writer.write(UInt8(ascii: "="))
            writer.write(escapingUser: parameter.value)
        }
        self.init(user: OctetSlice(writer.octets), host: host, isSecure: isSecure)
        parameters.set("user", "phone")
    }

    /// The number that the user part is, by `user=phone`; nil when it says nothing of the kind or is none. A local
    /// number without context has none, either.
    package var telephoneNumber: TelURI? {
        guard let user, parameters["user"]?.equalsIgnoringCase("phone") == true else { return nil }
        let split = user.firstIndex(of: UInt8(ascii: ";")) ?? user.end
        var subscriber = OctetWriter(reserving: user.count)
        subscriber.write(user[user.start..<split].withoutURIEscapes)
        subscriber.write(user[split..<user.end])
        do { return try TelURI(subscriber: OctetSlice(subscriber.octets)) } catch { return nil }
    }
}

extension TelURI {
    /// RFC 3966 §3 and RFC 3261 §19.1.6: `isub` or `ext` first, then `postd`, then the others by name, of which RFC 3966
    /// puts `phone-context` before the rest.
    fileprivate var orderedParameters: [(name: OctetSlice, value: OctetSlice)] {
        func rank(_ name: OctetSlice) -> Int {
            if name.equalsIgnoringCase("isub") || name.equalsIgnoringCase("ext") { return 0 }
            if name.equalsIgnoringCase("postd") { return 1 }
            return name.equalsIgnoringCase("phone-context") ? 2 : 3
        }
        return parameters.all.sorted { left, right in
            let ranks = (rank(left.name), rank(right.name))
            guard ranks.0 == ranks.1 else { return ranks.0 < ranks.1 }
            return left.name.array.map(ASCII.lowercase).lexicographicallyPrecedes(right.name.array.map(ASCII.lowercase))
        }
    }
}

extension OctetWriter {
    /// In lower case. `#` of a number and `[]/:` of a parameter may not stand plain in a user.
    fileprivate mutating func write(escapingUser text: OctetSlice) {
        write(OctetSlice(text.array.map(ASCII.lowercase)), escapingAllBut: .user)
    }
}
