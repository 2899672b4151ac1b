/// A machine's answer to one event: a short list kept in place, so that an event costs no allocation.
package struct ActionList<Element: Equatable & Sendable>: Sendable {
    /// No event of our machines orders more than this.
    package static var capacity: Int { 6 }

    private var storage: InlineArray<6, Element?>
    package private(set) var count = 0

    package init() { storage = InlineArray(repeating: nil) }

    @inline(__always)
    package mutating func append(_ element: Element) {
        precondition(count < Self.capacity, "an event orders more than \(Self.capacity) actions")
        storage[count] = element
        count += 1
    }

    package var isEmpty: Bool { count == 0 }
}

extension ActionList: ExpressibleByArrayLiteral {
    @inline(__always)
    package init(arrayLiteral elements: Element...) {
        self.init()
        for element in elements { append(element) }
    }
}

extension ActionList: Sequence {
    package struct Iterator: IteratorProtocol {
        private let list: ActionList
        private var position = 0

        init(_ list: ActionList) { self.list = list }

        package mutating func next() -> Element? {
            guard position < list.count else { return nil }
            defer { position += 1 }
            return list.storage[position]
        }
    }

    package func makeIterator() -> Iterator { Iterator(self) }
}

extension ActionList: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.count == right.count && left.elementsEqual(right)
    }
}

extension ActionList: CustomStringConvertible {
    package var description: String { "\(Array(self))" }
}
