import Cx
import Diameter
import IMS
import Octets
import SIP

/// The serving CSCF, TS 24.229 §5.4: registrar of the home network, for its users and towards the HSS.
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
    /// Names of the requests that we send.
    var clients = ClientTransactionNames()
    private var waiting: [AskID: Question] = [:]
    private var lastAsk: UInt64 = 0
    private var sessions: SessionIDGenerator
    private var entropy: Entropy

    /// Whom an answer of the HSS is for.
    private enum Question: Sendable {
        case register(RegisterProcedure)
        /// The HSS is told something that nobody waits for.
        case report(ServerAssignmentType, PrivateIdentity, PublicIdentity)
    }

    /// - Parameter start: grows from start to start, the time in seconds for instance (RFC 6733 §8.8).
    package init(configuration: ServingCSCFConfiguration, start: UInt32, entropy: Entropy) {
        self.configuration = configuration
        self.entropy = entropy
        origin = LocalOrigin(host: configuration.originHost, realm: configuration.originRealm)
        sessions = SessionIDGenerator(originHost: configuration.originHost, start: start)
        serviceRoute = Self.serviceRoute(of: configuration.serverName)
    }

    var proceduresWaiting: Int { waiting.count }

    package var nextDeadline: Instant? {
        switch (registrations.nextDeadline, challenges.nextDeadline) {
        case (let first?, let second?): min(first, second)
        case (let first, let second): first ?? second
        }
    }

    package mutating func handle(_ event: RoleEvent<WorkResult>, at now: Instant) -> [Order] {
        var actions: [Order] = []
        actions.reserveCapacity(3)
        switch event {
        case .request(let message, let transaction, let hop):
            if message.method == .register {
                register(message, transaction, from: hop, at: now, into: &actions)
            } else {
                serve(message, transaction, from: hop, into: &actions)
            }
        case .answer(let message, let id): answered(message, id, at: now, into: &actions)
        case .askFailed(let id, let failure): unanswered(failure, id, at: now, into: &actions)
        case .asked(let message, let token, _): asked(message, token, into: &actions)
        case .command(let command, let id): actions.append(.reply(reply(to: command, at: now), id))
        case .deadline: fire(at: now, into: &actions)
        case .acknowledgement, .cancelled: break  // we never accept an INVITE
        case .response, .transactionFailed: break  // we forward nothing
        case .connectionClosed: break  // bindings are reached through the Path, not over a flow of ours
        case .performed(let id, let result): _ = (id, result)
        }
        return actions
    }

    private mutating func fire(at now: Instant, into actions: inout [Order]) {
        while let (identity, challenge) = challenges.popExpired(at: now) {
            authenticationTimedOut(identity, challenge, into: &actions)
        }
        while let slot = registrations.popExpired(at: now) { expire(slot, at: now, into: &actions) }
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
        into actions: inout [Order]
    ) {
        let message = assignment(type, of: identity, as: user, hasProfile: true, session: sessions.next())
        ask(.report(type, identity, user), message, into: &actions)
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

    /// RFC 3261 §20.33, spread over ten seconds so that those sent away do not come back together.
    mutating func retryAfter() -> Int { 5 + Int(entropy.next32() % 10) }

    private static func serviceRoute(of serverName: String) -> OctetSlice {
        var name = serverName
        for scheme in ["sip:", "sips:"] where name.lowercased().hasPrefix(scheme) { name.removeFirst(scheme.count) }
        return OctetSlice("<sip:orig@\(name);lr>")
    }
}
