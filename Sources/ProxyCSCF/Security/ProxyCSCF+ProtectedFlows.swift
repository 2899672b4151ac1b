import IMS
import Octets
import SIP

// Which way messages take inside security associations, TS 33.203 §7.1.
extension ProxyCSCF {
    /// Where something has come from, for the rest of the P-CSCF.
    struct Origin {
        let flow: Hop
        /// The security associations that it has come through.
        let set: SecurityAgreement?
    }

    /// nil for what comes to a protected port outside every association: the kernel lets such things pass while it has
    /// no policy for the sender.
    func origin(of hop: Hop) -> Origin? {
        guard let port = configuration.security.ports[hop.listener] else { return Origin(flow: hop, set: nil) }
        guard let set = agreements.set(at: port, from: hop.remote), set.state != .installing else { return nil }
        return Origin(flow: set.flow, set: set)
    }

    /// The way to a phone: over the flow that it has opened, or from our protected client port to its server port. nil
    /// when its associations are gone: nothing is sent to it outside of them.
    func departure(to flow: Hop) -> Hop? {
        guard configuration.security.ports[flow.listener] != nil else { return flow.flow }
        return agreements.current(at: flow.remote)?.departure
    }

    // MARK: After a start

    /// Forgets the sets of the last run that the kernel has lost.
    ///
    /// - Parameter isThere: asked with the associations of each.
    package mutating func keepSecurity(at now: Instant, where isThere: ([SecurityAssociation]) -> Bool) {
        for set in Array(agreements.values) where !isThere(set.associations(at: now)) { agreements.remove(set.id) }
    }

    /// Of every set.
    package func securityAssociations(at now: Instant) -> [SecurityAssociation] {
        agreements.values.flatMap { $0.associations(at: now) }
    }

    /// What the SIP stack is to be told before the first message.
    package var responseRoutes: [(from: Hop, by: Hop)] { agreements.values.flatMap(\.responseRoutes) }

    /// `security-associations`: the sets of the phones, 1,000 at most.
    func securityReport(at now: Instant) -> Report {
        let rows = agreements.values.sorted { $0.deadline < $1.deadline }.prefix(1_000)
        return [
            "count": .integer(agreements.count),
            "installations": installationTimes.report,
            "sets": .list(
                rows.map { set in
                    [
                        "impi": .text(OctetSlice(set.privateIdentity).string),
                        "state": .text("\(set.state)"),
                        "phone": .text("\(set.terms.phone.address)"),
                        "behind": set.terms.encapsulation.map { .text("\($0.phone)") } ?? .null,
                        "phone-ports": .text("\(set.terms.phone.clientPort) and \(set.terms.phone.serverPort)"),
                        "ports": .text("\(set.terms.proxy.clientPort) and \(set.terms.proxy.serverPort)"),
                        "algorithms": .text("\(set.terms.algorithms)"),
                        "spis": .list(
                            set.associations(at: now).map { .text("\($0.spi)") }),
                        "expires": .integer(Int((set.deadline - now).milliseconds / 1_000)),
                    ]
                }),
        ]
    }
}
