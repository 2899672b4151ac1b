/// How a proxy goes about several targets, RFC 3261 §16.6.
package struct ForkingPolicy: Sendable, Equatable {
    package enum Order: Sendable, Equatable {
        /// Equal q at once, lower q when all of them have failed.
        case byPreference
        /// All at once.
        case parallel
        /// One after the other.
        case sequential
    }

    package var order = Order.byPreference
    /// Whether more than the best target is tried at all.
    package var forks = true
    /// How many targets may come out of 3xx responses; 0 passes the responses on. To be left at 0 by a proxy that is
    /// not responsible for the Request-URI (§16.5).
    package var redirections = 0
    /// Targets of one request, those of redirections included; further ones are not tried.
    package var targets = 32
    /// RFC 5393 §5.3.3: the largest Max-Breadth taken from a request, and what one gets that has none.
    package var breadth = 60
    /// RFC 5393 §5.3.3: 440 for a fork in parallel that the breadth does not allow, instead of going on one by one.
    package var refusesNarrowing = false
    /// RFC 3841 §9.1, no-cancel: the other phones go on ringing when one has answered.
    package var cancelsLosers = true
    /// How long the targets of one q may ring while others wait; nil: as long as timer C lets them.
    package var groupTime: Duration?
    /// How long an answered INVITE is remembered for 2xx that come again: timer M of the transport (RFC 6026 §8.4).
    package var acceptedTime = Duration.seconds(32)

    package init() {}

    /// What the caller asks for, RFC 3841 §9.1. Redirections are only ever forbidden by it, never allowed.
    package mutating func apply(_ directives: Set<RequestDisposition>) {
        if directives.contains(.noFork) { forks = false }
        if directives.contains(.noRecurse) { redirections = 0 }
        if directives.contains(.noCancel) { cancelsLosers = false }
        if directives.contains(.sequential) { order = .sequential }
        if directives.contains(.parallel) { order = .parallel }
    }
}

/// Hands out the names of client transactions of one node, none twice.
package struct ClientTransactionNames: Sendable, Equatable {
    private var last: UInt64

    package init(after last: UInt64 = 0) { self.last = last }

    package mutating func next() -> ClientTransactionID {
        last &+= 1
        return ClientTransactionID(rawValue: last)
    }
}
