import Octets

/// The values of one header in order, fields and comma-separated values alike, without an array of them.
package struct HeaderValues: Sequence, IteratorProtocol {
    private let message: SIPMessage
    private let name: HeaderName
    private var index = 0
    private var list: ValueList?

    package init(_ message: SIPMessage, _ name: HeaderName) {
        self.message = message
        self.name = name
    }

    package mutating func next() -> OctetSlice? {
        while true {
            if let value = list?.next() { return value }
            list = nil
            while index < message.fields.count, !message.isNamed(index, name) { index += 1 }
            guard index < message.fields.count else { return nil }
            let text = message.value(at: index)
            index += 1
            guard name.token.multiplicity == .list else { return text }
            list = ValueList(text)
        }
    }
}
