import IMS
import Octets
import SIP

/// All security agreements of a P-CSCF: by phone, by private identity, and by what must not collide.
struct SecurityAgreements: Sendable {
    typealias ID = SecurityAgreement.ID

    /// Why a set cannot be agreed on.
    enum Fault: Error, Equatable {
        /// Ports or SPIs of the offer belong to another identity at the same address.
        case taken
        /// The offer comes through associations with the very ports or SPIs that it names.
        case reused
        /// All our client ports lead to this phone already.
        case noPort
        /// As many sets of this identity are in use as it may have.
        case tooManyOfIdentity
        case tooMany
    }

    private var all: [ID: SecurityAgreement] = [:]
    /// By the phone's client port, which requests come from.
    private var byClient: [Endpoint: ID] = [:]
    /// By the phone's server port, which a phone keeps: oldest first.
    private var byServer: [Endpoint: [ID]] = [:]
    private var byIdentity: [[UInt8]: [ID]] = [:]
    /// The SPIs of phones, which must differ at one address: behind a NAT that of the NAT.
    private var ofPhones: [SecurityAssociation.ID: ID] = [:]
    /// Our own, two of each set.
    private var ofOurs: [SecurityParametersIndex: ID] = [:]
    private var deadlines = DeadlineQueue<ID>()
    private var lastClient = 0
    /// For the store.
    var changes = Changes<ID>()

    var count: Int { all.count }
    var nextDeadline: Instant? { deadlines.next }
    var values: some Sequence<SecurityAgreement> { all.values }
    subscript(id: ID) -> SecurityAgreement? { all[id] }

    /// The set that a message has come through; nil when it has come through none.
    func set(at port: SecurityPolicy.Port, from remote: Endpoint) -> SecurityAgreement? {
        switch port {
        case .server: byClient[remote].flatMap { all[$0] } ?? crossed(from: remote)
        case .client(_, let number):
            byServer[remote]?.lazy.compactMap { all[$0] }.first { $0.client.port == number }
                ?? byClient[remote].flatMap { all[$0] }.flatMap {
                    $0.terms.isCrossed && $0.client.port == number ? $0 : nil
                }
        }
    }

    /// Of several sets of a phone the newest: by its policy the kernel has let through what the phone's server port sends.
    private func crossed(from server: Endpoint) -> SecurityAgreement? {
        byServer[server]?.lazy.compactMap { all[$0] }.last { $0.terms.isCrossed && $0.state != .installing }
    }

    /// The set by which a phone is called: the newest in use, or what is left of one.
    func current(at phone: Endpoint) -> SecurityAgreement? {
        let sets = (byServer[phone] ?? []).compactMap { all[$0] }
        return sets.last { $0.state == .established } ?? sets.last { $0.state == .ending }
    }

    func sets(of identity: [UInt8]) -> [SecurityAgreement] { (byIdentity[identity] ?? []).compactMap { all[$0] } }

    /// Whether somebody at this address has a set in use.
    func isProtected(_ phone: Endpoint) -> Bool {
        byClient[phone].flatMap { all[$0] }?.state == .established
            || (byServer[phone] ?? []).contains { all[$0]?.state == .established }
    }

    /// The set of an association, as the kernel names it.
    func set(with id: SecurityAssociation.ID) -> SecurityAgreement? {
        if let set = ofPhones[id].flatMap({ all[$0] }) { return set }
        guard let set = ofOurs[id.spi].flatMap({ all[$0] }), set.terms.proxy.address == id.destination else {
            return nil
        }
        return set
    }

    /// Whether a set of the last run is in nobody's way.
    func canTake(_ set: SecurityAgreement) -> Bool {
        let phone = set.terms.phone
        return all[set.id] == nil && byClient[phone.client] == nil
            && ofOurs[set.terms.proxy.clientSPI] == nil && ofOurs[set.terms.proxy.serverSPI] == nil
            && [phone.clientSPI, phone.serverSPI].allSatisfy { ofPhones[.init(set.terms.phoneHost, $0)] == nil }
    }

    // MARK: Changes

