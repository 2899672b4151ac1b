import Cx
import Diameter
import IMS
import Octets
import SIP

/// The serving CSCF, TS 24.229 §5.4: registrar of the home network, for its users and towards the HSS, and their services.
///
///     REGISTER ─▶ RegisterRequest ─▶ authenticate ─┬─ unanswered ──▶ MAR ─▶ MAA ─▶ 401
///                                                  ├─ authenticated ─▶ SAR ─▶ SAA ─▶ bindings ─▶ 200
///                                                  └─ refused ──────▶ (SAR) ─▶ 403
///
/// A REGISTER that waits for the HSS is a `RegisterProcedure` of its own transaction, held under the question it asked.
/// Procedures of one user may overlap; bindings are computed again when each commits, and CSeq decides which is later.
package struct ServingCSCF: NetworkFunction {
    package let configuration: ServingCSCFConfiguration
    let origin: LocalOrigin
    let serviceRoute: OctetSlice
    var registrations = RegistrationTable()
    var challenges = AuthenticationTable()
    /// Names of the requests that we send, whatever they are for.
    var clients = ClientTransactionNames()
    /// Requests and dialogs that are relayed.
    var tables: SessionTables
    /// Subscriptions to registration state.
    var watches = RegistrationWatches()
    var thirdParties = ThirdPartyRegistrations()
    var journal = Journal()
    let gruus: GRUUKey
    /// Of requests that are no REGISTER.
    var requestAuthentication: RequestAuthentication
    /// By the handle in their temporary GRUUs: the first identity of the set that each device is registered in.
    var devices: [UInt64: PublicIdentity] = [:]
    /// The HSS keeps what another S-CSCF needs (TS 23.380), as it has said last.
    var homeRestores = false
    /// Goes to the log with the first event: what was taken up from the store.
    var greeting: Observation?
    private var waiting: [AskID: Question] = [:]
    private var lastAsk: UInt64 = 0
    private var sessions: SessionIDGenerator
    private var entropy: Entropy

    /// Whom an answer of the HSS is for.
    private enum Question: Sendable {
        case register(RegisterProcedure)
        /// The HSS is told something that nobody waits for.
        case report(ServerAssignmentType, PrivateIdentity, PublicIdentity)
        /// Requests wait for the profile of a user who is not known here.
        case profile(PublicIdentity, ServerAssignmentType)
    }

    /// - Parameter start: grows from start to start, the time in seconds for instance (RFC 6733 §8.8).
    package init(configuration: ServingCSCFConfiguration, start: UInt32, entropy: Entropy) {
        self.configuration = configuration
        var entropy = entropy
        gruus = GRUUKey(configuration.gruuKey ?? entropy.octets(16), of: configuration.serverName)
        tables = SessionTables(configuration, entropy: &entropy)
        requestAuthentication = RequestAuthentication(entropy: entropy.fork())
        self.entropy = entropy
        origin = LocalOrigin(host: configuration.originHost, realm: configuration.originRealm)
        sessions = SessionIDGenerator(originHost: configuration.originHost, start: start)
        serviceRoute = Self.serviceRoute(of: configuration.serverName)
    }

    var proceduresWaiting: Int { waiting.count }

    package var nextDeadline: Instant? {
        registrations.nextDeadline.orEarlier(challenges.nextDeadline).orEarlier(tables.nextDeadline)
            .orEarlier(watches.nextDeadline)
    }

    package mutating func handle(_ event: RoleEvent<WorkResult>, at now: Instant) -> [Order] {
        var actions: [Order] = []
        actions.reserveCapacity(3)
        if let greeting {
            actions.append(.observe(greeting))
            self.greeting = nil
        }
        switch event {
        case .request(let message, let transaction, let hop):
            if message.method == .register {
                register(message, transaction, from: hop, at: now, into: &actions)
            } else if !watch(message, transaction, from: hop, at: now, into: &actions) {
                serve(withPublicGRUU(message), transaction, from: hop, at: now, into: &actions)
            }
        case .answer(let message, let id): answered(message, id, at: now, into: &actions)
        case .askFailed(let id, let failure): unanswered(failure, id, at: now, into: &actions)
        case .asked(let message, let token, _): asked(message, token, into: &actions)
        case .command(let command, let id):
            let report = change(by: command, at: now, into: &actions) ?? reply(to: command, at: now)
            actions.append(.reply(report, id))
        case .deadline: fire(at: now, into: &actions)
        case .acknowledgement(let message, let hop): acknowledge(message, from: hop, into: &actions)
        case .cancelled(let transaction): cancelled(transaction, at: now, into: &actions)
        case .response(let response, let client):
            if !notified(client, response, at: now, into: &actions),
                !serverAnswered(client, response, into: &actions)
            {
                received(response, client, at: now, into: &actions)
            }
        case .transactionFailed(let client, let failure):
            if !notificationFailed(client, at: now, into: &actions), !serverSilent(client, into: &actions) {
                failed(client, failure, at: now, into: &actions)
            }
        case .connectionClosed: break  // bindings are reached through the Path, not over a flow of ours
        case .performed(let id, let outcome): written(id, outcome, into: &actions)
        case .lookedUp(let answer, let id): lookedUp(answer, id, at: now, into: &actions)
        }
        settle(at: now, into: &actions)
        if !tables.releases.isEmpty { carryOutReleases(at: now, into: &actions) }
        journal.commit(&actions)
        return actions
    }

    /// Lets everybody know who has to hear of what has happened to registrations.
    private mutating func settle(at now: Instant, into actions: inout [Order]) {
        for change in registrations.takeChanges() {
            note(change)
            keepDevices(change)
            dropSecrets(change)
            let isLeftForEmergencies = change.after != nil
            guard let change = change.withoutEmergency else { continue }
            notify(change, at: now, into: &actions)
            guard change.after == nil, let before = change.before else { continue }
            releaseSessions(of: change.identities)
            if !change.cause.isRequest || isLeftForEmergencies {
                tellServers(of: before, .deregistration, as: nil, nil, at: now, into: &actions)
            }
        }
    }

    private mutating func fire(at now: Instant, into actions: inout [Order]) {
        while let (identity, challenge) = challenges.popExpired(at: now) {
            authenticationTimedOut(identity, challenge, into: &actions)
        }
        while let slot = registrations.popExpired(at: now) { expire(slot, at: now, into: &actions) }
        fireSessions(at: now, into: &actions)
        fireWatches(at: now, into: &actions)
    }
}

