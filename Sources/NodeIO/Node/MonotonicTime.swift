import NIOCore
import Octets

extension TimeAmount {
    init(_ span: Duration) { self = .nanoseconds(span.wholeNanoseconds) }
}

extension Instant {
    /// The node's time line is NIO's: nanoseconds of the monotonic clock.
    init(_ deadline: NIODeadline) { self.init(nanoseconds: Int64(clamping: deadline.uptimeNanoseconds)) }

    package static var now: Instant { Instant(.now()) }
}

extension NIODeadline {
    init(_ instant: Instant) { self = .uptimeNanoseconds(UInt64(max(0, instant.nanoseconds))) }
}
