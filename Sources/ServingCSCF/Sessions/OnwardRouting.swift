import IMS
import Octets
import SIP
import ServiceTriggers

/// Where a request goes when all services have had it: TS 24.229 §5.4.3.2 for one that its user sends,
/// also after diversion, and §5.4.3.3 for one to its user.
extension ServingCSCF {
    mutating func leave(
        _ served: ServedRequest, _ transaction: ServerTransactionID, _ user: ServedUser, at now: Instant,
        into actions: inout [Order]
    ) {
        if served.isTerminating {
            deliver(served, transaction, to: user, at: now, into: &actions)
        } else {
            routeOnward(served, transaction, at: now, into: &actions)
        }
    }

    private mutating func routeOnward(
        _ served: ServedRequest, _ transaction: ServerTransactionID, at now: Instant, into actions: inout [Order]
    ) {
        do throws(SessionFault) {
            try checkRoute(of: served.message)
            let uri: URI
            do { uri = try served.message.parsedRequestURI() } catch { throw .malformed(error) }
            guard !served.message.contains(.route) else {
                return try depart(served, transaction, at: now, into: &actions)
            }
            if let number = DialledNumber(uri, isHome: isHomeDomain) {
                return try routeNumber(served, transaction, number, at: now, into: &actions)
            }
            switch uri {
            case .sip: try depart(served, transaction, at: now, into: &actions)
            case .tel(let number): throw .numberNotRoutable(number.description)
            case .other:
                guard let service = uri.serviceURN, service.isEmergency else {
                    throw .unsupportedScheme(served.message.requestURI)
                }
                let route = try emergencyRoute(service, served.message.requestURI)
                try depart(served, transaction, by: [route], at: now, into: &actions)
            }
        } catch {
            reject(served.message, transaction, error, from: served.arrival, into: &actions)
        }
    }

    /// By these Routes, those it has, or its Request-URI.
    mutating func depart(
        _ request: ServedRequest, _ transaction: ServerTransactionID, by routes: [OctetSlice] = [], at now: Instant,
        into actions: inout [Order]
    ) throws(SessionFault) {
        var served = request
        let target: Target
        do throws(SIPSyntaxError) {
            if routes.isEmpty, !served.message.contains(.route),
                case .sip(let uri) = try served.message.parsedRequestURI()
            {
                keepInside(&served.message, towards: uri.host)
            }
            target = try Target(served.message.requestURI, routes: routes)
        } catch {
            throw .malformed(error)
        }
        try startTimer(&served)
        relay(served, transaction, to: [target], at: now, into: &actions)
    }

    /// A15: a server may have the request pass others of our network, but not carry it away.
    private func checkRoute(of request: SIPMessage) throws(SessionFault) {
        guard request.contains(.route) else { return }
        do throws(SIPSyntaxError) {
            guard let first = try request.first(Route.self) else { return }
            guard case .sip(let uri) = try first.address.parsedURI(), isTrusted(uri.host) else {
                throw SIPSyntaxError(.uri, .route)
            }
        } catch {
            throw .foreignRoute(request.firstValue(.route) ?? OctetSlice())
        }
    }

    /// RFC 3324 §4, RFC 7315 §5: what leaves the trust domain leaves without what is for those in it.
    func keepInside(_ request: inout SIPMessage, towards host: OctetSlice) {
        guard !isTrusted(host) else { return }
        request.remove(.pChargingFunctionAddresses)
        request.remove(.pAccessNetworkInfo)
        do {
            guard try request.first(Privacy.self)?.asks(for: .id) == true else { return }
        } catch {}  // what cannot be read may ask for it
        request.remove(.pAssertedIdentity)
    }

    /// RFC 5031 §3: the service itself, or one that it is a kind of.
    private func emergencyRoute(_ service: ServiceURN, _ uri: OctetSlice) throws(SessionFault) -> OctetSlice {
        let routes = configuration.sessions.emergencyRoutes
        var wanted: ServiceURN? = service
        while let name = wanted {
            if let entry = routes.first(where: { $0.service == name }) {
                do {
                    var route = try SIPURI(parsing: entry.uri)
                    if !route.isLooseRouter { route.parameters.set("lr") }
                    return OctetSlice("<\(route.text)>")
                } catch {
                    throw .noEmergencyRoute(uri)
                }
            }
            wanted = name.parent
        }
        throw .noEmergencyRoute(uri)
    }
}
