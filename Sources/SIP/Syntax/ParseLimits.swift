/// How much of a message is read before it is refused.
package struct ParseLimits: Sendable, Equatable {
    /// Header lines and body together.
    package var messageOctets = 65_536
    package var headerLines = 256
    /// One header field, all of its folded lines together, or the start line.
    package var lineOctets = 16_384
    /// CRLFs before the start line (RFC 3261 §7.5).
    package var leadingOctets = 64

    package init() {}

    package static let standard = ParseLimits()
}
