import Cx
import IMS
import Octets
import SIP

/// Authentication of requests other than REGISTER, TS 24.229 §5.4.3.2 and §5.4.3.6.1 (the wording could not be looked up):
/// of users with SIP Digest whose requests nothing protects.
///
///     request ─┬─ credentials right ───────────▶ on, without them
///              ├─ none, or of an old nonce ────▶ 407 with a challenge of the registration's realm and algorithm
///              └─ wrong password, another user ▶ 403
///
/// Which users those are the registration says: its REGISTER was answered with a password, and `integrity-protected` did
/// not tell of TLS. Requests inside dialogs are not asked again: the seal in our Record-Route lets nobody else in.
extension ServingCSCF {
    /// The registration that a REGISTER has brought about: whether the requests that follow it have to prove their sender.
    mutating func keepSecret(of request: RegisterRequest) {
        let identity = request.privateIdentity
        guard let proof = request.proof else { return }
        let secret: DigestSecret? =
            switch proof {
            case .keys: nil
            case .password(let secret): request.isOverTLS ? nil : secret
            }
        guard isRegistered(request), requestAuthentication[identity] != secret else { return }
        requestAuthentication[identity] = secret
        noteSecret(of: identity)
    }

    /// A new password, which the HSS has told by PPR (TS 29.228 §6.2.2).
    mutating func replaceSecret(of identity: PrivateIdentity, by credential: DigestCredential) {
        guard requestAuthentication[identity] != nil, let algorithm = DigestAlgorithm(credential) else { return }
        requestAuthentication[identity] = DigestSecret(
            algorithm: algorithm, ha1: credential.ha1.utf8.map(ASCII.lowercase), realm: OctetSlice(credential.realm))
        noteSecret(of: identity)
    }

    /// Whoever is registered no longer has no secret here.
    mutating func dropSecrets(_ change: RegistrationChange) {
        guard !requestAuthentication.isEmpty, let before = change.before else { return }
        let left = change.after?.privateIdentities ?? []
        for identity in before.privateIdentities where !left.contains(identity) {
            guard requestAuthentication[identity] != nil else { continue }
            requestAuthentication[identity] = nil
            noteSecret(of: identity)
        }
    }

    private mutating func noteSecret(of identity: PrivateIdentity) {
        guard configuration.clock != nil else { return }
        journal.write(
            StoredRecord(
                key: StoredDigestSecret.key(of: identity),
                value: requestAuthentication[identity].map(StoredDigestSecret.octets)))
    }

    /// Lets a request of a registered user pass when it need not prove its sender, or does; its credentials for us go.
    mutating func authenticate(
        _ request: inout SIPMessage, of registration: Registration?, at now: Instant
    ) throws(SessionFault) {
        guard !requestAuthentication.isEmpty, configuration.requestAuthentication != .never, let registration else {
            return
        }
        let known = registration.privateIdentities.filter { requestAuthentication[$0] != nil }
        guard !known.isEmpty, !Self.isEmergency(request) else { return }
        let all: [ProxyAuthorization]
        do {
            all = try request.all(ProxyAuthorization.self)
        } catch {
            throw .malformed(error)
        }
        for header in all {
            let credentials = header.credentials
            guard let name = credentials.username.map({ PrivateIdentity($0.string) }), known.contains(name),
                let secret = requestAuthentication[name], credentials.realm == secret.realm
            else { continue }
            try judge(credentials, of: secret, request, at: now)
            request.remove(.proxyAuthorization)
            for other in all where other != header { request.append(other) }
            return
        }
        // Of ours, and yet of nobody who is registered with this identity.
        let realms = known.compactMap { requestAuthentication[$0]?.realm }
        if all.contains(where: { header in realms.contains { header.credentials.realm == $0 } }) {
            throw .credentialsOfAnother
        }
        let askedOf = known.count == registration.privateIdentities.count ? known : senders(of: request, registration)
        let challenges = askedOf.compactMap { requestAuthentication[$0] }
            .reduce(into: [DigestSecret]()) { secrets, secret in
                let isThere = secrets.contains { $0.realm == secret.realm && $0.algorithm == secret.algorithm }
                if !isThere { secrets.append(secret) }
            }
            .compactMap { requestAuthentication.challenge(for: $0, isStale: false, at: now) }
        if !challenges.isEmpty { throw .proofNeeded(challenges) }
    }

