import IMS
import Octets

/// The security associations of one simulated host, as its kernel keeps them: they outlive the node, and they alone decide
/// what reaches a protected port and what leaves it.
package final class SimulatedSecurity {
    /// How a message travels.
    package enum Cover: Sendable, Equatable {
        case clear
        case protected(SecurityAssociation)
    }

    private struct Entry {
        var association: SecurityAssociation
        var expires: Instant
    }

    /// Ports at which nothing passes without an association.
    private let guarded: Set<Endpoint>
    private let now: () -> Instant
    private var entries: [Entry] = []
    /// Every order, in turn.
    package private(set) var orders: [SecurityOrder] = []
    /// What the next installation says instead of doing it.
    package var obstacle: String?
    /// Messages that were dropped for want of an association, or because the two sides' did not fit.
    package private(set) var dropped = 0

    /// - Parameter guarded: the protected ports.
    package init(guarding guarded: [Endpoint], now: @escaping () -> Instant) {
        self.guarded = Set(guarded)
        self.now = now
    }

    package var associations: [SecurityAssociation] {
        expire()
        return entries.map(\.association)
    }

    /// Loses all of them, as a host does that starts again.
    package func flush() { entries = [] }

    package func perform(_ order: SecurityOrder) -> SecurityOutcome {
        expire()
        orders.append(order)
        switch order {
        case .install(let associations):
            if let obstacle { return .failed(obstacle) }
            let known = Set(entries.map(\.association.id))
            if let twice = associations.first(where: { known.contains($0.id) }) {
                return .failed("SPI \(twice.id) exists")
            }
            entries += associations.map { Entry(association: $0, expires: now() + $0.lifetime) }
        case .remove(let associations):
            let gone = Set(associations.map(\.id))
            entries.removeAll { gone.contains($0.association.id) }
        case .extend(let associations, let lifetime):
            for association in associations {
                guard let index = entries.firstIndex(where: { $0.association.id == association.id }) else {
                    return .failed("\(association.id) is not there any more")
                }
                entries[index].expires = now() + lifetime
            }
        case .clearOrphans(let endpoints, let kept):
            let kept = Set(kept.map(\.id))
            entries.removeAll { entry in
                let ends = [entry.association.source, entry.association.destination]
                return !kept.contains(entry.association.id) && ends.contains { endpoints.contains($0) }
            }
        }
        return .done
    }

    // MARK: Traffic

    /// nil for what may not leave.
    func outgoing(from source: Endpoint, to destination: Endpoint) -> Cover? {
        expire()
        if let found = entry(.outbound, source, destination) { return .protected(found) }
        guard guarded.contains(source) else { return .clear }
        dropped += 1
        return nil
    }

    /// Whether what travels so may come in: by the SPI, the algorithms, the keys and the ports of one of our own.
    func admits(_ cover: Cover, from source: Endpoint, to destination: Endpoint) -> Bool {
        expire()
        let isWelcome: Bool
        switch cover {
        case .clear: isWelcome = !guarded.contains(destination) && entry(.inbound, source, destination) == nil
        case .protected(let theirs):
            let ours = entries.first { $0.association.id == theirs.id && $0.association.direction == .inbound }
            isWelcome =
                ours.map(\.association).map {
                    $0.keys == theirs.keys && $0.algorithms == theirs.algorithms && $0.carries(source, destination)
                } ?? false
        }
        if !isWelcome { dropped += 1 }
        return isWelcome
    }

    private func entry(
        _ direction: SecurityAssociation.Direction, _ source: Endpoint, _ destination: Endpoint
    ) -> SecurityAssociation? {
        // The newest policy takes the place of the others.
        entries.last { $0.association.direction == direction && $0.association.carries(source, destination) }?
            .association
    }

    private func expire() {
        let now = now()
        entries.removeAll { $0.expires <= now }
    }
}

extension SecurityAssociation {
    fileprivate func carries(_ source: Endpoint, _ destination: Endpoint) -> Bool {
        let ports = [self.source.port, otherSourcePort]
        return destination == self.destination && source.address == self.source.address && ports.contains(source.port)
    }
}
