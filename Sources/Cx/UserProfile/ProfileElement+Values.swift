/// Typed texts of elements.
extension ProfileElement {
    /// Never empty.
    package func requiredText() throws(UserProfileError) -> String {
        let text = text
        guard !text.isEmpty else { throw error(.value) }
        return text
    }

    /// tBool: 0, 1, false or true.
    func boolean() throws(UserProfileError) -> Bool {
        switch text {
        case "1", "true": true
        case "0", "false": false
        default: throw error(.value)
        }
    }

    /// Not negative, at most 2³¹−1.
    package func number() throws(UserProfileError) -> Int {
        let text = text
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int32(text) else { throw error(.value) }
        return Int(number)
    }

    func enumeration<Value: RawRepresentable<Int>>(_: Value.Type = Value.self) throws(UserProfileError) -> Value {
        guard let value = Value(rawValue: try number()) else { throw error(.value) }
        return value
    }

    func optionalText(_ name: StaticString) throws(UserProfileError) -> String? { try optional(name)?.text }

    /// An element that says yes by being there; one with `0` or `false` inside says no.
    func flag(_ name: StaticString) throws(UserProfileError) -> Bool {
        guard let element = try optional(name) else { return false }
        let text = element.text
        return text != "0" && text != "false"
    }
}
