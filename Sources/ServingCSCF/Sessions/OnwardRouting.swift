import IMS
import Octets
import SIP
import ServiceTriggers

/// Where a request goes when all services have had it: TS 24.229 §5.4.3.2 from step 8 on for one that its user sends,
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
        _ request: ServedRequest, _ transaction: ServerTransactionID, at now: Instant, into actions: inout [Order]
    ) {
        var served = request
        do throws(SessionFault) {
            try checkRoute(of: served.message)
            let uri: URI
            do { uri = try served.message.parsedRequestURI() } catch { throw .malformed(error) }
            var routes: [OctetSlice] = []
            switch uri {
            case .sip(let sip): if !served.message.contains(.route) { keepInside(&served.message, towards: sip.host) }
            case .tel(let number):
                guard served.message.contains(.route) else { throw .numberNotRoutable(number.description) }
            case .other:
                guard let service = uri.serviceURN, service.isEmergency else {
                    throw .unsupportedScheme(served.message.requestURI)
                }
                routes = [try emergencyRoute(service, served.message.requestURI)]
            }
            try startTimer(&served)
            let target: Target
            do {
                target = try Target(served.message.requestURI, routes: routes)
            } catch {
                throw .malformed(error)
            }
            relay(served, transaction, to: [target], at: now, into: &actions)
        } catch {
            reject(request.message, transaction, error, from: request.arrival, into: &actions)
        }
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
    private func keepInside(_ request: inout SIPMessage, towards host: OctetSlice) {
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
