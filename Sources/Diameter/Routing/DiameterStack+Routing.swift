import Octets

/// Which peer takes a request, RFC 6733 §6.1.5 to §6.1.8.
extension DiameterStack {
    /// What a request says about where it goes, read once.
    private struct Target {
        var application: ApplicationID
        var realm: OctetSlice?
        /// The peer that Destination-Host names.
        var direct: Int?
        /// The peers that the routing table names for the realm.
        var servers: [DiameterIdentity]?
    }

    /// Destination-Host when it is a peer of ours, otherwise any peer of the Destination-Realm; an agent takes both.
    /// Least doubtful first, then by priority, and among equals each gets its share by weight.
    ///
    /// - Returns: `tooBusy` when those who could take it have too much in flight, asked for a pause or do not answer.
    mutating func route(_ errand: borrowing Errand, at now: Instant) -> Result<Int, AskFailure> {
        if let host = redirects.host(for: errand.message, at: now),
            let index = table.firstIndex(where: { $0.identity == host }), canTake(errand, index, at: now)
        {
            return .success(index)
        }
        let target = target(of: errand.message)
        var best: Int?
        var bestRank = Int.max
        var isTied = false
        var isBusy = false
        for index in table.indices {
            guard let rank = rank(index, for: errand, target) else { continue }
            guard accepts(index, at: now) else {
                isBusy = true
                continue
            }
            isTied = rank == bestRank || (isTied && rank > bestRank)
            guard rank < bestRank else { continue }
            best = index
            bestRank = rank
        }
        guard var chosen = best else { return .failure(isBusy ? .tooBusy : .unableToDeliver) }
        if isTied { chosen = share(among: chosen, bestRank, errand, target, at: now) }
        if let host = redirects.host(insteadOf: table[chosen].identity, at: now),
            let index = table.firstIndex(where: { $0.identity == host }), canTake(errand, index, at: now)
        {
            return .success(index)
        }
        return .success(chosen)
    }

    /// Whether a peer named by a redirect can take the request now.
    func canTake(_ errand: borrowing Errand, _ index: Int, at now: Instant) -> Bool {
        table[index].doubt != nil && table[index].takes(errand.message.applicationID) && !errand.tried.contains(index)
            && accepts(index, at: now)
    }

    private func target(of message: DiameterMessage) -> Target {
        var target = Target(application: message.applicationID)
        target.realm = message.avp(.destinationRealm)?.data
        if let host = message.avp(.destinationHost)?.data {
            target.direct = table.firstIndex { $0.identity.matches(host) }
        }
        if !settings.routes.entries.isEmpty, let realm = target.realm {
            target.servers = settings.routes.action(realm: realm, application: target.application)?.servers
        }
        return target
    }

    /// How well a peer suits a request: less is better, nil not at all.
    private func rank(_ index: Int, for errand: borrowing Errand, _ target: Target) -> Int? {
        guard let doubt = table[index].doubt, table[index].takes(target.application), !errand.tried.contains(index)
        else { return nil }
        if case .peer = errand.client, errand.message.passed(table[index].identity) {
            // §6.1.7: where it has been it would only loop.
            return nil
        }
        let isAgent = table[index].isRelay || table[index].configuration.isAgent
        var detour = 0
        if let direct = target.direct, direct != index {
            guard isAgent else { return nil }
            detour = 1
        } else if target.direct == nil {
            if let servers = target.servers {
                guard servers.contains(table[index].identity) else { return nil }
            } else if !isAgent, let realm = target.realm, !table[index].configuration.realm.matches(realm) {
                return nil
            }
        }
        return (detour * 4 + doubt) << 32 | min(max(table[index].configuration.priority, 0), 0xFFFF_FFFF)
    }

    private func accepts(_ index: Int, at now: Instant) -> Bool {
        pending.count(at: index) < settings.inFlightPerPeer && now >= table[index].busy.until
            && table[index].circuit.permits(at: now)
    }

    /// Load sharing, RFC 3539 §3.4.3: each of the peers of equal rank gets requests in proportion to its weight, spread
    /// evenly. One that falls far behind the others gets none until it has caught up.
    private mutating func share(
        among first: Int, _ rank: Int, _ errand: borrowing Errand, _ target: Target, at now: Instant
    ) -> Int {
        var least = Int.max
        for index in first..<table.count where self.rank(index, for: errand, target) == rank {
            guard accepts(index, at: now) else { continue }
            least = min(least, pending.count(at: index) / table[index].configuration.weight)
        }
        var chosen: Int?
        var total = 0
        for index in first..<table.count where self.rank(index, for: errand, target) == rank {
            let weight = table[index].configuration.weight
            guard accepts(index, at: now), pending.count(at: index) / weight <= 2 * least + 16 else { continue }
            total += weight
            table[index].credit += weight
            if chosen.map({ table[index].credit > table[$0].credit }) ?? true { chosen = index }
        }
        guard let chosen else { return first }
        table[chosen].credit -= total
        return chosen
    }
}

extension DiameterMessage {
    /// Whether Route-Record names that node, RFC 6733 §6.1.3 and §6.1.7.
    func passed(_ identity: DiameterIdentity) -> Bool {
        var next = avp(.routeRecord)
        while let record = next {
            if identity.matches(record.data) { return true }
            next = avps.next(after: record)
        }
        return false
    }
}
