import IMS
import Octets
import SIP

// Registration of one phone, by command.
extension UserEquipment {
    mutating func start(
        _ goal: Registration.Goal, _ name: String, _ id: CommandID, at now: Instant
    ) -> [Action<Never>] {
        guard var handset = handsets[name] else { return [.reply(.error("there is no phone \(name)"), id)] }
        guard handset.command == nil else { return [.reply(.error("phone \(name) is busy registering"), id)] }
        handset.command = id
        handset.steps = []
        handset.began = now
        let request = handset.registration.start(goal, handset.phone, transport: configuration.proxy.transport)
        handsets[name] = handset
        return send(register: request, name, at: now)
    }

    mutating func registered(_ response: SIPMessage, _ name: String, at now: Instant) -> [Action<Never>] {
        guard var handset = handsets[name] else { return [] }
        if let last = handset.steps.indices.last {
            handset.steps[last].answered(
                response, phone: handset.phone, goal: handset.registration.goal, at: now)
        }
        let step = handset.registration.received(
            response, &handset.phone, transport: configuration.proxy.transport)
        handsets[name] = handset
        guard let step else { return [] }
        return carryOut(step, name, at: now)
    }

    mutating func carryOut(_ step: Registration.Step, _ name: String, at now: Instant) -> [Action<Never>] {
        switch step {
        case .send(let request): return send(register: request, name, at: now)
        case .ended(let outcome):
            guard let handset = handsets[name], let command = handset.command else { return [] }
            handsets[name]?.command = nil
            return [.reply(handset.report(outcome, at: now), command)]
        }
    }

    private mutating func send(register request: SIPMessage, _ name: String, at now: Instant) -> [Action<Never>] {
        handsets[name]?.steps.append(RegistrationStep(request, at: now))
        return [send(request, for: .registration(name))]
    }
}
