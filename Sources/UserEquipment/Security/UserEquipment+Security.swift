import IMS
import Octets
import SIP

// The security agreement of a phone, TS 24.229 §5.1.1 (not checked against its text).
//
//     reboot   {phone}    the phone forgets everything it knows, its security associations with it
//     security {phone}    its sets of associations, without keys
extension UserEquipment {
    /// What a piece of work is for.
    enum Task: Sendable {
        /// The REGISTER that answers a challenge waits for the associations.
        case install(String)
        case other(String)
    }

    /// Gives a phone its server port.
    func security(_ arguments: [String: String], of name: String) -> Result<PhoneSecurity?, Complaint> {
        guard let text = arguments["security"], text != "none" else { return .success(nil) }
        guard let sockets = configuration.protected else {
            return .failure(Complaint("these phones have no protected sockets"))
        }
        var algorithms: [SecurityAlgorithms] = []
        for word in text.split(separator: ",") {
            guard let pair = SecurityAlgorithms(String(word)) else {
                let known = SecurityAlgorithms.all.map(\.description).joined(separator: ", ")
                return .failure(Complaint("there is no pair of algorithms \(word); known: \(known)"))
            }
            algorithms.append(pair)
        }
        let taken = handsets.compactMap { $0.key == name ? nil : $0.value.security?.server }
        let own = handsets[name]?.security?.ports
        guard let ports = own ?? sockets.phones.first(where: { !taken.contains($0.server) }) else {
            return .failure(Complaint("there are protected ports for \(sockets.phones.count) phones only"))
        }
        return .success(
            PhoneSecurity(
                algorithms, at: sockets.address, ports: ports, encapsulationPort: sockets.encapsulationPort))
    }

    /// - Returns: nil when it is no command of security agreements.
    mutating func perform(
        security command: Command, _ name: String, _ id: CommandID, at now: Instant
    ) -> [PhoneAction]? {
        switch command.name {
        case "reboot": return forget(name) + [.reply(["phone": .text(name)], id)]
        case "security": return [.reply(handsets[name]?.security?.report ?? ["sets": .list([])], id)]
        default: return nil
        }
    }

    /// The phone knows nothing of its registration any more: a switched-off phone, or one that has been replaced.
    mutating func forget(_ name: String) -> [PhoneAction] {
        guard var handset = handsets[name] else { return [] }
        let gone = handset.security?.forget() ?? []
        handset.registration = newRegistration()
        handset.command = nil
        handsets[name] = handset
        return remove(gone, of: name)
    }

    func newRegistration(_ entropy: inout Entropy) -> Registration {
        Registration(
            contact: configuration.contact, callID: Hex.encode(entropy.octets(12)),
            fromTag: Hex.encode(entropy.octets(8)))
    }

    private mutating func newRegistration() -> Registration { newRegistration(&entropy) }

    // MARK: REGISTER

    /// Before a REGISTER is made: what it offers, and where its Contact leads. nil when no port is free.
    func prepare(_ handset: inout Handset, _ entropy: inout Entropy) -> Complaint? {
        guard var security = handset.security else { return nil }
        guard security.prepare(&entropy) else {
            return Complaint("every protected client port of the phone is in use; old ones become free after 128 s")
        }
        handset.security = security
        handset.registration.contact = "\(Endpoint(security.address, security.server.port))"
        handset.registration.security = security.headers(isAltered: handset.phone.fault == .alteredVerify)
        return nil
    }

    /// The challenge has given keys: associations first, then the REGISTER inside them.
    mutating func agree(
        _ list: [SecurityMechanism], cipherKey: [UInt8], integrityKey: [UInt8], _ name: String, at now: Instant
    ) -> [PhoneAction] {
        let proxy = configuration.proxy.remote.address
        switch handsets[name]?.security?.agree(list, from: proxy, cipherKey: cipherKey, integrityKey: integrityKey) {
        case nil: return []
        case .failure(let complaint):
            return carryOut(handsets[name]?.registration.unusable(complaint.sentence), name, at: now)
        case .success(let (agreement, replaced)):
            return remove(replaced, of: name) + [order(.install(agreement.associations), .install(name))]
        }
    }

