import Cx
import Diameter
import IMS
import Octets

/// What the operator does to a subscriber through the running HSS, so that the S-CSCF hears of it at once.
package enum Administration: Equatable, Sendable {
    /// Ends the registration of a private identity, or of the implicit set of a public one.
    case kick(String, DeregistrationReason)
    /// Sends the profile of every registered set to the S-CSCF: after a change of profile or charging addresses.
    case push(String)
    /// TS 23.008 §3.1.3; a set of which nothing is left unbarred is de-registered.
    case bar(String, Bool)
    /// Removes the subscription that holds an identity.
    case remove(String)

    /// nil for another command.
    static func reading(_ command: Command) -> Result<Administration, Query.Mistake>? {
        guard ["kick", "push", "bar", "unbar", "remove"].contains(command.name) else { return nil }
        guard let identity = command.arguments["identity"], !identity.isEmpty else {
            return .failure(
                Query.Mistake(sentence: "\(command.name): the argument identity is missing, an IMPI or IMPU"))
        }
        switch command.name {
        case "push": return .success(.push(identity))
        case "bar": return .success(.bar(identity, true))
        case "unbar": return .success(.bar(identity, false))
        case "remove": return .success(.remove(identity))
        default:
            let word = command.arguments["reason"] ?? "permanent-termination"
            guard let code = reasons[word] else {
                return .failure(
                    Query.Mistake(
                        sentence: "reason: \(word) is none of \(reasons.keys.sorted().joined(separator: ", "))"))
            }
            return .success(.kick(identity, DeregistrationReason(code, info: command.arguments["info"])))
        }
    }

    /// Reason-Code of an RTR, TS 29.229 §6.3.17, by the operator's words.
    package static let reasons: [String: DeregistrationReasonCode] = [
        "permanent-termination": .permanentTermination, "server-change": .serverChange,
        "remove-scscf": .removeServingCSCF,
    ]

    private var words: (action: String, name: String) {
        switch self {
        case .kick(let name, _): ("kick", name)
        case .push(let name): ("push", name)
        case .bar(let name, let isBarred): (isBarred ? "bar" : "unbar", name)
        case .remove(let name): ("remove subscriber", name)
        }
    }

    /// Does it inside one transaction: the answer for the operator, and what S-CSCFs are to be told.
    package func execute(
        on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> (report: Report, news: [DirectoryNews]) {
        let before = try directory.subscription(named: words.name)
        let done = try carriedOut(on: &directory)
        guard done.report["error"] == nil else { return done }
        try directory.note(words.action, about: words.name)
        if let before, let after = try directory.subscription(named: words.name) {
            try directory.leave(after.changedData(since: before, of: directory.watchedReferences()))
        }
        return done
    }

    private func carriedOut(
        on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> (report: Report, news: [DirectoryNews]) {
        switch self {
        case .kick(let name, let reason):
            guard let subscription = try directory.subscription(named: name) else { return Self.unknown(name) }
            return try Self.report(
                name, try Termination(subscription, name)?.execute(reason, on: &directory),
                nothing: "No S-CSCF holds \(name): there is nothing to end.", on: &directory)
        case .push(let name):
            guard let subscription = try directory.subscription(named: name) else { return Self.unknown(name) }
            let notices = subscription.profileNotices
            return try Self.report(
                name, notices.isEmpty ? nil : notices,
                nothing: "No S-CSCF holds \(name): the next registration takes the profile as it is.", on: &directory)
        case .bar(let name, let isBarred): return try Self.bar(name, isBarred, on: &directory)
        case .remove(let name):
            guard let subscription = try directory.subscription(named: name) else { return Self.unknown(name) }
            let notices = subscription.notices(becoming: nil)
            try directory.remove(subscription.id)
            return (Self.done(name, notices), try directory.post(notices))
        }
    }

    private static func bar(
        _ name: String, _ isBarred: Bool, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> (report: Report, news: [DirectoryNews]) {
        let identity = PublicIdentity(canonical: name)
        guard var subscription = try directory.subscription(holding: identity),
            let index = subscription.index(of: identity)
        else { return unknown(name) }
        try directory.setBarred(isBarred, identity, of: subscription.id)
        subscription.publicIdentities[index].isBarred = isBarred
        let set = subscription.publicIdentities[index].implicitSet
        let notices: [Notice]
        if subscription.defaultIdentity(ofSet: set) == nil {
            notices =
                try Termination(subscription, name)?.execute(
                    DeregistrationReason(.permanentTermination), on: &directory) ?? []
        } else {
            notices = subscription.profileNotice(ofSet: set).map { [$0] } ?? []
        }
        return (done(name, notices), try directory.post(notices))
    }

    private static func report(
        _ name: String, _ notices: [Notice]?, nothing: String, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> (report: Report, news: [DirectoryNews]) {
        guard let notices else { return (.error(nothing), []) }
        return (done(name, notices), try directory.post(notices))
    }

    private static func done(_ name: String, _ notices: [Notice]) -> Report {
        [
            "identity": .text(name),
            "sent": .list(notices.map(\.report)),
        ]
    }

    private static func unknown(_ name: String) -> (report: Report, news: [DirectoryNews]) {
        (.error("No subscriber has the identity \(name)."), [])
    }
}

/// The end of registrations from the network's side, TS 29.228 §6.1.3: the HSS forgets them, then tells the S-CSCF.
private struct Termination {
    let subscription: Subscription
    let server: AssignedServingCSCF
    /// Indices of the registrations that end; at least one.
    let registrations: [Int]
    /// Empty for all of the private identities.
    let publicIdentities: [String]

    /// Of a private identity all, of a public one its implicit set; nil when no S-CSCF holds them.
    init?(_ subscription: Subscription, _ name: String) {
        let set = subscription.index(of: PublicIdentity(canonical: name)).map {
            subscription.publicIdentities[$0].implicitSet
        }
        let user = subscription.index(of: PrivateIdentity(name))
        self.init(subscription, publicIdentities: set.map { subscription.identities(inSet: $0) } ?? []) {
            registration in
            set.map { registration.implicitSet == $0 } ?? (registration.privateIdentity == user)
        }
    }

    private init?(
        _ subscription: Subscription, publicIdentities: [PublicIdentityRecord], where isMeant: (Registration) -> Bool
    ) {
        let meant = subscription.registrations.indices.filter { index in
            let registration = subscription.registrations[index]
            return isMeant(registration)
                && (registration.state != .notRegistered || registration.isAuthenticationPending)
        }
        guard let server = subscription.servingCSCF, !meant.isEmpty else { return nil }
        self.subscription = subscription
        self.server = server
        registrations = meant
        self.publicIdentities = publicIdentities.map(\.identity.text)
    }

    func execute(
        _ reason: DeregistrationReason, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> [Notice] {
        var after = subscription
        for index in registrations {
            after.registrations[index].state = .notRegistered
            after.registrations[index].isAuthenticationPending = false
            after.registrations[index].restoration = nil
            try directory.setRegistration(after.registrations[index], of: subscription.id)
        }
        if !after.needsServingCSCF { try directory.setServingCSCF(nil, of: subscription.id) }
        var users: [String] = []
        for index in registrations {
            let position = subscription.registrations[index].privateIdentity
            let user = subscription.privateIdentities[position].identity.text
            if !users.contains(user) { users.append(user) }
        }
        guard let first = users.first else { return [] }
        let request = RegistrationTerminationRequest(
            userName: first, associatedIdentities: Array(users.dropFirst()), publicIdentities: publicIdentities,
            deregistrationReason: reason)
        return [Notice(server: server, content: .termination(request))]
    }
}

extension Subscription {
    /// A PPR for each set that an S-CSCF holds.
    var profileNotices: [Notice] {
        Set(publicIdentities.map(\.implicitSet)).sorted().compactMap { profileNotice(ofSet: $0) }
    }

    /// The PPR for a set; nil when no S-CSCF holds it.
    ///
    /// - Parameters:
    ///   - user: whose registration; nil for the first one of the set.
    ///   - bringsCredential: whether it brings the user's digest.
    func profileNotice(
        ofSet set: Int, for user: PrivateIdentity? = nil, bringsCredential: Bool = false
    ) -> Notice? {
        let held = registrations.first { registration in
            registration.implicitSet == set && registration.state != .notRegistered
                && (user == nil || privateIdentities[registration.privateIdentity].identity == user)
        }
        guard let servingCSCF, let held else { return nil }
        let record = privateIdentities[held.privateIdentity]
        let user = record.identity
        var item: AuthenticationItem?
        if bringsCredential, case .digest(let secret) = record.credential { item = .digest(secret.revealedCredential) }
        return Notice(
            server: servingCSCF,
            content: .profile(
                PushProfileRequest(
                    userName: user.text,
                    userData: userData(
                        for: user, implicitSet: set, features: servingCSCF.features),
                    chargingInformation: chargingInformation, authenticationItem: item), implicitSet: set))
    }
}

extension SubscriberDirectory {
    /// By an IMPU, which has a colon, or an IMPI.
    mutating func subscription(named name: String) throws(DirectoryFailure) -> Subscription? {
        guard !name.utf8.contains(0) else { return nil }
        return name.utf8.contains(UInt8(ascii: ":"))
            ? try subscription(holding: PublicIdentity(canonical: name))
            : try subscription(holding: PrivateIdentity(name))
    }

    /// A PPR made anew; nil when the record is gone or no S-CSCF holds it.
    mutating func renewed(_ notice: Notice) throws(DirectoryFailure) -> Notice? {
        guard case .profile(let request, let set) = notice.content else { return notice }
        return try subscription(holding: notice.user)?.profileNotice(
            ofSet: set, for: notice.user, bringsCredential: request.authenticationItem != nil)
    }

    /// Keeps notices and says so to the role.
    mutating func post(_ notices: [Notice]) throws(DirectoryFailure) -> [DirectoryNews] {
        var news: [DirectoryNews] = []
        for notice in notices {
            news.append(.notice(StoredNotice(id: try enqueue(notice), notice: notice)))
        }
        return news
    }
}