    /// Makes a set out of an offer and the keys of its challenge.
    ///
    /// - Parameter through: the set that the offer came through.
    /// - Returns: the set, and those whose place it takes.
    mutating func agree(
        _ offer: SecurityOffer, _ keys: SecurityKeys, of identity: [UInt8], through: ID?, policy: SecurityPolicy,
        sockets: SecurityPolicy.Sockets, at now: Instant, entropy: inout Entropy
    ) throws(Fault) -> (new: SecurityAgreement, replaced: [SecurityAgreement]) {
        var replaced = try collisions(of: offer, identity, through: through)
        for set in sets(of: identity) where set.id != through && set.terms.phone.address == offer.phone.address {
            // One challenge of a phone at a time: the registrar knows but the last.
            guard set.state == .installing || set.state == .offered, !replaced.contains(set.id) else { continue }
            replaced.append(set.id)
        }
        let others = sets(of: identity).filter { !replaced.contains($0.id) }
        if others.count >= policy.setLimit {
            let idle = others.filter { $0.state != .established && $0.id != through }
            guard let oldest = idle.min(by: { $0.deadline < $1.deadline }) else { throw .tooManyOfIdentity }
            replaced.append(oldest.id)
        }
        guard all.count - replaced.count < policy.agreementLimit else { throw .tooMany }
        let client = try freeClient(of: sockets, to: offer.phone.server, through: through, &replaced)
        let gone = replaced.compactMap { remove($0) }
        let first = freshSPI(unlike: [offer.phone.clientSPI, offer.phone.serverSPI], &entropy)
        let proxy = SecurityEnd(
            sockets.address, clientPort: client.port, serverPort: sockets.serverPort, clientSPI: first,
            serverSPI: freshSPI(unlike: [offer.phone.clientSPI, offer.phone.serverSPI, first], &entropy))
        let terms = SecurityTerms(
            phone: offer.phone, proxy: proxy, offer.algorithms, keys,
            isCrossed: policy.isCrossed,
            encapsulation: offer.outer.flatMap { outer in
                policy.encapsulationPort.map {
                    UDPEncapsulation(
                        phone: place(of: offer.phone.address, behind: outer, identity),
                        proxy: Endpoint(sockets.address, $0))
                }
            })
        let new = SecurityAgreement(
            terms, of: identity, sockets, client, offered: offer.list, deadline: now + policy.challengeTime)
        insert(new)
        return (new, gone)
    }

    /// Where the NAT has a phone, as far as other sets of it show.
    private func place(of own: IPAddress, behind outer: Endpoint, _ identity: [UInt8]) -> Endpoint {
        let known = sets(of: identity).filter { $0.terms.phone.address == own }.compactMap(\.terms.encapsulation?.phone)
        return known.last { $0.address == outer.address } ?? outer
    }

    mutating func insert(_ set: SecurityAgreement) {
        let phone = set.terms.phone
        all[set.id] = set
        byClient[phone.client] = set.id
        byServer[phone.server, default: []].append(set.id)
        byIdentity[set.privateIdentity, default: []].append(set.id)
        for spi in [phone.clientSPI, phone.serverSPI] { ofPhones[.init(set.terms.phoneHost, spi)] = set.id }
        for spi in [set.terms.proxy.clientSPI, set.terms.proxy.serverSPI] { ofOurs[spi] = set.id }
        deadlines.schedule(set.id, at: set.deadline)
    }

    /// Changes a set, and when its time comes.
    mutating func update(_ id: ID, _ change: (inout SecurityAgreement) -> Void) {
        guard var set = all[id] else { return }
        let before = set.deadline
        change(&set)
        all[id] = set
        if set.state != .installing, set.state != .offered { changes.note(id) }
        if set.deadline != before { deadlines.schedule(id, at: set.deadline) }
    }

