import Octets

/// One end of a media stream as a value: what it sends at its pace, and what it makes of what comes.
package protocol MediaStream: Sendable {
    /// How long one packet lasts.
    static var interval: Duration { get }

    /// The next packet; nil while it is silent.
    mutating func next() -> [UInt8]?

    mutating func receive(_ packet: [UInt8])
}
