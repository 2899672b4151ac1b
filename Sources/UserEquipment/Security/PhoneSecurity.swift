import IMS
import Octets
import SIP

/// A phone's side of the security agreement: RFC 3329 §2.3.1, TS 33.203 §7 (the latter not checked against its text).
///
///     none ─ offer ─▶ offered ─ 401, agree ─▶ pending ─ 200, confirm ─▶ current ─ offer ─▶ offered beside it …
///
/// A new set takes the place of the current one once the network has answered inside it; the old one drains.
struct PhoneSecurity: Sendable {
    /// What Security-Client says.
    struct Offer: Sendable, Equatable {
        let end: SecurityEnd
        let client: ProtectedSockets.Socket
    }

    /// A set of associations that is installed or being installed.
    struct Agreement: Sendable, Equatable {
        let terms: SecurityTerms
        let client: ProtectedSockets.Socket
        /// Security-Server as it came, for Security-Verify.
        let list: [SecurityMechanism]
        var lifetime: Duration

        var associations: [SecurityAssociation] { terms.associations(at: .phone, lifetime: lifetime) }
    }

    let algorithms: [SecurityAlgorithms]
    let address: IPAddress
    let ports: ProtectedSockets.Phone
    /// Where the phone's ESP in UDP leaves from; nil for a phone that knows no such thing.
    let encapsulation: Endpoint?
    private(set) var offer: Offer?
    private(set) var pending: Agreement?
    private(set) var current: Agreement?
    /// Until when each is kept for what is still under way.
    private(set) var draining: [(agreement: Agreement, until: Instant)] = []

    /// reg-await-auth, TS 24.229 §5.4.1.2: how long a set lives that the network has not confirmed.
    static let challengeTime = Duration.seconds(240)
    /// 64·T1 of TS 24.229 §7.7.
    static let drainTime = Duration.seconds(128)
    /// Beyond a registration.
    static let lifetimeMargin = Duration.seconds(30)

    init(
        _ algorithms: [SecurityAlgorithms], at address: IPAddress, ports: ProtectedSockets.Phone,
        encapsulationPort: UInt16? = nil
    ) {
        encapsulation = encapsulationPort.map { Endpoint(address, $0) }
        self.algorithms = algorithms
        self.address = address
        self.ports = ports
    }

    var server: ProtectedSockets.Socket { ports.server }

    /// What Security-Client lists for each pair of algorithms: the P-CSCF knows whether there is a NAT, the phone does not.
    var modes: [SecurityMode] { encapsulation == nil ? [.transport] : [.transport, .udpEncapsulatedTunnel] }

    /// All sets that the kernel has.
    var sets: [Agreement] { [pending, current].compactMap { $0 } + draining.map(\.agreement) }

    var nextDeadline: Instant? { draining.map(\.until).min() }

    // MARK: Events

    /// A REGISTER is about to be made: new SPIs and another client port than those in use.
    ///
    /// - Returns: false when there is none.
    mutating func prepare(_ entropy: inout Entropy) -> Bool {
        let taken = sets.map { $0.client.port }
        guard let client = ports.clients.first(where: { !taken.contains($0.port) }) else { return false }
        var spis: [SecurityParametersIndex] = []
        while spis.count < 2 {
            let spi = SecurityParametersIndex(rawValue: entropy.next32())
            if spi.rawValue >= SecurityParametersIndex.first, !spis.contains(spi) { spis.append(spi) }
        }
        offer = Offer(
            end: SecurityEnd(
                address, clientPort: client.port, serverPort: server.port, clientSPI: spis[0], serverSPI: spis[1]),
            client: client)
        return true
    }

    /// Security-Server has come with a challenge that has been answered.
    ///
    /// - Returns: what is to be installed, and what it takes the place of.
    mutating func agree(
        _ list: [SecurityMechanism], from proxy: IPAddress, cipherKey: [UInt8], integrityKey: [UInt8]
    ) -> Result<(install: Agreement, replaced: [SecurityAssociation]), Complaint> {
        guard let offer else { return .failure(Complaint("the network agrees to what was not offered")) }
        guard !list.isEmpty else {
            return .failure(
                Complaint(
                    "no Security-Server in the 401: the P-CSCF makes no security agreement on this socket, or not with "
                        + "these algorithms"))
        }
        // RFC 3329 §2.3.1: the one that the server likes best of those we know.
        let known = list.filter { mechanism in
            (mechanism.algorithms.map(algorithms.contains) ?? false)
                && (mechanism.securityMode.map(modes.contains) ?? false)
        }
        guard let best = known.max(by: { ($0.q ?? 1_000) < ($1.q ?? 1_000) }), let pair = best.algorithms else {
            let named = list.map(\.text).joined(separator: ", ")
            return .failure(Complaint("Security-Server names no mechanism that the phone has offered: \(named)"))
        }
        guard let end = best.end(at: proxy) else {
            return .failure(Complaint("Security-Server lacks SPIs from 256 or ports: \(best.text)"))
        }
        guard let keys = SecurityKeys(pair, integrityKey: integrityKey, cipherKey: cipherKey) else {
            return .failure(Complaint("CK and IK are not of 16 octets"))
        }
        let replaced = pending?.associations ?? []
        let agreement = Agreement(
            terms: SecurityTerms(
                phone: offer.end, proxy: end, pair, keys,
                encapsulation: best.securityMode == .udpEncapsulatedTunnel
                    ? encapsulation.map {
                        UDPEncapsulation(phone: $0, proxy: Endpoint(proxy, UDPEncapsulation.port))
                    } : nil), client: offer.client, list: list,
            lifetime: Self.challengeTime)
        pending = agreement
        return .success((agreement, replaced))
    }

    /// The network has answered 200, inside the pending set when there is one.
    ///
    /// - Parameter lifetime: of the registration.
    /// - Returns: what lives so long from now on.
    mutating func confirm(_ lifetime: Duration, at now: Instant) -> [SecurityAssociation] {
        if let pending {
            if let current { draining.append((current, now + Self.drainTime)) }
            current = pending
        }
        pending = nil
        offer = nil
        current?.lifetime = lifetime + Self.lifetimeMargin
        return current?.associations ?? []
    }

    /// The phone is not registered any more; what is under way still arrives.
    mutating func release(at now: Instant) {
        for set in [pending, current].compactMap({ $0 }) { draining.append((set, now + Self.drainTime)) }
        pending = nil
        current = nil
        offer = nil
    }

    /// The REGISTER has led to nothing: its set, when there is one, goes.
    mutating func withdraw() -> [SecurityAssociation] {
        defer {
            pending = nil
            offer = nil
        }
        return pending?.associations ?? []
    }

    /// Everything goes at once: the phone is switched off, or finds that the network knows nothing of it any more.
    mutating func forget() -> [SecurityAssociation] {
        defer {
            self = PhoneSecurity(algorithms, at: address, ports: ports, encapsulationPort: encapsulation?.port)
        }
        return sets.flatMap(\.associations)
    }

    mutating func drained(at now: Instant) -> [SecurityAssociation] {
        let over = draining.filter { $0.until <= now }
        draining.removeAll { $0.until <= now }
        return over.flatMap(\.agreement.associations)
    }
}
