import AKA
import IMS
import Octets
import SIP

/// Virtual phones on one node: each with its USIM, driven by commands.
///
///     phone   {phone, imsi | impi + impu, domain, k, opc | op, sqn?, expires?, fault?}   makes or replaces a phone
///     register {phone}, deregister {phone}                                     answers when the procedure has ended
///     advance {phone, sqn}                                                     the phone has seen this SQN already
///     load {imsi, count, rate, duration, domain, k, opc}                       answers when the load has ended
package struct UserEquipment: NetworkFunction {
    package struct Configuration: Sendable {
        /// The P-CSCF, and our socket towards it.
        package var proxy: Hop
        /// Host and port of our Contacts.
        package var contact: String

        package init(proxy: Hop, contact: String) {
            self.proxy = proxy
            self.contact = contact
        }
    }

    struct Subscriber: Sendable {
        var phone: Phone
        var registration: Registration
        var command: CommandID?
        var steps: [RegistrationStep] = []
        var began = Instant.zero
    }

    private let configuration: Configuration
    private var entropy: Entropy
    private var subscribers: [String: Subscriber] = [:]
    private var transactions: [ClientTransactionID: String] = [:]
    private var lastTransaction: UInt64 = 0
    private var load: RegistrationLoad?

    package init(_ configuration: Configuration, entropy: Entropy) {
        self.configuration = configuration
        self.entropy = entropy
    }

    package var nextDeadline: Instant? { load?.nextDeadline }

    /// How each phone stands, by name.
    package var states: [String: Registration.State] { subscribers.mapValues(\.registration.state) }

    /// The SQNs that the phones' USIMs hold, by name.
    package var sequenceNumbers: [String: SequenceNumber] { subscribers.mapValues(\.phone.usim.sequenceNumber) }

    package mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        switch event {
        case .command(let command, let id): return perform(command, id, at: now)
        case .response(let response, let transaction): return received(response, transaction, at: now)
        case .transactionFailed(let transaction, let failure):
            if let actions = load?.failed(transaction, at: now) { return actions + finishedLoad() }
            guard let name = transactions.removeValue(forKey: transaction) else { return [] }
            guard let step = subscribers[name]?.registration.failed(failure) else { return [] }
            return carryOut(step, name, at: now)
        case .request(let request, let transaction, _):
            // TS 24.229 §5.1: a phone answers what it is asked; sessions come with their own procedures.
            let status: Status = request.method == .options ? .ok : .methodNotAllowed
            return [.respond(.response(status, to: request, toTag: tag()), transaction)]
        case .deadline:
            guard let actions = load?.fire(at: now, &lastTransaction, &entropy) else { return [] }
            return actions + finishedLoad()
        case .acknowledgement, .cancelled, .connectionClosed, .asked, .answer, .askFailed, .performed: return []
        }
    }

    private mutating func perform(_ command: Command, _ id: CommandID, at now: Instant) -> [Action<Never>] {
        if command.name == "load" {
            guard load == nil else { return [.reply(.error("a load is running already"), id)] }
            switch RegistrationLoad.make(command.arguments, configuration, id, at: now) {
            case .success(let made):
                load = made
                return []
            case .failure(let complaint): return [.reply(.error(complaint.sentence), id)]
            }
        }
        guard let name = command.arguments["phone"] else {
            return [.reply(.error("which phone? argument 'phone'"), id)]
        }
        switch command.name {
        case "phone":
            switch Phone.make(command.arguments) {
            case .success(let phone):
                subscribers[name] = Subscriber(
                    phone: phone,
                    registration: Registration(
                        contact: configuration.contact, callID: Hex.encode(entropy.octets(12)), fromTag: tag()))
                return [.reply(["phone": .text(name)], id)]
            case .failure(let complaint): return [.reply(.error(complaint.sentence), id)]
            }
        case "register": return start(.register, name, id, at: now)
        case "deregister": return start(.deregister, name, id, at: now)
        case "advance":
            guard let text = command.arguments["sqn"], let value = UInt64(text),
                let sqn = SequenceNumber(rawValue: value)
            else { return [.reply(.error("sqn must be a number below 2^48"), id)] }
            guard subscribers[name] != nil else { return [.reply(.error("there is no phone \(name)"), id)] }
            subscribers[name]?.phone.usim.advance(to: sqn)
            return [.reply(["phone": .text(name), "sqn": .text(text)], id)]
        default: return [.reply(.error("a phone knows no command \(command.name)"), id)]
        }
    }

    private mutating func start(
        _ goal: Registration.Goal, _ name: String, _ id: CommandID, at now: Instant
    ) -> [Action<Never>] {
        guard var subscriber = subscribers[name] else { return [.reply(.error("there is no phone \(name)"), id)] }
        guard subscriber.command == nil else { return [.reply(.error("phone \(name) is busy registering"), id)] }
        subscriber.command = id
        subscriber.steps = []
        subscriber.began = now
        let request = subscriber.registration.start(goal, subscriber.phone, transport: configuration.proxy.transport)
        subscribers[name] = subscriber
        return send(request, name, at: now)
    }

    private mutating func send(_ request: SIPMessage, _ name: String, at now: Instant) -> [Action<Never>] {
        lastTransaction += 1
        let transaction = ClientTransactionID(rawValue: lastTransaction)
        transactions[transaction] = name
        subscribers[name]?.steps.append(RegistrationStep(request, at: now))
        return [.forward(request, to: configuration.proxy, transaction)]
    }

    private mutating func received(
        _ response: SIPMessage, _ transaction: ClientTransactionID, at now: Instant
    ) -> [Action<Never>] {
        if let actions = load?.received(response, transaction, &lastTransaction, at: now) {
            return actions + finishedLoad()
        }
        guard let name = transactions[transaction], var subscriber = subscribers[name] else { return [] }
        guard response.status?.isFinal ?? false else { return [] }
        transactions[transaction] = nil
        if let last = subscriber.steps.indices.last {
            subscriber.steps[last].answered(
                response, phone: subscriber.phone, goal: subscriber.registration.goal, at: now)
        }
        let step = subscriber.registration.received(
            response, &subscriber.phone, transport: configuration.proxy.transport)
        subscribers[name] = subscriber
        guard let step else { return [] }
        return carryOut(step, name, at: now)
    }

    private mutating func carryOut(_ step: Registration.Step, _ name: String, at now: Instant) -> [Action<Never>] {
        switch step {
        case .send(let request): return send(request, name, at: now)
        case .ended(let outcome):
            guard let subscriber = subscribers[name], let command = subscriber.command else { return [] }
            subscribers[name]?.command = nil
            return [.reply(subscriber.report(outcome, at: now), command)]
        }
    }

    private mutating func finishedLoad() -> [Action<Never>] {
        guard let command = load?.command, let report = load?.report else { return [] }
        load = nil
        return [.reply(report, command)]
    }

    private mutating func tag() -> String { Hex.encode(entropy.octets(8)) }
}

/// Why a command or a message cannot be used, in one sentence.
package struct Complaint: Error, Equatable, Sendable {
    package let sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}
