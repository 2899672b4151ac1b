import Cx
import Diameter
import IMS
import Octets
import SIP

/// Server assignment, TS 29.228 §6.1.2: the HSS learns what became of the user and gives the profile.
extension ServingCSCF {
    func assignment(
        _ type: ServerAssignmentType, of identity: PrivateIdentity, as user: PublicIdentity, hasProfile: Bool,
        leaving restoration: ServingCSCFRestoration? = nil, session: String
    ) -> DiameterMessage {
        ServerAssignmentRequest(
            userName: identity.text, publicIdentities: [user.text], serverName: configuration.serverName,
            serverAssignmentType: type, userDataAlreadyAvailable: hasProfile ? .alreadyAvailable : .notAvailable,
            restoration: restoration, supportedFeatures: configuration.supportedFeatures
        ).message(
            session: session, origin: origin, destinationRealm: configuration.destinationRealm,
            destinationHost: configuration.destinationHost)
    }

    mutating func assign(
        _ request: RegisterRequest, _ type: ServerAssignmentType, leaving restoration: ServingCSCFRestoration? = nil,
        into actions: inout [Order]
    ) {
        ask(request, type, leaving: restoration, then: .awaitingAssignment(type), into: &actions)
    }

    mutating func ask(
        _ request: RegisterRequest, _ type: ServerAssignmentType, leaving restoration: ServingCSCFRestoration? = nil,
        then step: RegisterProcedure.Step, into actions: inout [Order]
    ) {
        wait(RegisterProcedure(request: request, step: step), into: &actions) { session, role in
            role.assignment(
                type, of: request.privateIdentity, as: request.publicIdentity,
                hasProfile: role.registrations[request.publicIdentity] != nil, leaving: restoration, session: session)
        }
    }

    /// The SAA for a REGISTER.
    mutating func assigned(
        _ request: RegisterRequest, _ type: ServerAssignmentType, with answer: ServerAssignmentAnswer, at now: Instant,
        into actions: inout [Order]
    ) {
        if type == .userDeregistration {
            switch answer.result {
            case .experimental(.userUnknown), .experimental(.identitiesDontMatch):
                refuse(
                    request, .refused(answer.result, "SAR", by: request.privateIdentity, as: request.publicIdentity),
                    into: &actions)
            case .experimental(.inAssignmentType), .experimental(.identityNotRegistered):
                deregister(request, despite: nil, at: now, into: &actions)  // gone there already
            case .base, .experimental:
                let why = answer.result.isSuccess ? nil : RegistrarFault.text(answer.result)
                deregister(request, despite: why, at: now, into: &actions)
            }
            return
        }
        learn(from: answer)
        guard answer.result.isSuccess else {
            // The HSS lost a registration that we have: it is registered anew.
            if type == .reRegistration,
                answer.result == .experimental(.inAssignmentType)
                    || answer.result == .experimental(.identityNotRegistered)
            {
                return assign(
                    request, .registration, leaving: restoration(after: request, at: now), into: &actions)
            }
            return refuse(
                request, .refused(answer.result, "SAR", by: request.privateIdentity, as: request.publicIdentity),
                into: &actions)
        }
        let wasOrdinary = registrations[request.publicIdentity]?.isOrdinary == true
        do {
            guard try bind(request, answer, at: now) else {
                return assign(request, .userDeregistration, into: &actions)
            }
        } catch {
            // The HSS holds the user for registered now; it is told otherwise unless an earlier binding is left.
            if !isRegistered(request) {
                report(
                    .administrativeDeregistration, of: request.privateIdentity, as: request.publicIdentity,
                    into: &actions)
            }
            return refuse(request, error, into: &actions)
        }
        succeed(request, as: wasOrdinary ? .reRegistration : .initialRegistration, at: now, into: &actions)
    }

    /// What is left with the HSS when the request is carried out.
    private func restoration(after request: RegisterRequest, at now: Instant) -> ServingCSCFRestoration? {
        do {
            return restoration(
                of: request.privateIdentity, try bindings(after: request, at: now), at: now)
        } catch {
            return nil  // it will not be carried out
        }
    }

    private func profile(
        for request: RegisterRequest, from answer: ServerAssignmentAnswer
    ) throws(RegistrarFault) -> UserProfile {
        let charging = answer.chargingInformation.map(chargingFunctions)
        let known = registrations[request.publicIdentity]?.profile
        guard let userData = answer.userData else {
            guard var profile = known else { throw .profileMissing }
            if let charging { profile.chargingFunctions = charging }
            return profile
        }
        let subscription: IMSSubscription
        do {
            subscription = try IMSSubscription(parsing: userData)
        } catch {
            throw .profileUnusable("\(error)")
        }
        let profile = UserProfile(subscription, chargingFunctions: charging ?? known?.chargingFunctions ?? OctetSlice())
        guard profile.identities.contains(where: { $0.identity == request.publicIdentity }) else {
            throw .profileUnusable("it does not hold \(request.publicIdentity)")
        }
        return profile
    }

    /// False when nothing is left to bind: the request takes one contact away, and the others ended while the HSS was
    /// asked.
    private mutating func bind(
        _ request: RegisterRequest, _ answer: ServerAssignmentAnswer, at now: Instant
    ) throws(RegistrarFault) -> Bool {
        let profile = try profile(for: request, from: answer)
        guard profile.defaultIdentity != nil else { throw .allBarred(request.publicIdentity) }
        let updated: [Binding]
        do {
            updated = try bindings(after: request, at: now)
        } catch {
            throw fault(error)
        }
        guard updated.contains(where: { $0.privateIdentity == request.privateIdentity }) else { return false }
        if let slot = registrations.slot(of: request.publicIdentity) {
            registrations.replace(
                slot, profile: profile, bindings: updated, because: .request(request.contacts))
        } else {
            // Other phones of the user, whom the S-CSCF before us has left with the HSS.
            let others = restoredBindings(
                answer.restorations.filter { $0.userName != request.privateIdentity.text }, as: request.publicIdentity,
                at: now)
            registrations.insert(
                Registration(profile: profile, bindings: updated + others), because: .request(request.contacts))
        }
        return true
    }

    /// P-Charging-Function-Addresses, RFC 7315 §5.6: `ccf` from the collection functions, `ecf` from the event ones.
    func chargingFunctions(_ charging: ChargingInformation) -> OctetSlice {
        var writer = OctetWriter()
        func add(_ name: StaticString, _ value: String?) {
            // A quotation mark or backslash is in no Diameter URI; what has one is left out rather than sent.
            guard let value, !value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }) else { return }
            if writer.count > 0 { writer.write(";") }
            writer.write(name)
            writer.write("=\"")
            writer.write(value)
            writer.write("\"")
        }
        add("ccf", charging.primaryChargingCollectionFunctionName)
        add("ccf", charging.secondaryChargingCollectionFunctionName)
        add("ecf", charging.primaryEventChargingFunctionName)
        add("ecf", charging.secondaryEventChargingFunctionName)
        return OctetSlice(writer.octets)
    }
}
