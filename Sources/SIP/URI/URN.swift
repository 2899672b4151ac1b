import Octets

/// A name that says nothing of a place, RFC 8141 §2: `urn:` namespace `:` name, and components that do not count when
/// two are compared.
package struct URN: Sendable {
    package let namespace: OctetSlice
    /// The namespace's own part, escapes as they stand.
    package let name: OctetSlice

    /// nil for a URI that is none.
    package init?(_ text: OctetSlice) {
        guard text.count > 4, text[text.start..<text.start + 4].equalsIgnoringCase("urn:"),
            let colon = text.firstIndex(of: UInt8(ascii: ":"), from: text.start + 4)
        else { return nil }
        namespace = text[text.start + 4..<colon]
        let end = text.indices.first { $0 > colon && (text[$0] == UInt8(ascii: "?") || text[$0] == UInt8(ascii: "#")) }
        name = text[colon + 1..<(end ?? text.end)]
        guard !namespace.isEmpty, !name.isEmpty else { return nil }
    }

    /// RFC 8141 §3.1: namespaces without regard to case, names octet for octet but for the digits of escapes. Names of
    /// services (RFC 5031 §3) and UUIDs, which are hexadecimal, have no case at all.
    package func matches(_ other: URN) -> Bool {
        guard namespace.equalsIgnoringCase(other.namespace), name.count == other.name.count else { return false }
        if namespace.equalsIgnoringCase("service") || namespace.equalsIgnoringCase("uuid") {
            return name.equalsIgnoringCase(other.name)
        }
        var escaped = 0
        for offset in 0..<name.count {
            let left = name[name.start + offset]
            let right = other.name[other.name.start + offset]
            let isSame = escaped > 0 ? ASCII.lowercase(left) == ASCII.lowercase(right) : left == right
            guard isSame else { return false }
            escaped = name.escape(at: name.start + offset) == nil ? max(0, escaped - 1) : 2
        }
        return true
    }
}

extension Contact {
    /// RFC 5626 §4.1: the same device behind both. Instance IDs are compared as the URNs that they are.
    package func isSameInstance(as other: Contact) -> Bool {
        guard let mine = instanceID, let theirs = other.instanceID else { return false }
        guard let left = URN(mine), let right = URN(theirs) else { return mine == theirs }
        return left.matches(right)
    }
}
