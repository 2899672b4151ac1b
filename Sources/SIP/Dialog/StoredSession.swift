import Octets

/// What a proxy keeps of a confirmed session over a crash, as plain texts and numbers.
package struct StoredSession: Sendable, Equatable {
    /// One end as the proxy sees it.
    package struct Side: Sendable, Equatable {
        /// From or To value, tag included.
        package var address: OctetSlice
        /// A URI.
        package var target: OctetSlice
        /// From the proxy to this end, in the order in which a request takes them.
        package var routes: [OctetSlice]
        /// Of the last request of this end; 0 before the first.
        package var sequence: UInt32

        package init(address: OctetSlice, target: OctetSlice, routes: [OctetSlice], sequence: UInt32) {
            self.address = address
            self.target = target
            self.routes = routes
            self.sequence = sequence
        }
    }

    /// As the caller names it.
    package var id: DialogID
    package var caller: Side
    package var callee: Side
    package var confirmedAt: Instant
    /// The end of its session timer (RFC 4028 §8.3); nil without one.
    package var expiration: Instant?

    package init(id: DialogID, caller: Side, callee: Side, confirmedAt: Instant, expiration: Instant?) {
        self.id = id
        self.caller = caller
        self.callee = callee
        self.confirmedAt = confirmedAt
        self.expiration = expiration
    }
}

extension ObservedDialog {
    /// nil unless the session is confirmed: an early one does not outlive the transaction that makes it.
    package var stored: StoredSession? {
        guard state == .confirmed, let confirmedAt else { return nil }
        return StoredSession(
            id: id, caller: caller.stored, callee: callee.stored, confirmedAt: confirmedAt,
            expiration: timer?.expiration)
    }

    /// Goes on with one that was stored. Numbers of requests that went by since then are made up for by `leap`: they only
    /// have to grow, gaps are no error (RFC 3261 §12.2.2).
    package init(_ stored: StoredSession, timer policy: SessionTimerPolicy, leap: UInt32) throws(SIPSyntaxError) {
        self.init(
            id: stored.id, caller: try Side(stored.caller, leap), callee: try Side(stored.callee, leap),
            confirmedAt: stored.confirmedAt, timer: ProxySessionTimer(policy, expiration: stored.expiration))
    }
}

extension ObservedDialog.Side {
    fileprivate var stored: StoredSession.Side {
        var routes: [OctetSlice] = []
        var list = ValueList(self.routes)
        while let route = list.next() { routes.append(route) }
        return StoredSession.Side(address: address, target: target, routes: routes, sequence: sequence)
    }

    fileprivate init(_ stored: StoredSession.Side, _ leap: UInt32) throws(SIPSyntaxError) {
        var routes = OctetWriter(reserving: stored.routes.reduce(0) { $0 + $1.count + 1 })
        for (index, route) in stored.routes.enumerated() {
            _ = try NameAddress(parsing: route)
            if index > 0 { routes.write(UInt8(ascii: ",")) }
            routes.write(route)
        }
        self.init(
            address: stored.address, target: stored.target, routes: OctetSlice(routes.octets),
            sequence: min(stored.sequence, 0x7FFF_FFFF - leap) + leap)
    }
}
