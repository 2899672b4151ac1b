import Octets

/// One end of a media stream as a value: what it sends at its pace, and what it makes of what comes.
package protocol MediaStream: Sendable {
    /// What it may be told while it runs; `Never` when nothing.
    associatedtype Order: Sendable = Never
    /// What it tells; `Never` when nothing.
    associatedtype Event: Sendable = Never

    /// How long one packet lasts.
    static var interval: Duration { get }

    /// The next packet; nil while it is silent.
    mutating func next() -> [UInt8]?

    mutating func receive(_ packet: [UInt8])

    mutating func take(_ order: Order)

    /// What has happened since it was last asked.
    mutating func takeEvents() -> [Event]
}

extension MediaStream where Order == Never {
    package mutating func take(_ order: Never) {}
}

extension MediaStream where Event == Never {
    package mutating func takeEvents() -> [Never] { [] }
}