    /// The kernel has answered.
    mutating func performed(_ work: WorkID, _ outcome: SecurityOutcome, at now: Instant) -> [PhoneAction] {
        switch (tasks.removeValue(forKey: work), outcome) {
        case (nil, _), (.other?, .done): return []
        case (.other(let name)?, .failed(let sentence)):
            return [.observe(Observation(.warning, "security associations of phone \(name): \(sentence)"))]
        case (.install(let name)?, .failed(let sentence)):
            _ = handsets[name]?.security?.withdraw()
            return carryOut(
                handsets[name]?.registration.unusable("the phone's security associations: \(sentence)"), name, at: now)
        case (.install(let name)?, .done):
            guard var handset = handsets[name], let security = handset.security, let set = security.pending else {
                return []
            }
            handset.registration.security = security.headers(isAltered: handset.phone.fault == .alteredVerify)
            let step = handset.registration.secured(handset.phone, transport: configuration.proxy.transport)
            handsets[name] = handset
            return responseRoutes(set, of: security, isOpen: true) + carryOut(step, name, at: now)
        }
    }

    /// How the registration went on decides what becomes of the associations.
    mutating func settleSecurity(_ outcome: Registration.Outcome, _ name: String, at now: Instant) -> [PhoneAction] {
        guard var security = handsets[name]?.security else { return [] }
        var actions: [PhoneAction] = []
        switch outcome {
        case .registered:
            let seconds = handsets[name]?.registration.grantedExpires ?? handsets[name]?.phone.expires ?? 0
            let lifetime = Duration.seconds(max(0, seconds))
            let extended = security.confirm(lifetime, at: now)
            if !extended.isEmpty {
                actions.append(
                    order(.extend(extended, lifetime: lifetime + PhoneSecurity.lifetimeMargin), .other(name)))
            }
        case .deregistered: security.release(at: now)
        case .refused, .unusable: actions += remove(security.withdraw(), of: name)
        }
        handsets[name]?.security = security
        if let deadline = security.nextDeadline { alarms.schedule(.security(name), at: deadline) }
        return actions
    }

    mutating func fire(security name: String, at now: Instant) -> [PhoneAction] {
        guard let gone = handsets[name]?.security?.drained(at: now) else { return [] }
        return remove(gone, of: name)
    }

    // MARK: Orders

    mutating func remove(_ associations: [SecurityAssociation], of name: String) -> [PhoneAction] {
        guard !associations.isEmpty else { return [] }
        return [order(.remove(associations), .other(name))]
    }

    private mutating func order(_ order: SecurityOrder, _ task: Task) -> PhoneAction {
        lastWork += 1
        let work = WorkID(rawValue: lastWork)
        tasks[work] = task
        return .perform(order, work)
    }

    /// TS 33.203 §7.1: requests come to our server port; over UDP the responses leave from the client port.
    private func responseRoutes(
        _ set: PhoneSecurity.Agreement, of security: PhoneSecurity, isOpen: Bool
    ) -> [PhoneAction] {
        let from = Hop(.udp, security.server.datagrams, set.terms.proxy.client)
        let by = Hop(.udp, set.client.datagrams, set.terms.proxy.server)
        return [.routeResponses(from: from, by: isOpen ? by : nil)]
    }
}

/// Where a phone's messages go and come.
struct PhoneAccess: Sendable, Equatable {
    /// The P-CSCF; from our client port when the phone has security associations.
    var hop: Hop
    /// Host and port where the phone is reached.
    var contact: String
    /// For Security-Verify; empty outside security associations.
    var verify: [SecurityMechanism] = []
    /// Where alone requests may come in; nil for wherever they do.
    var listeners: [ListenerID]?
}

extension UserEquipment {
    func access(of handset: Handset) -> PhoneAccess {
        let plain = PhoneAccess(hop: configuration.proxy, contact: configuration.contact)
        guard let security = handset.security, let set = security.pending ?? security.current else { return plain }
        let transport = configuration.proxy.transport
        return PhoneAccess(
            hop: Hop(transport, set.client.listener(transport), set.terms.proxy.server),
            contact: "\(Endpoint(security.address, security.server.port))", verify: set.list,
            listeners: [security.server.datagrams, security.server.streams])
    }

    func access(of name: String) -> PhoneAccess {
        handsets[name].map(access) ?? PhoneAccess(hop: configuration.proxy, contact: configuration.contact)
    }
}

extension PhoneSecurity {
    /// Without keys.
    var report: Report {
        func rows(_ set: Agreement, _ state: String) -> Report {
            [
                "state": .text(state), "algorithms": .text("\(set.terms.algorithms)"),
                "phone": .text("\(set.terms.phone.client) and \(set.terms.phone.serverPort)"),
                "proxy": .text("\(set.terms.proxy.server) and \(set.terms.proxy.clientPort)"),
                "mode": .text(set.terms.mode.rawValue),
                "associations": .list(set.associations.map { .text("\($0)") }),
            ]
        }
        let sets =
            [pending.map { rows($0, "pending") }, current.map { rows($0, "current") }].compactMap { $0 }
            + draining.map { rows($0.agreement, "draining") }
        return ["sets": .list(sets)]
    }
}
