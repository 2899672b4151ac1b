/// Messages that the stack has no room for yet, in order, within a bound in octets.
package struct PendingMessages {
    private var messages: [[UInt8]] = []
    private var head = 0
    package private(set) var octets = 0
    private let limit: Int

    package init(limit: Int) { self.limit = limit }

    package var first: [UInt8]? { head < messages.count ? messages[head] : nil }
    package var isEmpty: Bool { head == messages.count }

    /// False when the bound would be passed; nothing is kept then.
    package mutating func append(_ message: [UInt8]) -> Bool {
        guard octets + message.count <= limit else { return false }
        octets += message.count
        messages.append(message)
        return true
    }

    package mutating func removeFirst() {
        octets -= messages[head].count
        messages[head] = []
        head += 1
        if head == messages.count {
            messages.removeAll(keepingCapacity: messages.capacity <= 1024)
            head = 0
        } else if head >= 1024 {
            messages.removeSubrange(..<head)
            head = 0
        }
    }
}
