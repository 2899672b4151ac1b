import Octets

// Searching the fields without making an array of them.
extension SIPMessage {
    /// Whether a field of this name has a value that satisfies a test; the value is the whole field's.
    package func hasField(_ name: HeaderName, where isWanted: (OctetSlice) -> Bool) -> Bool {
        for index in fields.indices where isNamed(index, name) {
            if isWanted(value(at: index)) { return true }
        }
        return false
    }

    /// Whether any field satisfies a test; compact names arrive in their long form.
    package func hasField(where isWanted: (HeaderName, OctetSlice) -> Bool) -> Bool {
        for index in fields.indices {
            if isWanted(name(at: index), value(at: index)) { return true }
        }
        return false
    }
}
