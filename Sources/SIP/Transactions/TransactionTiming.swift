import Octets

/// The timers of one transaction: the base values of its listener and whether the transport retransmits for us.
///
/// RFC 3261 §17, table 4, with L and M of RFC 6026 §8.11.
package struct TransactionTiming: Sendable, Equatable {
    package let timers: TransactionTimers
    package let isReliable: Bool

    /// Base values below a millisecond are raised to one: a timer of zero would fire for ever.
    package init(_ timers: TransactionTimers, isReliable: Bool) {
        var timers = timers
        timers.t1 = max(timers.t1, .milliseconds(1))
        timers.t2 = max(timers.t2, timers.t1)
        timers.t4 = max(timers.t4, .milliseconds(1))
        timers.timerC = max(timers.timerC, .milliseconds(1))
        self.timers = timers
        self.isReliable = isReliable
    }

    /// 64·T1: timers B, F, H, J, L and M.
    package var lifetime: Duration { timers.t1 * 64 }

    /// Timer D: at least 32 s, and no less than timer H of the other side (RFC 6026 §8.4).
    package var timerD: Duration { max(.seconds(32), lifetime) }

    /// The wait before the retransmission after `sent` of them: T1, 2·T1, 4·T1 … (timer A).
    package func doubling(after sent: UInt8) -> Duration { timers.t1 * (1 << Int(min(sent, 10))) }

    /// The same, never above T2 (timers E and G).
    package func capped(after sent: UInt8) -> Duration { min(doubling(after: sent), timers.t2) }

    /// RFC 3261 §17.2.1: a 100 for an INVITE when the TU has said nothing.
    package var inviteTrying: Duration { .milliseconds(200) }

    /// RFC 4320 §4.1: how long it takes a client's timer E to be reset to T2. Before, a 100 is forbidden over an
    /// unreliable transport; after, it is due.
    package var nonInviteTrying: Duration {
        var interval = timers.t1
        var total = interval
        while interval * 2 < timers.t2 {
            interval *= 2
            total += interval
        }
        return total
    }

    /// The same for all other methods: a proxy's TU still has to say that its own 64·T1 have passed without an answer,
    /// and a phone that asked waits for 64 times 2 s (TS 24.229 §7.7).
    package var nonInviteAbandon: Duration { max(lifetime, TransactionTimers.userEquipment.t1 * 64) + timers.t4 }

    /// When a server transaction whose TU stays silent is let go: after the other side's own limit.
    package var inviteAbandon: Duration { timers.timerC + lifetime }
}
