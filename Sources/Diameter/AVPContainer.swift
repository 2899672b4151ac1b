import Octets

/// What has AVPs inside: a message or a group.
public protocol AVPContainer {
    var avps: AVPSequence { get }
}

extension AVPContainer {
    /// The first value of that AVP; nil when it is absent or malformed. To tell the two apart use `optional(_:)`.
    @inlinable
    public subscript<Value>(_ key: AVPKey<Value>) -> Value? {
        guard let avp = avps.first(key.name) else { return nil }
        return try? Value.decode(avp)
    }

    @inlinable
    public func contains<Value>(_ key: AVPKey<Value>) -> Bool { avps.first(key.name) != nil }

    @inlinable
    public func avp<Value>(_ key: AVPKey<Value>) -> AVP? { avps.first(key.name) }

    /// The well-formed values of that AVP, in order.
    @inlinable
    public func all<Value>(_ key: AVPKey<Value>) -> [Value] {
        var values: [Value] = []
        var next = avps.first(key.name)
        while let avp = next {
            if let value = try? Value.decode(avp) { values.append(value) }
            next = avps.next(after: avp)
        }
        return values
    }

    /// The group of that name; nil when absent or malformed.
    @inlinable
    public func group(_ key: AVPKey<AVPGroup>) -> AVPGroup? { self[key] }

    /// `[ AVP ]` of a command: at most once (5009), well-formed (5004, 5014).
    @inlinable
    public func optional<Value>(_ key: AVPKey<Value>) throws(DiameterDecodeFailure) -> Value? {
        guard let avp = avps.first(key.name) else { return nil }
        if let second = avps.next(after: avp) { throw .repeated(second) }
        return try avp.value()
    }

    /// Fails as `optional(_:)` does, without making the value.
    @inlinable
    public func checkOptional<Value>(_ key: AVPKey<Value>) throws(DiameterDecodeFailure) -> Bool {
        guard let avp = avps.first(key.name) else { return false }
        if let second = avps.next(after: avp) { throw .repeated(second) }
        try avp.check(as: Value.self)
        return true
    }

    /// Fails as `required(_:)` does, without making the value.
    @inlinable
    public func checkRequired<Value>(_ key: AVPKey<Value>) throws(DiameterDecodeFailure) {
        guard try checkOptional(key) else { throw .missing(key) }
    }

    /// `{ AVP }` of a command: exactly once (5005, 5009), well-formed (5004, 5014).
    @inlinable
    public func required<Value>(_ key: AVPKey<Value>) throws(DiameterDecodeFailure) -> Value {
        guard let value = try optional(key) else { throw .missing(key) }
        return value
    }

    /// `* [ AVP ]` of a command, or with `atLeast: 1` `1* { AVP }`: each well-formed.
    @inlinable
    public func list<Value>(
        _ key: AVPKey<Value>, atLeast least: Int = 0
    ) throws(DiameterDecodeFailure) -> [Value] {
        var values: [Value] = []
        var next = avps.first(key.name)
        while let avp = next {
            values.append(try avp.value())
            next = avps.next(after: avp)
        }
        guard values.count >= least else { throw .missing(key) }
        return values
    }

    /// RFC 6733 §4.1: an AVP with the M bit that is not understood fails the message with 5001.
    @inlinable
    public func checkMandatory(among known: Set<AVPName>) throws(DiameterDecodeFailure) {
        for avp in avps where avp.isMandatory && !known.contains(avp.name) { throw .unsupported(avp) }
    }
}
