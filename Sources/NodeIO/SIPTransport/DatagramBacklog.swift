import Octets

/// How long datagrams wait in the kernel before they are read: Little's law over what the socket holds and the speed at
/// which it has been emptied lately.
///
/// The kernel says how much memory a socket's queue takes, not since when; NIO reads no time stamps. Both the queue and
/// what is taken from it are counted in that memory here, as Linux accounts for it.
package struct DatagramBacklog: Sendable {
    /// Octets of kernel memory a second, while the queue was not empty.
    private var speed = 0.0
    private var taken = 0
    private var lastEnd: Instant?
    private var wasBehind = false

    package init() {}

    /// A datagram has been read.
    package mutating func took(payload: Int) { taken += Self.memory(payload) }

    /// What could be read in one go has been read; `queued` octets of kernel memory still wait.
    /// - Returns: how long what is read next has waited.
    package mutating func ended(queued: Int, at now: Instant) -> Duration {
        // Only between two ends with a queue in between has the time been spent on nothing else.
        if wasBehind, let lastEnd, now > lastEnd {
            let sample = Double(taken) / (Double((now - lastEnd).wholeNanoseconds) / 1e9)
            speed = speed == 0 ? sample : speed + (sample - speed) / 8
        }
        taken = 0
        lastEnd = now
        wasBehind = queued > 0
        guard queued > 0, speed > 0 else { return .zero }
        return .nanoseconds(Int64(min(Double(queued) / speed, 60) * 1e9))
    }

    /// What a datagram takes in the kernel: `struct sk_buff`, and a buffer with room for headers and
    /// `struct skb_shared_info`, rounded up to the sizes of the allocator.
    static func memory(_ payload: Int) -> Int {
        var buffer = 512
        while buffer < payload + 448 { buffer *= 2 }
        return buffer + 256
    }
}
