import Cx
import IMS
import Octets
import SIP

extension InterrogatingCSCF {
    /// The UAR for a REGISTER, TS 24.229 §5.3.1.2 and TS 29.228 §6.1.1.
    static func question(
        _ request: SIPMessage, _ configuration: InterrogatingCSCFConfiguration
    ) -> Result<UserAuthorizationRequest, Problem> {
        guard case .sip(let uri)? = try? request.parsedRequestURI(),
            configuration.servedDomains.contains(uri.host.string.lowercased())
        else {
            return .failure(
                Problem(
                    .notFound, "DOMAIN_NOT_SERVED", "\(request.requestURI) is not a domain of ours",
                    hint: configuration.servedDomainsHint))
        }
        guard let to = (try? request.first(To.self)) ?? nil, let target = try? to.address.parsedURI(),
            let identity = PublicIdentity(target)
        else {
            return .failure(
                Problem(.badRequest, "NO_PUBLIC_IDENTITY", "the To header names no SIP or tel identity"))
        }
        return .success(
            UserAuthorizationRequest(
                userName: request.privateIdentity?.string ?? derivedPrivateIdentity(identity),
                publicIdentity: identity.text,
                visitedNetworkIdentifier: visitedNetwork(request, home: uri.host),
                userAuthorizationType: isDeregistration(request) ? .deregistration : .registration,
                flags: isForEmergency(request) ? .emergencyRegistration : []))
    }

    /// Without Authorization the IMPI is the IMPU without its scheme: TS 23.003 §13.4, TS 24.229 §5.3.1.2.
    private static func derivedPrivateIdentity(_ identity: PublicIdentity) -> String {
        guard let colon = identity.text.firstIndex(of: ":") else { return identity.text }
        return String(identity.text[identity.text.index(after: colon)...])
    }

    /// P-Visited-Network-ID, RFC 7315 §4.3, without its quotes; our own network when a P-CSCF of ours left it out.
    private static func visitedNetwork(_ request: SIPMessage, home: OctetSlice) -> OctetSlice {
        guard let value = request.firstValue(.pVisitedNetworkID), let first = value.first else { return home }
        guard first == UInt8(ascii: "\""), value.count >= 2, value.last == first else { return value }
        return value[value.start + 1..<value.end - 1]
    }

    /// Every contact leaves: TS 29.228 §6.1.1, User-Authorization-Type.
    private static func isDeregistration(_ request: SIPMessage) -> Bool {
        let contacts = (try? request.all(Contact.self)) ?? []
        guard !contacts.isEmpty else { return false }
        return contacts.allSatisfy { ($0.expires ?? request.expires) == 0 }
    }

    /// `sos` in a Contact URI, TS 24.229 §5.3.1.2: the HSS lets the user in wherever he is, and barred or not.
    private static func isForEmergency(_ request: SIPMessage) -> Bool {
        let contacts = (try? request.all(Contact.self)) ?? []
        return contacts.contains { contact in
            guard case .sip(let uri)? = try? contact.address.parsedURI() else { return false }
            return uri.parameters.contains("sos")
        }
    }

    /// `integrity-protected` of the P-CSCF says that the user is registered where the request comes from.
    static func isProtected(_ request: SIPMessage) -> Bool {
        guard let authorization = (try? request.first(Authorization.self)) ?? nil else { return false }
        switch IntegrityProtection(authorization.credentials) {
        case .securityAssociation, .tls, .address: return true
        case .unprotected, .tlsPending, .addressPending, .tlsConnected, .authenticated, nil: return false
        }
    }
}

extension SIPMessage {
    /// Makes the S-CSCF challenge a REGISTER whatever way it came: `integrity-protected` says what it says of one that did
    /// not come through the security association or session of its user (TS 24.229 §7.2A.2).
    mutating func denyProtection() {
        do throws(SIPSyntaxError) {
            var all = try all(Authorization.self)
            for index in all.indices {
                switch IntegrityProtection(all[index].credentials) {
                case .securityAssociation: all[index].credentials.set("integrity-protected", quoted: "no")
                case .tls: all[index].credentials.set("integrity-protected", quoted: "tls-pending")
                case .address: all[index].credentials.set("integrity-protected", quoted: "ip-assoc-pending")
                case .unprotected, .tlsPending, .addressPending, .tlsConnected, .authenticated, nil: break
                }
            }
            remove(.authorization)
            for authorization in all { append(authorization) }
        } catch {
            return  // what cannot be read the S-CSCF refuses
        }
    }
}
