import IMS
import Octets
import SIP

// Registration of one phone, by command.
extension UserEquipment {
    mutating func start(
        _ goal: Registration.Goal, _ name: String, _ id: CommandID, at now: Instant
    ) -> [PhoneAction] {
        guard var handset = handsets[name] else { return [.reply(.error("there is no phone \(name)"), id)] }
        guard handset.command == nil else { return [.reply(.error("phone \(name) is busy registering"), id)] }
        handset.command = id
        handset.steps = []
        handset.began = now
        let request = makeRegister(goal, &handset)
        handsets[name] = handset
        switch request {
        case .success(let request): return send(register: request, name, at: now)
        case .failure(let complaint):
            return carryOut(handsets[name]?.registration.unusable(complaint.sentence), name, at: now)
        }
    }

    private mutating func makeRegister(
        _ goal: Registration.Goal, _ handset: inout Handset
    ) -> Result<SIPMessage, Complaint> {
        if let complaint = prepare(&handset, &entropy) { return .failure(complaint) }
        return .success(
            handset.registration.start(goal, handset.phone, transport: configuration.proxy.transport))
    }

    mutating func registered(_ response: SIPMessage, _ name: String, at now: Instant) -> [PhoneAction] {
        guard var handset = handsets[name] else { return [] }
        if let last = handset.steps.indices.last {
            handset.steps[last].answered(
                response, phone: handset.phone, goal: handset.registration.goal, at: now)
        }
        let step = handset.registration.received(
            response, &handset.phone, transport: configuration.proxy.transport)
        handsets[name] = handset
        return carryOut(step, name, at: now)
    }

    /// Inside security associations a P-CSCF that does not answer has lost them: the phone begins anew, without.
    mutating func registrationFailed(
        _ failure: TransactionFailure, _ name: String, at now: Instant
    ) -> [PhoneAction] {
        guard var handset = handsets[name] else { return [] }
        let step = handset.registration.failed(failure)
        guard handset.security?.current != nil, handset.registration.goal == .register,
            let gone = handset.security?.forget()
        else {
            handsets[name] = handset
            return carryOut(step, name, at: now)
        }
        let request = makeRegister(.register, &handset)
        handsets[name] = handset
        let removal = remove(gone, of: name)
        switch request {
        case .success(let request): return removal + send(register: request, name, at: now)
        case .failure: return removal + carryOut(step, name, at: now)
        }
    }

    mutating func carryOut(_ step: Registration.Step?, _ name: String, at now: Instant) -> [PhoneAction] {
        switch step {
        case nil: return []
        case .send(let request)?: return send(register: request, name, at: now)
        case .agree(let list, let cipherKey, let integrityKey)?:
            return agree(list, cipherKey: cipherKey, integrityKey: integrityKey, name, at: now)
        case .ended(let outcome)?:
            let actions = settleSecurity(outcome, name, at: now)
            armKeepAlive(name, at: now)
            guard let handset = handsets[name], let command = handset.command else { return actions }
            handsets[name]?.command = nil
            return actions + [.reply(handset.report(outcome, at: now), command)]
        }
    }

    private mutating func send(register request: SIPMessage, _ name: String, at now: Instant) -> [PhoneAction] {
        handsets[name]?.steps.append(RegistrationStep(request, at: now))
        return [send(request, of: name, for: .registration(name))]
    }
}
