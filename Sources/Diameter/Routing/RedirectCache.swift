import Octets

/// Redirect-Host-Usage, RFC 6733 §6.13: what else goes to the host of a redirect.
package enum RedirectHostUsage: UInt32, AVPValue, CaseIterable {
    case dontCache = 0
    case allSession = 1
    case allRealm = 2
    case realmAndApplication = 3
    case allApplication = 4
    case allHost = 5
    case allUser = 6

    /// The order in which cached routes are looked at, §6.13.
    static let precedence: [RedirectHostUsage] = [
        .allSession, .allUser, .realmAndApplication, .allRealm, .allApplication, .allHost,
    ]
}

/// Routes learnt from redirect answers, RFC 6733 §6.1.8, each for as long as Redirect-Max-Cache-Time says.
package struct RedirectCache: Sendable {
    /// Routes kept at most; the one that ends first makes room.
    package static let capacity = 256
    /// However long the answer says: a forgotten redirect costs one more answer, a wrong one until it ends.
    package static let longest = Duration.seconds(86_400)

    private enum Criterion: Hashable, Sendable {
        case session(OctetSlice)
        case user(OctetSlice)
        case realmAndApplication(OctetSlice, ApplicationID)
        case realm(OctetSlice)
        case application(ApplicationID)
        case host(DiameterIdentity)
    }

    private var routes: [Criterion: (host: DiameterIdentity, until: Instant)] = [:]

    package init() {}

    package var count: Int { routes.count }

    /// Keeps the redirect of `request` by `agent` to `host`, if its usage asks for it and the request has what it needs.
    package mutating func insert(
        _ usage: RedirectHostUsage, to host: DiameterIdentity, for request: DiameterMessage, by agent: DiameterIdentity,
        lasting span: Duration, at now: Instant
    ) {
        guard span > .zero, let criterion = criterion(usage, request, at: agent) else { return }
        if routes.count >= Self.capacity {
            routes = routes.filter { $0.value.until > now }
            if routes.count >= Self.capacity, let soonest = routes.min(by: { $0.value.until < $1.value.until }) {
                routes[soonest.key] = nil
            }
        }
        routes[criterion] = (host, now + min(span, Self.longest))
    }

    /// The host that a request is redirected to, by the precedence of §6.13. ALL_HOST is asked for with the peer that
    /// the request would go to otherwise.
    package func host(for request: DiameterMessage, at now: Instant) -> DiameterIdentity? {
        guard !routes.isEmpty else { return nil }
        for usage in RedirectHostUsage.precedence where usage != .allHost {
            if let criterion = criterion(usage, request, at: nil), let route = routes[criterion], route.until > now {
                return route.host
            }
        }
        return nil
    }

    package func host(insteadOf peer: DiameterIdentity, at now: Instant) -> DiameterIdentity? {
        guard !routes.isEmpty, let route = routes[.host(peer)], route.until > now else { return nil }
        return route.host
    }

    /// §6.14: the host cannot be reached any more.
    package mutating func remove(_ host: DiameterIdentity) {
        guard !routes.isEmpty else { return }
        routes = routes.filter { $0.value.host != host }
    }

    private func criterion(
        _ usage: RedirectHostUsage, _ request: DiameterMessage, at agent: DiameterIdentity?
    ) -> Criterion? {
        // The octets are copied out: a slice would keep the whole request.
        func octets<Value>(_ key: AVPKey<Value>) -> OctetSlice? {
            request.avp(key).map { OctetSlice($0.data.array) }
        }
        switch usage {
        case .dontCache: return nil
        case .allSession: return octets(.sessionID).map { .session($0) }
        case .allUser: return octets(.userName).map { .user($0) }
        case .realmAndApplication:
            return octets(.destinationRealm).map { .realmAndApplication($0, request.applicationID) }
        case .allRealm: return octets(.destinationRealm).map { .realm($0) }
        case .allApplication: return .application(request.applicationID)
        case .allHost: return agent.map { .host($0) }
        }
    }
}