    @discardableResult
    mutating func remove(_ id: ID) -> SecurityAgreement? {
        guard let set = all.removeValue(forKey: id) else { return nil }
        if set.state != .installing, set.state != .offered { changes.note(id) }
        let phone = set.terms.phone
        if byClient[phone.client] == id { byClient[phone.client] = nil }
        Self.drop(id, at: phone.server, in: &byServer)
        Self.drop(id, at: set.privateIdentity, in: &byIdentity)
        for spi in [phone.clientSPI, phone.serverSPI] { ofPhones[.init(set.terms.phoneHost, spi)] = nil }
        for spi in [set.terms.proxy.clientSPI, set.terms.proxy.serverSPI] { ofOurs[spi] = nil }
        if deadlines.count > 2 * all.count + 64 { tidy() }
        return set
    }

    /// Those whose time is over; they are gone from here.
    mutating func expire(at now: Instant) -> [SecurityAgreement] {
        var expired: [SecurityAgreement] = []
        while let (id, _) = deadlines.popDue(at: now) {
            guard let set = all[id], set.deadline <= now else { continue }
            expired += [remove(id)].compactMap { $0 }
        }
        return expired
    }

    // MARK: Steps

    /// The sets that stand in the way of an offer. Those of the same identity make room: a phone that has lost them
    /// cannot know which numbers it had. Who would use that against a phone has to speak from its address, and to know
    /// its ports or SPIs.
    private func collisions(
        of offer: SecurityOffer, _ identity: [UInt8], through: ID?
    ) throws(Fault) -> [ID] {
        let phone = offer.phone
        var found: [ID] = []
        for id in [
            byClient[phone.client], ofPhones[.init(offer.host, phone.clientSPI)],
            ofPhones[.init(offer.host, phone.serverSPI)],
        ] {
            guard let id, !found.contains(id) else { continue }
            guard all[id]?.privateIdentity == identity else { throw .taken }
            guard id != through else { throw .reused }
            found.append(id)
        }
        // Who is called at a port must be one.
        guard (byServer[phone.server] ?? []).allSatisfy({ all[$0]?.privateIdentity == identity }) else { throw .taken }
        return found
    }

    /// The next in turn that leads to this phone by no other set; a set that is ending anyway gives its own up.
    private mutating func freeClient(
        of sockets: SecurityPolicy.Sockets, to phone: Endpoint, through: ID?, _ replaced: inout [ID]
    ) throws(Fault) -> SecurityPolicy.Sockets.Client {
        let others = (byServer[phone] ?? []).filter { [replaced] id in !replaced.contains(id) }.compactMap { all[$0] }
        let taken = others.map(\.client.port)
        for step in 1...max(1, sockets.clients.count) {
            let place = (lastClient &+ step) % max(1, sockets.clients.count)
            guard place < sockets.clients.count, !taken.contains(sockets.clients[place].port) else { continue }
            lastClient = place
            return sockets.clients[place]
        }
        guard let ending = others.first(where: { $0.state == .ending && $0.id != through }) else { throw .noPort }
        replaced.append(ending.id)
        return ending.client
    }

    /// Unique here, and none of the phone's (TS 33.203 §7.2).
    private func freshSPI(
        unlike taken: [SecurityParametersIndex], _ entropy: inout Entropy
    ) -> SecurityParametersIndex {
        while true {
            let spi = SecurityParametersIndex(rawValue: entropy.next32())
            guard spi.rawValue >= SecurityParametersIndex.first, !taken.contains(spi), ofOurs[spi] == nil else {
                continue
            }
            return spi
        }
    }

    private static func drop<Key>(_ id: ID, at key: Key, in table: inout [Key: [ID]]) {
        table[key]?.removeAll { $0 == id }
        if table[key]?.isEmpty == true { table[key] = nil }
    }

    private mutating func tidy() {
        deadlines = DeadlineQueue()
        for set in all.values { deadlines.schedule(set.id, at: set.deadline) }
    }
}

extension SecurityAgreements.Fault: CustomStringConvertible {
    var description: String {
        switch self {
        case .taken: "ports or SPIs of the offer belong to another identity at the same address"
        case .reused: "the offer names ports or SPIs of the associations that it has come through"
        case .noPort: "every protected client port leads to this phone already"
        case .tooManyOfIdentity: "the identity has as many sets of security associations in use as it may have"
        case .tooMany: "there are as many security associations as this P-CSCF may have"
        }
    }
}