/// Questions to the HSS.
extension ServingCSCF {
    /// Asks on behalf of a REGISTER, which goes on when the answer comes.
    mutating func wait(
        _ procedure: RegisterProcedure, into actions: inout [Order],
        _ question: (String, ServingCSCF) -> DiameterMessage
    ) {
        guard waiting.count < configuration.maximumProcedures else {
            return refuse(procedure.request, .overloaded, into: &actions)
        }
        ask(.register(procedure), question(sessions.next(), self), into: &actions)
    }

    /// Tells the HSS what became of a user; nobody waits for the answer.
    mutating func report(
        _ type: ServerAssignmentType, of identity: PrivateIdentity, as user: PublicIdentity,
        leaving restoration: ServingCSCFRestoration? = nil, into actions: inout [Order]
    ) {
        let message = assignment(
            type, of: identity, as: user, hasProfile: true, leaving: restoration, session: sessions.next())
        ask(.report(type, identity, user), message, into: &actions)
    }

    /// SAR for a user who is not known here; the private identity is not known either.
    mutating func askProfile(of user: PublicIdentity, by type: ServerAssignmentType, into actions: inout [Order]) {
        ask(.profile(user, type), unregistered(type, user), into: &actions)
    }

    /// The profile of an unregistered user is kept no longer.
    mutating func reportUnregistered(_ user: PublicIdentity, into actions: inout [Order]) {
        ask(
            .report(.timeoutDeregistration, PrivateIdentity(""), user), unregistered(.timeoutDeregistration, user),
            into: &actions)
    }

