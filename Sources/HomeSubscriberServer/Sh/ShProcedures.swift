import Cx
import Diameter
import IMS
import Octets
import Sh

/// UDR: an application server reads, TS 29.328 §6.1.1.
package enum ShPull {
    package static func decide(
        _ request: UserDataRequest, from host: DiameterIdentity, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<UserDataAnswer> {
        let subject = Subject(publicIdentity: request.userIdentity.publicIdentity, peer: host.name)
        switch try ShParty.find(request.userIdentity, from: host, in: &directory) {
        case .failure(let denial): return .refused(UserDataAnswer(denial.result), denial.refusal, about: subject)
        case .success(let party):
            if let reference = request.dataReferences.first(where: { !party.access.pull.contains($0) }) {
                let denial = Denial.notPermitted(host, "read", reference, .userDataCannotBeRead)
                return .refused(UserDataAnswer(denial.result), denial.refusal, about: subject)
            }
            var data = ShData()
            for reference in request.dataReferences {
                try data.add(reference, request.serviceIndications, of: party, from: &directory)
            }
            return Decision(UserDataAnswer(.success, userData: OctetSlice(data.xml)))
        }
    }
}

extension ShData {
    /// TS 29.328 §7.6: what there is of the kind; what there is not is left out.
    fileprivate mutating func add(
        _ reference: DataReference, _ services: [OctetSlice], of party: ShParty,
        from directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) {
        let set = party.record.implicitSet
        switch reference {
        case .repositoryData:
            for service in services {
                let stored = try directory.repositoryData(of: party.record.identity, service: service.string)
                if let stored { repositoryData.append(stored) }
            }
        case .imsPublicIdentity: publicIdentities = party.subscription.identities(inSet: set).map(\.identity.text)
        case .imsUserState: userState = party.subscription.userState(ofSet: set)
        case .servingCSCFName: servingCSCFName = party.subscription.servingCSCF?.name
        case .initialFilterCriteria: filterCriteria = party.record.serviceProfile.wholeCriteria
        case .chargingInformation: chargingInformation = party.subscription.chargingInformation
        case .msisdn:
            msisdns = party.subscription.publicIdentities.compactMap {
                $0.identity.text.hasPrefix("tel:+") ? String($0.identity.text.dropFirst(5)) : nil
            }
        default: break  // nothing of these is kept here
        }
    }
}

extension Subscription {
    /// TS 29.328 §7.6.3: the strongest state of the set.
    fileprivate func userState(ofSet set: Int) -> ShData.UserState {
        switch state(ofSet: set) {
        case .registered: .registered
        case .unregistered: .registeredForUnregisteredServices
        case .notRegistered:
            registrations.contains { $0.implicitSet == set && $0.isAuthenticationPending }
                ? .authenticationPending : .notRegistered
        }
    }
}

/// PUR: an application server changes repository data, TS 29.328 §6.1.2.
package enum ShUpdate {
    /// Octets of ServiceData that are kept.
    static let limit = 65_536

    package static func decide(
        _ request: ProfileUpdateRequest, from host: DiameterIdentity, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<ProfileUpdateAnswer> {
        let subject = Subject(publicIdentity: request.userIdentity.publicIdentity, peer: host.name)
        func refused(_ denial: Denial) -> Decision<ProfileUpdateAnswer> {
            .refused(ProfileUpdateAnswer(denial.result), denial.refusal, about: subject)
        }
        switch try ShParty.find(request.userIdentity, from: host, in: &directory) {
        case .failure(let denial): return refused(denial)
        case .success(let party):
            for reference in request.dataReferences
            where reference != .repositoryData || !party.access.update.contains(reference) {
                return refused(.notPermitted(host, "change", reference, .userDataCannotBeModified))
            }
            let data: RepositoryData?
            do throws(UserProfileError) { data = try RepositoryData.read(request.userData) } catch {
                return refused(.notRecognised(error.description))
            }
            guard let data, data.serviceIndication.utf8.count <= 256 else {
                return refused(.notRecognised("it is not one RepositoryData in Sh-Data"))
            }
            let identity = party.record.identity
            let stored = try directory.repositoryData(of: identity, service: data.serviceIndication)
            if let denial = objection(to: data, over: stored) { return refused(denial) }
            try directory.setRepositoryData(data, of: identity)
            return Decision(
                ProfileUpdateAnswer(.success), news: try news(of: data, identity, host, on: &directory))
        }
    }

    /// TS 29.328 §6.1.2.1, §7.6.1: the number is one further than the stored one, and 0 for new data.
    private static func objection(to data: RepositoryData, over stored: RepositoryData?) -> Denial? {
        if let count = data.serviceData?.count, count > limit { return .tooMuchData(count, limit: limit) }
        guard let stored else {
            guard data.serviceData != nil else { return .nothingToRemove(data.serviceIndication) }
            return data.sequenceNumber == 0
                ? nil : .outOfSync(data.serviceIndication, sent: data.sequenceNumber, stored: nil)
        }
        let next = stored.sequenceNumber >= 65_535 ? 1 : stored.sequenceNumber + 1
        return data.sequenceNumber == next
            ? nil : .outOfSync(data.serviceIndication, sent: data.sequenceNumber, stored: stored.sequenceNumber)
    }

    /// Whoever else wants to know, TS 29.328 §6.1.4.
    private static func news(
        of data: RepositoryData, _ identity: PublicIdentity, _ host: DiameterIdentity,
        on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> [DirectoryNews] {
        var document = ShData()
        document.repositoryData = [data]
        let request = PushNotificationRequest(
            userIdentity: UserIdentity(publicIdentity: identity.text), userData: OctetSlice(document.xml))
        return try directory.dataSubscriptions(to: data.serviceIndication, of: identity).filter { $0.host != host }.map
        {
            .notification(DataNotification(host: $0.host, realm: $0.realm, request: request))
        }
    }
}

/// SNR: an application server wants to hear of changes, or no longer, TS 29.328 §6.1.3. Repository data only.
package enum ShSubscription {
    package static func decide(
        _ request: SubscribeNotificationsRequest, from host: DiameterIdentity, realm: DiameterIdentity,
        on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Decision<SubscribeNotificationsAnswer> {
        let subject = Subject(publicIdentity: request.userIdentity.publicIdentity, peer: host.name)
        func refused(_ denial: Denial) -> Decision<SubscribeNotificationsAnswer> {
            .refused(SubscribeNotificationsAnswer(denial.result), denial.refusal, about: subject)
        }
        switch try ShParty.find(request.userIdentity, from: host, in: &directory) {
        case .failure(let denial): return refused(denial)
        case .success(let party):
            for reference in request.dataReferences
            where reference != .repositoryData || !party.access.subscribe.contains(reference) {
                return refused(.notPermitted(host, "subscribe to", reference, .userDataCannotBeNotified))
            }
            var data = ShData()
            for service in request.serviceIndications.map(\.string) {
                let wanted = DataSubscription(
                    identity: party.record.identity, host: host, realm: realm, serviceIndication: service)
                switch request.type {
                case .subscribe: try directory.subscribe(wanted)
                case .unsubscribe:
                    guard try directory.unsubscribe(wanted) else { return refused(.noSubscription(host)) }
                }
                let stored = try directory.repositoryData(of: party.record.identity, service: service)
                if let stored { data.repositoryData.append(stored) }
            }
            let wantsData = request.type == .subscribe && request.sendDataIndication == .userDataRequested
            return Decision(
                SubscribeNotificationsAnswer(.success, userData: wantsData ? OctetSlice(data.xml) : nil))
        }
    }
}
