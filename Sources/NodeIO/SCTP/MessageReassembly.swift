/// Puts together a message that the stack delivers in parts (partial delivery, RFC 6458 §8.1.20), within a bound.
///
/// Parts of two messages of one association do not mix: fragment interleaving is off.
package struct MessageReassembly {
    package enum Outcome: Equatable {
        case whole([UInt8]), more, tooLong
    }

    private var held: [UInt8] = []
    private let limit: Int

    package init(limit: Int) { self.limit = limit }

    /// `isEnd` is MSG_EOR. The usual message, complete at once, is copied once.
    package mutating func append(_ part: UnsafeRawBufferPointer, isEnd: Bool) -> Outcome {
        guard held.count + part.count <= limit else {
            held = []
            return .tooLong
        }
        guard isEnd else {
            held.append(contentsOf: part)
            return .more
        }
        guard !held.isEmpty else { return .whole([UInt8](part)) }
        held.append(contentsOf: part)
        defer { held = [] }
        return .whole(held)
    }

    /// The rest will not come.
    package mutating func abandon() { held = [] }
}
