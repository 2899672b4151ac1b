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
        guard reference == .repositoryData else {
            return party.subscription.add(reference, of: party.record, to: &self)
        }
        for service in services {
            let stored = try directory.repositoryData(of: party.record.identity, service: service.string)
            if let stored { repositoryData.append(stored) }
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
        return try directory.dataSubscriptions(
            to: .repositoryData, service: data.serviceIndication, of: identity
        ).filter { $0.host != host }.map { .notification(DataNotification(to: $0, document)) }
    }
}

/// SNR: an application server wants to hear of changes, or no longer, TS 29.328 §6.1.3.
///
/// A subscription lasts until its Expiry-Time, or without end; a later one for the same data renews it.
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
            where !(reference == .repositoryData || DataReference.watched.contains(reference))
                || !party.access.subscribe.contains(reference)
            {
                return refused(.notPermitted(host, "subscribe to", reference, .userDataCannotBeNotified))
            }
            var data = ShData()
            for reference in request.dataReferences {
                let services = reference == .repositoryData ? request.serviceIndications.map(\.string) : [""]
                for service in services {
                    let wanted = DataSubscription(
                        identity: party.record.identity, host: host, realm: realm, reference: reference,
                        serviceIndication: service, expires: request.expiryTime?.secondsSince1970)
                    switch request.type {
                    case .subscribe: try directory.subscribe(wanted)
                    case .unsubscribe:
                        guard try directory.unsubscribe(wanted) else { return refused(.noSubscription(host)) }
                    }
                }
                try data.add(reference, request.serviceIndications, of: party, from: &directory)
            }
            guard request.type == .subscribe else { return Decision(SubscribeNotificationsAnswer(.success)) }
            let wantsData = request.sendDataIndication == .userDataRequested
            return Decision(
                SubscribeNotificationsAnswer(
                    .success, userData: wantsData ? OctetSlice(data.xml) : nil, expiryTime: request.expiryTime))
        }
    }
}
