import Octets

extension Credentials {
    /// Whether `username` holds a hash of the name, RFC 7616 §3.4.4.
    package var isUserHashed: Bool { self["userhash"]?.equalsIgnoringCase("true") ?? false }

    /// The user's name as it stands in `username`, or in `username*` with its encoding undone (RFC 7616 §3.4; the
    /// extended notation of RFC 5987, UTF-8 alone). nil when both are there, which §3.4 calls an error, or neither.
    package var userName: OctetSlice? {
        let plain = username
        guard let extended = self["username*"] else { return plain }
        guard plain == nil else { return nil }
        return Self.decodeExtended(extended)
    }

    /// Whether they are of this user: the name itself, or its hash.
    package func isOf(user name: OctetSlice) -> Bool {
        guard let given = userName else { return false }
        guard isUserHashed else { return given == name }
        guard let algorithm, let realm else { return false }
        return DigestAccess.isSame(DigestAccess.userHash(algorithm, username: name, realm: realm), given)
    }

    /// `UTF-8''J%C3%A4s%C3%B8n%20Doe`
    private static func decodeExtended(_ text: OctetSlice) -> OctetSlice? {
        let quote = UInt8(ascii: "'")
        guard let first = text.firstIndex(of: quote), let second = text.firstIndex(of: quote, from: first + 1),
            text[text.start..<first].equalsIgnoringCase("UTF-8")
        else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.end - second)
        var index = second + 1
        while index < text.end {
            guard text[index] == UInt8(ascii: "%") else {
                octets.append(text[index])
                index += 1
                continue
            }
            guard index + 2 < text.end, let high = Hex.value(text[index + 1]), let low = Hex.value(text[index + 2])
            else { return nil }
            octets.append(high << 4 | low)
            index += 3
        }
        return OctetSlice(octets)
    }
}

extension Challenge {
    /// Whether the server takes a hash of the name, RFC 7616 §3.3.
    package var takesUserHash: Bool { self["userhash"]?.equalsIgnoringCase("true") ?? false }
}

extension DigestAccess {
    /// H(username:realm), RFC 7616 §3.4.4, hexadecimal digits.
    package static func userHash(
        _ algorithm: DigestAlgorithm, username: OctetSlice, realm: OctetSlice
    ) -> [UInt8] {
        algorithm.function.hash(username, realm)
    }
}
