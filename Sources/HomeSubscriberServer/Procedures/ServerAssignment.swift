import Cx
import Diameter
import IMS

/// SAR: what became of a user at the S-CSCF, and the profile for it: TS 29.228 §6.1.2.
package enum ServerAssignment {
    /// - Parameter keepsServerName: whether the S-CSCF's name stays when it asks for that (types 6 and 7).
    package static func decide(
        _ request: ServerAssignmentRequest, from host: DiameterIdentity, keepsServerName: Bool,
        on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<ServerAssignmentAnswer> {
        let subject = Subject(
            privateIdentity: request.userName, publicIdentity: request.publicIdentities.first, peer: host.name)
        let target: Target
        switch try Target.find(request, in: &directory) {
        case .failure(let denial): return refusal(denial, about: subject)
        case .success(let found): target = found
        }
        if let denial = objection(to: request, target) {
            return refusal(denial, about: subject, leaving: remembered(request, target))
        }

        let server = AssignedServingCSCF(
            name: request.serverName, host: host, features: request.supportedFeatures.cx)
        var after = target.subscription
        var result = CxResult.success
        var news: [DirectoryNews] = []
        switch request.serverAssignmentType {
        case .noAssignment:
            // Another S-CSCF takes over what the first one has left, TS 23.380 §4.
            if after.servingCSCF?.name != server.name { after.servingCSCF = server }
        case .registration, .reRegistration:
            after.move(target.registrations, to: .registered)
            after.keep(request, target.registrations)
            after.servingCSCF = server
            news = [.registered(target.privateIdentity, at: server)]
            if let former = after.formerServingCSCF {
                // TS 29.228 §6.1.3: the S-CSCF that lost the user hears of it when the other has him for certain.
                try directory.setFormerServingCSCF(nil, of: after.id)
                if former.host != server.host {
                    let request = RegistrationTerminationRequest(
                        userName: target.privateIdentity.text,
                        deregistrationReason: DeregistrationReason(.newServerAssigned))
                    news += try directory.post([Notice(server: former, content: .termination(request))])
                }
            }
        case .unregisteredUser:
            after.move(target.registrations, to: .unregistered)
            after.servingCSCF = server
        case .timeoutDeregistration, .userDeregistration, .administrativeDeregistration,
            .deregistrationTooMuchData:
            after.move(target.registrations, to: .notRegistered)
        case .timeoutDeregistrationStoreServerName, .userDeregistrationStoreServerName:
            after.move(target.registrations, to: keepsServerName ? .unregistered : .notRegistered)
            if !keepsServerName { result = .successServerNameNotStored }
        case .authenticationFailure, .authenticationTimeout:
            for index in target.registrations { after.registrations[index].isAuthenticationPending = false }
        case .aaaUserDataRequest, .pgwUpdate: break  // refused above
        }
        if !after.needsServingCSCF { after.servingCSCF = nil }
        try write(after, over: target.subscription, on: &directory)
        news += try directory.notifications(of: after, since: target.subscription)
        return Decision(answer(request, result, target), news: news)
    }

    /// - Parameter remembered: the answer that says more than the result.
    private static func refusal(
        _ denial: Denial, about subject: Subject, leaving remembered: ServerAssignmentAnswer? = nil
    ) -> Decision<ServerAssignmentAnswer> {
        var answer = remembered ?? ServerAssignmentAnswer(denial.result)
        answer.result = denial.result
        return .refused(answer, denial.refusal, about: subject)
    }

    /// TS 23.380 §4: an S-CSCF that asks for a user as unregistered has forgotten that he is registered; with the refusal
    /// it gets what it needs to go on. nil when there is nothing to remember.
    private static func remembered(_ request: ServerAssignmentRequest, _ target: Target) -> ServerAssignmentAnswer? {
        guard request.serverAssignmentType == .unregisteredUser, !target.restorations(for: request).isEmpty else {
            return nil
        }
        return answer(request, .inAssignmentType, target)
    }

    /// The S-CSCF, the count of identities, the type against the state: in this order.
    private static func objection(to request: ServerAssignmentRequest, _ target: Target) -> Denial? {
        let type = request.serverAssignmentType
        let identity = target.identity
        let isPending = target.registrations.contains { target.subscription.registrations[$0].isAuthenticationPending }
        if let stored = target.subscription.servingCSCF, stored.name != request.serverName, !isPending,
            !type.returnsUserData || target.restorations(for: request).isEmpty
        {
            return .alreadyRegistered(identity, at: stored.name, asked: request.serverName)
        }
        if request.publicIdentities.count > 1, !type.takesSeveralIdentities {
            return .tooManyIdentities(type, count: request.publicIdentities.count)
        }
        let states = target.registrations.map { target.subscription.registrations[$0].state }
        let strongest =
            states.contains(.registered)
            ? Registration.State.registered : states.contains(.unregistered) ? .unregistered : .notRegistered
        let fits =
            type == .noAssignment
            ? target.subscription.servingCSCF != nil : type.fits(strongest)
        return fits ? nil : .assignmentType(type, identity, strongest)
    }

    /// Writes only what has changed.
    private static func write(
        _ after: Subscription, over before: Subscription, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) {
        if after.servingCSCF != before.servingCSCF {
            try directory.setServingCSCF(after.servingCSCF, of: after.id)
        }
        for index in after.registrations.indices where after.registrations[index] != before.registrations[index] {
            try directory.setRegistration(after.registrations[index], of: after.id)
        }
    }

    private static func answer(
        _ request: ServerAssignmentRequest, _ result: CxResult, _ target: Target
    ) -> ServerAssignmentAnswer {
        let user = target.privateIdentity
        var answer = ServerAssignmentAnswer(result, userName: user.text)
        if let index = target.subscription.index(of: target.identity),
            target.subscription.publicIdentities[index].kind.isWildcarded
        {
            answer.wildcardedPublicIdentity = target.identity.text
        }
        if !request.supportedFeatures.isEmpty {
            answer.supportedFeatures = [
                SupportedFeatures(featureList: [.sharedFilterCriteria, .aliasIndication, .restoration])
            ]
        }
        guard request.serverAssignmentType.returnsUserData else { return answer }
        answer.associatedIdentities = target.subscription.privateIdentities.map(\.identity)
            .filter { $0 != user }.map(\.text)
        if request.serverAssignmentType != .reRegistration { answer.restorations = target.restorations(for: request) }
        guard request.userDataAlreadyAvailable == .notAvailable else { return answer }
        answer.userData = target.subscription.userData(
            for: user, implicitSet: target.implicitSet, features: request.supportedFeatures.cx)
        answer.chargingInformation = target.subscription.chargingInformation
        return answer
    }
}

/// What a SAR moves: registrations of one subscription.
private struct Target {
    var subscription: Subscription
    /// Indices of the registrations that change.
    var registrations: [Int]
    /// Whose name goes into the answer.
    var privateIdentity: PrivateIdentity
    /// For the words of a refusal.
    var identity: PublicIdentity
    var implicitSet: Int

    /// TS 29.228 §6.1.2.1 steps 1 and 2. Without Public-Identity a de-registration means all of the private identity.
    static func find(
        _ request: ServerAssignmentRequest, in directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Result<Target, Denial> {
        guard let name = request.wildcardedPublicIdentity ?? request.publicIdentities.first else {
            guard let user = request.userName, request.serverAssignmentType.takesSeveralIdentities else {
                return .failure(.noIdentity())
            }
            return try all(of: PrivateIdentity(user), in: &directory)
        }
        let first = try directory.kept(PublicIdentity(received: name))
        let user: PrivateIdentity?
        let subscription: Subscription
        if let userName = request.userName {
            let given = PrivateIdentity(userName)
            switch try Party.find(given, first, in: &directory) {
            case .failure(let denial): return .failure(denial)
            case .success(let party): subscription = party.subscription
            }
            user = given
        } else {
            guard first.isStorable, let found = try directory.subscription(holding: first) else {
                return .failure(.unknown(first))
            }
            subscription = found
            user = nil
        }
        return try collect(request, user, first, subscription, in: &directory)
    }

    private static func all(
        of user: PrivateIdentity, in directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Result<Target, Denial> {
        guard user.isStorable, let subscription = try directory.subscription(holding: user),
            let index = subscription.index(of: user)
        else { return .failure(.unknown(user)) }
        let mine = subscription.registrations.indices.filter {
            subscription.registrations[$0].privateIdentity == index
        }
        let live = mine.filter { subscription.registrations[$0].state != .notRegistered }
        guard let any = mine.first, let identity = subscription.identities(of: index).first else {
            return .failure(.unknown(user))
        }
        return .success(
            Target(
                subscription: subscription, registrations: live.isEmpty ? mine : live, privateIdentity: user,
                identity: identity, implicitSet: subscription.registrations[any].implicitSet))
    }

    private static func collect(
        _ request: ServerAssignmentRequest, _ user: PrivateIdentity?, _ first: PublicIdentity,
        _ subscription: Subscription, in directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Result<Target, Denial> {
        let privateIndex = user.flatMap { subscription.index(of: $0) }
        var registrations: [Int] = []
        var firstSet = 0
        for (position, text) in request.publicIdentities.enumerated() {
            let identity = position == 0 ? first : PublicIdentity(received: text)
            guard let index = subscription.index(of: identity) else {
                if let user, case .failure(let denial) = try Party.find(user, identity, in: &directory) {
                    return .failure(denial)
                }
                return .failure(.unknown(identity))
            }
            guard subscription.publicIdentities[index].isActive || !request.serverAssignmentType.returnsUserData else {
                return .failure(.inactive(identity))
            }
            let set = subscription.publicIdentities[index].implicitSet
            if position == 0 { firstSet = set }
            for candidate in subscription.registrations.indices {
                let registration = subscription.registrations[candidate]
                guard registration.implicitSet == set, !registrations.contains(candidate),
                    privateIndex == nil || registration.privateIdentity == privateIndex
                else { continue }
                registrations.append(candidate)
            }
        }
        guard let any = registrations.first else { return .failure(.unknown(first)) }
        let holder = subscription.privateIdentities[subscription.registrations[any].privateIdentity].identity
        return .success(
            Target(
                subscription: subscription, registrations: registrations, privateIdentity: user ?? holder,
                identity: first, implicitSet: firstSet))
    }
}

extension Target {
    /// What S-CSCFs have left of the set, for one that says it can use it (feature IMSRestorationInd, TS 29.229 §7.1.1).
    fileprivate func restorations(for request: ServerAssignmentRequest) -> [ServingCSCFRestoration] {
        guard request.supportedFeatures.cx.contains(.restoration) else { return [] }
        return subscription.registrations.filter { $0.implicitSet == implicitSet }.compactMap(\.restoration)
    }
}

extension Subscription {
    /// The pending authentication ends with every move; what was left for a restart ends with the registration.
    fileprivate mutating func move(_ indices: [Int], to state: Registration.State) {
        for index in indices {
            registrations[index].state = state
            registrations[index].isAuthenticationPending = false
            if state != .registered { registrations[index].restoration = nil }
        }
    }

    /// TS 23.380 §4: a registration leaves what the S-CSCF needs after a restart, and a later one replaces it.
    fileprivate mutating func keep(_ request: ServerAssignmentRequest, _ indices: [Int]) {
        guard request.restoration != nil || request.serverAssignmentType == .registration else { return }
        for index in indices { registrations[index].restoration = request.restoration }
    }
}

extension ServerAssignmentType {
    /// TS 29.228 §6.1.2: only the de-registrations speak of several identities, or of none.
    fileprivate var takesSeveralIdentities: Bool {
        switch self {
        case .timeoutDeregistration, .userDeregistration, .timeoutDeregistrationStoreServerName,
            .userDeregistrationStoreServerName, .administrativeDeregistration, .deregistrationTooMuchData:
            true
        case .noAssignment, .registration, .reRegistration, .unregisteredUser, .authenticationFailure,
            .authenticationTimeout, .aaaUserDataRequest, .pgwUpdate:
            false
        }
    }

    fileprivate var returnsUserData: Bool {
        switch self {
        case .noAssignment, .registration, .reRegistration, .unregisteredUser: true
        case .timeoutDeregistration, .userDeregistration, .timeoutDeregistrationStoreServerName,
            .userDeregistrationStoreServerName, .administrativeDeregistration, .authenticationFailure,
            .authenticationTimeout, .deregistrationTooMuchData, .aaaUserDataRequest, .pgwUpdate:
            false
        }
    }

    /// Whether the type makes sense in a state.
    fileprivate func fits(_ state: Registration.State) -> Bool {
        switch self {
        case .registration, .authenticationFailure, .authenticationTimeout: true
        case .reRegistration: state == .registered
        case .unregisteredUser: state != .registered
        case .timeoutDeregistration, .userDeregistration, .timeoutDeregistrationStoreServerName,
            .userDeregistrationStoreServerName, .administrativeDeregistration, .deregistrationTooMuchData:
            state != .notRegistered
        case .noAssignment: true
        case .aaaUserDataRequest, .pgwUpdate: false  // of the AAA server and the PDN gateway, not of a CSCF
        }
    }
}
