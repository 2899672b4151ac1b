import Octets

/// `r-value`, RFC 4412 §3.1: `namespace.priority`, compared without regard to case.
package struct ResourceValue: Sendable, Equatable {
    package let namespace: OctetSlice
    package let priority: OctetSlice

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        guard text.isToken, let dot = text.firstIndex(of: UInt8(ascii: ".")), dot > text.start, dot + 1 < text.end,
            text.firstIndex(of: UInt8(ascii: "."), from: dot + 1) == nil
        else { throw SIPSyntaxError(.malformed, at: text.start) }
        namespace = text[text.start..<dot]
        priority = text[dot + 1..<text.end]
    }

    package static func == (left: ResourceValue, right: ResourceValue) -> Bool {
        left.namespace.equalsIgnoringCase(right.namespace) && left.priority.equalsIgnoringCase(right.priority)
    }

    func write(to writer: inout OctetWriter) {
        writer.write(namespace)
        writer.write(UInt8(ascii: "."))
        writer.write(priority)
    }
}

/// Resource-Priority, RFC 4412 §3.1; one `r-value` a value.
package struct ResourcePriority: SIPHeader, Equatable {
    package static var name: HeaderName { .resourcePriority }
    package var value: ResourceValue

    package init(_ value: ResourceValue) { self.value = value }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { value = try ResourceValue(parsing: text) }
    package func write(to writer: inout OctetWriter) { value.write(to: &writer) }
}

/// Accept-Resource-Priority, RFC 4412 §3.2; one `r-value` a value.
package struct AcceptResourcePriority: SIPHeader, Equatable {
    package static var name: HeaderName { .acceptResourcePriority }
    package var value: ResourceValue

    package init(_ value: ResourceValue) { self.value = value }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { value = try ResourceValue(parsing: text) }
    package func write(to writer: inout OctetWriter) { value.write(to: &writer) }
}