    private mutating func unregistered(_ type: ServerAssignmentType, _ user: PublicIdentity) -> DiameterMessage {
        ServerAssignmentRequest(
            publicIdentities: [user.text], serverName: configuration.serverName, serverAssignmentType: type,
            supportedFeatures: configuration.supportedFeatures
        ).message(
            session: sessions.next(), origin: origin, destinationRealm: configuration.destinationRealm,
            destinationHost: configuration.destinationHost)
    }

    private mutating func ask(_ question: Question, _ message: DiameterMessage, into actions: inout [Order]) {
        lastAsk += 1
        let id = AskID(rawValue: lastAsk)
        waiting[id] = question
        actions.append(.ask(message, id))
    }

    private mutating func answered(
        _ message: DiameterMessage, _ id: AskID, at now: Instant, into actions: inout [Order]
    ) {
        switch waiting.removeValue(forKey: id) {
        case .register(let procedure): proceed(procedure, with: message, at: now, into: &actions)
        case .report(let type, let identity, let user):
            do {
                let answer = try ServerAssignmentAnswer(decoding: message)
                if !answer.result.isSuccess {
                    reportFailed(type, identity, user, RegistrarFault.text(answer.result), into: &actions)
                }
            } catch {
                reportFailed(type, identity, user, "an answer that cannot be read", into: &actions)
            }
        case .profile(let user, let type):
            do {
                let answer = try ServerAssignmentAnswer(decoding: message)
                learn(from: answer)
                profileFetched(user, type, answer, at: now, into: &actions)
            } catch {
                profileMissing(user, SessionFault(.unreadable("SAA", "\(error)")), into: &actions)
            }
        case nil: break  // an answer after its time-out
        }
    }

    private mutating func unanswered(
        _ failure: AskFailure, _ id: AskID, at now: Instant, into actions: inout [Order]
    ) {
        switch waiting.removeValue(forKey: id) {
        case .register(let procedure): proceed(procedure, without: failure, at: now, into: &actions)
        case .report(let type, let identity, let user):
            reportFailed(type, identity, user, "no answer (\(failure))", into: &actions)
        case .profile(let user, _): profileMissing(user, SessionFault(.unanswered(failure, "SAR")), into: &actions)
        case nil: break
        }
    }

    private func reportFailed(
        _ type: ServerAssignmentType, _ identity: PrivateIdentity, _ user: PublicIdentity, _ why: String,
        into actions: inout [Order]
    ) {
        actions.append(
            .observe(
                Observation(
                    .warning, "The HSS could not be told of \(type): \(why). It may still think the user registered.",
                    about: Subject(privateIdentity: identity.text, publicIdentity: user.text))))
    }
}

/// Small things that need the node's state.
extension ServingCSCF {
    /// RFC 3261 §19.3: 51 random bits; 13 characters fit a String without an allocation.
    mutating func makeTag() -> String { String(entropy.next64() >> 13 | 1 << 51, radix: 16) }

    /// The gateways for a number.
    mutating func breakoutChoices(_ number: String, at now: Instant) -> [BreakoutRules.Choice] {
        let gateways = tables.gateways
        return configuration.sessions.numbers.breakout.choices(for: number, entropy: &entropy) {
            gateways.isResting($0, at: now)
        }
    }

    /// An original dialog identifier: nobody guesses it.
    mutating func makeToken() -> UInt64 { entropy.next64() }

    /// RFC 3261 §20.33, spread over ten seconds so that those sent away do not come back together.
    mutating func retryAfter() -> Int { 5 + Int(entropy.next32() % 10) }

    private static func serviceRoute(of serverName: String) -> OctetSlice {
        var name = serverName
        for scheme in ["sip:", "sips:"] where name.lowercased().hasPrefix(scheme) { name.removeFirst(scheme.count) }
        return OctetSlice("<sip:orig@\(name);lr>")
    }
}
