import IMS
import Octets
import SIP

// What becomes of security associations as time goes by, TS 33.203 §7.4, and what the kernel says of them.
extension ProxyCSCF {
    /// Something has come through a set: those before it are not needed any more.
    mutating func used(_ set: SecurityAgreement, at now: Instant, into actions: inout [Action<ProxyWork>]) {
        guard set.state == .established, !set.predecessors.isEmpty else { return }
        agreements.update(set.id) { $0.predecessors = [] }
        for old in set.predecessors { end(old, at: now, into: &actions) }
    }

    mutating func fireAgreements(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        for set in agreements.expire(at: now) { takeDown(set, at: now, into: &actions) }
    }

    /// The kernel says that the time of an association is over: `security-association-expired` with its `spi`, and the
    /// address of its `destination`.
    mutating func associationExpired(
        _ arguments: [String: String], at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Report {
        guard let spi = arguments["spi"].flatMap({ UInt32($0) }), let address = arguments["destination"],
            let destination = IPAddress(address)
        else { return .error("spi and destination name an association.") }
        let id = SecurityAssociation.ID(destination, SecurityParametersIndex(rawValue: spi))
        guard let set = agreements.set(with: id) else { return ["known": .boolean(false)] }
        agreements.remove(set.id)
        takeDown(set, at: now, into: &actions)
        return ["known": .boolean(true)]
    }

    /// What the kernel takes out of a tunnel comes from another place than it knew: `security-association-moved` with
    /// `spi` and `destination` of the association, and the `address` and `port` that the NAT now has for the phone.
    mutating func associationMoved(
        _ arguments: [String: String], at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Report {
        guard let spi = arguments["spi"].flatMap({ UInt32($0) }), let address = arguments["address"],
            let destination = arguments["destination"].flatMap({ IPAddress($0) }), let outer = IPAddress(address),
            let port = arguments["port"].flatMap({ UInt16($0) })
        else { return .error("spi and destination name an association, address and port where it comes from.") }
        let id = SecurityAssociation.ID(destination, SecurityParametersIndex(rawValue: spi))
        guard let set = agreements.set(with: id), let known = set.terms.encapsulation?.phone else {
            return ["known": .boolean(false)]
        }
        var hasMoved = false
        agreements.update(set.id) { hasMoved = $0.moved(to: Endpoint(outer, port)) }
        if hasMoved {
            extend(set.id, at: now, into: &actions)
        } else if known.address != outer {
            let sentence = "the NAT of a phone has moved from \(known.address) to \(outer): it has to register anew"
            actions.append(.observe(Observation(.notice, sentence)))
        }
        return ["known": .boolean(true)]
    }

    mutating func end(
        _ id: SecurityAgreement.ID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        var isShorter = false
        let end = now + configuration.security.drainTime
        agreements.update(id) { isShorter = $0.end(by: end) }
        if isShorter { extend(id, at: now, into: &actions) }
    }

    /// Tells the kernel of the new deadline, longer or shorter.
    mutating func extend(
        _ id: SecurityAgreement.ID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let set = agreements[id] else { return }
        let associations = set.associations(at: now)
        guard let lifetime = associations.first?.lifetime else { return }
        actions.append(.perform(.security(.extend(associations, lifetime: lifetime)), nextWork()))
    }

    /// What is gone from the table goes from the kernel and the SIP stack.
    mutating func takeDown(
        _ set: SecurityAgreement, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        for (hop, _) in set.responseRoutes { actions.append(.routeResponses(from: hop, by: nil)) }
        actions.append(.perform(.security(.remove(set.associations(at: now))), nextWork()))
    }
}