    /// Nobody is asked for a password who calls for help.
    private static func isEmergency(_ request: SIPMessage) -> Bool {
        do {
            return try request.parsedRequestURI().serviceURN?.isEmergency ?? false
        } catch {
            return false
        }
    }

    private mutating func judge(
        _ credentials: Credentials, of secret: DigestSecret, _ request: SIPMessage, at now: Instant
    ) throws(SessionFault) {
        // RFC 7616 §3.4.6: the URI is what the response vouches for.
        guard let uri = credentials.uri, Self.isSame(uri, request.requestURI) else { throw .credentialsForAnotherURI }
        switch requestAuthentication.judge(credentials, of: secret, method: request.method, at: now) {
        case .authenticated: return
        case .refused(.responseWrong), .refused(.unknownUser): throw .requestPasswordWrong
        case .stale: throw .proofNeeded(fresh(secret, isStale: true, at: now))
        case .refused(.malformed), .refused(.otherRealm), .refused(.algorithm), .refused(.qop), .refused(.replay):
            throw .proofNeeded(fresh(secret, isStale: false, at: now))
        }
    }

    private mutating func fresh(_ secret: DigestSecret, isStale: Bool, at now: Instant) -> [Challenge] {
        requestAuthentication.challenge(for: secret, isStale: isStale, at: now).map { [$0] } ?? []
    }

    private static func isSame(_ uri: OctetSlice, _ target: OctetSlice) -> Bool {
        guard uri != target else { return true }
        do throws(SIPSyntaxError) {
            return try URI(parsing: uri).matches(URI(parsing: target))
        } catch {
            return false
        }
    }

    /// The phones that its Contact tells of, when some of the user's have a password and others keys. A request without
    /// one is let in: a phone with keys could not answer.
    private func senders(of request: SIPMessage, _ registration: Registration) -> [PrivateIdentity] {
        do throws(SIPSyntaxError) {
            guard let contact = try request.first(Contact.self), case .sip(let uri) = try contact.address.parsedURI()
            else { return [] }
            if let found = resolve(uri) { return found.bindings.map(\.privateIdentity) }
            return registration.bindings.filter { binding in
                do throws(SIPSyntaxError) {
                    return try URI(parsing: binding.uri).matches(.sip(uri))
                } catch {
                    return false
                }
            }.map(\.privateIdentity)
        } catch {
            return []
        }
    }
}

extension SessionFault {
    /// 407, RFC 3261 §22.3; no refusal as yet.
    static func proofNeeded(_ challenges: [Challenge]) -> SessionFault {
        var fault = SessionFault(
            .proxyAuthenticationRequired, "PROOF_NEEDED", "The request is to prove that it is the registered user's.",
            hint: "The phone has registered with a password and without TLS; see scscf.request-authentication.")
        fault.challenges = challenges
        return fault
    }

    static let credentialsOfAnother = SessionFault(
        .forbidden, "CREDENTIALS_OF_ANOTHER", "Proxy-Authorization names a user who has not registered the identity.",
        hint: "The username is the private identity with which the phone has registered.")

    static let credentialsForAnotherURI = SessionFault(
        .badRequest, "CREDENTIALS_FOR_ANOTHER_URI", "The uri in Proxy-Authorization is not the Request-URI.",
        hint: "Something between the phone and this S-CSCF has changed the Request-URI.")

    static let requestPasswordWrong = SessionFault(
        .forbidden, "PASSWORD_WRONG",
        "The password of the request is wrong, though that of the registration was right.",
        hint: "Somebody else sends from the phone's address, or the password has been changed since.")
}
