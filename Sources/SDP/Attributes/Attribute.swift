import Octets

/// An a= line, RFC 8866 §5.13: a name, and for a value attribute what follows the colon.
package struct Attribute: Sendable, Equatable {
    package let name: OctetSlice
    /// nil for a property attribute.
    package let value: OctetSlice?

    package init?(_ text: OctetSlice) {
        let (name, value) = text.split(at: UInt8(ascii: ":"))
        guard name.isToken else { return nil }
        self.name = name
        self.value = value
    }
}

/// What an attribute's value means, read when asked for.
package protocol AttributeValue: Sendable {
    /// Case matters (RFC 8866 §5).
    static var attributeName: StaticString { get }
    /// nil when the value does not follow the attribute's grammar.
    init?(_ value: OctetSlice)
}
