import Cx
import IMS
import Octets
import SIP

/// What the credentials of a REGISTER amount to, TS 24.229 §5.4.1.2.2 and §5.4.1.2.3.
enum AuthenticationOutcome: Equatable, Sendable {
    /// No response to a challenge of ours: none was sent, or it waits no more.
    case unanswered
    case authenticated
    case refused(RegistrarFault)
    /// The phone's SQN is ahead: RAND and AUTS go to the HSS. `round` counts from 1.
    case resynchronise(rand: [UInt8], auts: [UInt8], round: Int)
}

/// Authentication by IMS AKA: the challenge (RFC 3310 §3.2) and the judgement on its response (§3.3, §3.4).
///
/// Which REGISTER is challenged. TS 24.229 §5.4.1.2.1 challenges every unprotected one. Here the response may come
/// unprotected as well, because a P-CSCF without IPsec has nothing to say `integrity-protected="yes"` for; the RES
/// proves the phone either way. A nonce is never accepted a second time, not even with a higher nonce count: RFC 3310
/// §3.1 does not recommend it for a short RES, and TS 33.203 ties each vector to one challenge. So a re-REGISTER without
/// protection is challenged anew, and one under the security association passes (`Reauthentication.unprotected`).
///
/// The wording of §5.4.1.2 could not be looked up; the clause numbers are those of Release 8 and later.
extension ServingCSCF {
    /// Judges the credentials; a challenge whose nonce they carry is used up by it.
    mutating func authenticate(_ request: inout RegisterRequest) -> AuthenticationOutcome {
        guard let credentials = request.credentials, let nonce = credentials.nonce, !nonce.isEmpty,
            let challenge = challenges.take(nonce: nonce, callID: request.callID, of: request.privateIdentity)
        else { return .unanswered }
        switch challenge.secret {
        case .aka(let algorithm, let password, let rand):
            let outcome = judge(credentials, challenge, algorithm, password: password, rand: rand)
            if outcome == .authenticated { request.proof = .keys }
            return outcome
        case .digest(let algorithm, let ha1, let realm):
            let outcome = judge(credentials, algorithm, ha1: ha1, realm: realm)
            if outcome == .authenticated {
                request.proof = .password(DigestSecret(algorithm: algorithm, ha1: ha1, realm: realm))
            }
            return outcome
        }
    }

    private func judge(
        _ credentials: Credentials, _ challenge: AuthenticationChallenge, _ algorithm: DigestAlgorithm,
        password: [UInt8], rand: [UInt8]
    ) -> AuthenticationOutcome {
        switch AKADigest.answer(in: credentials) {
        case .malformedResynchronisation: return .refused(.malformed("auts is not the Base64 of 14 octets"))
        case .resynchronisation(let auts):
            // RFC 3310 §3.4 computes the response with an empty password. It proves nothing, MAC-S does: not checked.
            let round = challenge.resynchronisations + 1
            guard round <= configuration.maximumResynchronisations else {
                return .refused(.resynchronisationLoop(configuration.maximumResynchronisations))
            }
            return .resynchronise(rand: rand, auts: auts, round: round)
        // TS 33.203 §6.1.2.2: a phone that finds MAC wrong answers with neither RES nor AUTS.
        case .neither: return .refused(.challengeInvalid)
        case .response: break
        }
        // Clients of RFC 3310 may leave the algorithm out; it is the challenge's then.
        if let named = credentials["algorithm"], !named.equalsIgnoringCase(OctetSlice(algorithm.token)) {
            return .refused(.algorithmWrong(algorithm.token))
        }
        guard let realm = credentials.realm, let username = credentials.username else {
            return .refused(.malformed("Authorization lacks uri or realm"))
        }
        let ha1 = DigestAccess.secret(algorithm, username: username, realm: realm, password: password)
        return compare(credentials, algorithm, ha1: ha1) ?? .refused(.responseWrong)
    }

    /// SIP Digest, TS 33.203 Annex N: the HSS has given H(A1) for the private identity in its realm.
    private func judge(
        _ credentials: Credentials, _ algorithm: DigestAlgorithm, ha1: [UInt8], realm: OctetSlice
    ) -> AuthenticationOutcome {
        guard credentials.algorithm == algorithm else { return .refused(.algorithmWrong(algorithm.token)) }
        guard credentials.realm == realm else { return .refused(.malformed("Authorization is for another realm")) }
        guard credentials.qop != nil else { return .refused(.malformed("Authorization lacks qop")) }
        return compare(credentials, algorithm, ha1: ha1) ?? .refused(.passwordWrong)
    }

    /// nil when the response is wrong.
    private func compare(
        _ credentials: Credentials, _ algorithm: DigestAlgorithm, ha1: [UInt8]
    ) -> AuthenticationOutcome? {
        guard let uri = credentials.uri, let nonce = credentials.nonce, let given = credentials.response else {
            return .refused(.malformed("Authorization lacks uri or realm"))
        }
        let qop = credentials.qop
        // auth-int is never offered; without qop neither nc nor cnonce enter (RFC 2617 §3.2.2.1).
        if let qop, !qop.equalsIgnoringCase("auth") { return .refused(.malformed("qop is not auth")) }
        if qop != nil, credentials.nonceCount == nil || credentials.cnonce == nil {
            return .refused(.malformed("qop without nc and cnonce"))
        }
        let expected = DigestAccess.response(
            ha1: ha1, algorithm: algorithm, method: .register, uri: uri, nonce: nonce, nc: credentials.nonceCount,
            cnonce: credentials.cnonce, qop: qop)
        return DigestAccess.isSame(expected, given) ? .authenticated : nil
    }

    /// Asks the HSS for one vector, TS 29.228 §6.3; `resynchronisation` when the phone sent AUTS, `scheme` when the one
    /// that the request calls for is not the user's.
    mutating func askVector(
        _ request: RegisterRequest, resynchronisation: (rand: [UInt8], auts: [UInt8], round: Int)? = nil,
        scheme: AuthenticationScheme? = nil, into actions: inout [Order]
    ) {
        let item: AuthenticationItem =
            if let resynchronisation {
                .resynchronisation(rand: resynchronisation.rand, auts: resynchronisation.auts)
            } else {
                .request(scheme ?? request.scheme)
            }
        let question = MultimediaAuthRequest(
            userName: request.privateIdentity.text, publicIdentity: request.publicIdentity.text,
            authenticationItem: item, serverName: configuration.serverName)
        let step = RegisterProcedure.Step.awaitingVector(
            resynchronisations: resynchronisation?.round ?? 0, isSecondAttempt: scheme != nil)
        wait(RegisterProcedure(request: request, step: step), into: &actions) { session, role in
            question.message(
                session: session, origin: role.origin, destinationRealm: role.configuration.destinationRealm,
                destinationHost: role.configuration.destinationHost)
        }
    }

    /// The MAA: the challenge goes to the phone by 401, RFC 3310 §3.2; ck and ik are for the P-CSCF.
    mutating func challenge(
        _ request: RegisterRequest, round: Int, isSecondAttempt: Bool, with answer: MultimediaAuthAnswer,
        at now: Instant, into actions: inout [Order]
    ) {
        guard answer.result.isSuccess else {
            // The request looked like AKA, but the user has a password, or nobody knows what he has.
            if answer.result == .experimental(.authSchemeNotSupported), round == 0, !isSecondAttempt {
                return askVector(request, scheme: request.scheme == .sipDigest ? .unknown : .sipDigest, into: &actions)
            }
            let isTransient = answer.result == .base(.tooBusy) || answer.result == .base(.unableToDeliver)
            let fault: RegistrarFault =
                if round > 0, !isTransient {
                    .resynchronisationRefused(answer.result)
                } else {
                    .refused(answer.result, "MAR", by: request.privateIdentity, as: request.publicIdentity)
                }
            return refuse(request, fault, into: &actions)
        }
        guard let item = answer.authenticationItems.first else {
            return refuse(request, .unreadable("MAA", "it holds no authentication data"), into: &actions)
        }
        if item.scheme == .sipDigest || item.digest != nil {
            return challenge(request, with: item.digest, at: now, into: &actions)
        }
        if item.scheme == .earlyIMSSecurity || item.bearerAddress != nil {
            return judge(request, by: item.bearerAddress, at: now, into: &actions)
        }
        guard let vector = item.vector else {
            return refuse(request, .unreadable("MAA", "it holds no complete AKA vector"), into: &actions)
        }
        let nonce = Base64.encode(vector.randAndAUTN.array)
        let algorithm = request.akaAlgorithm
        let password = AKADigest.password(
            algorithm, res: vector.xres.array, integrityKey: vector.integrityKey.array,
            cipherKey: vector.confidentialityKey.array)
        keep(.aka(algorithm, password: password, rand: vector.rand.array), nonce, request, round: round, at: now)

        var response = SIPMessage.response(.unauthorized, to: request.message, toTag: makeTag())
        var header = OctetWriter(reserving: 256)
        header.write("Digest realm=\"")
        header.write(configuration.realm ?? request.domain)
        header.write("\",nonce=\"")
        header.write(nonce)
        header.write("\",algorithm=")
        header.write(algorithm.token)
        header.write(",")
        if configuration.offersQualityOfProtection { header.write("qop=\"auth\",") }
        header.write("ck=\"")
        header.write(hex: vector.confidentialityKey.array)
        header.write("\",ik=\"")
        header.write(hex: vector.integrityKey.array)
        header.write("\"")
        response.append(.wwwAuthenticate, OctetSlice(header.octets))
        actions.append(.respond(response, request.transaction))
        actions.append(.count(.registerChallenged))
        if round > 0 {
            actions.append(.count(.resynchronised))
            actions.append(
                .observe(
                    Observation(
                        .notice,
                        "The phone found the SQN out of range; the HSS took over its SQN and a new challenge went out.",
                        about: request.subject)))
        }
    }

    /// SIP Digest: the challenge of RFC 7616 §3.3 for the password that the HSS knows.
    private mutating func challenge(
        _ request: RegisterRequest, with credential: DigestCredential?, at now: Instant, into actions: inout [Order]
    ) {
        guard let credential, let algorithm = DigestAlgorithm(credential),
            credential.ha1.utf8.count == algorithm.function.digits
        else {
            return refuse(request, .unreadable("MAA", "it holds no H(A1) of an algorithm that we have"), into: &actions)
        }
        let nonce = String(makeToken(), radix: 16) + String(makeToken(), radix: 16)
        let ha1 = credential.ha1.utf8.map(ASCII.lowercase)
        keep(.digest(algorithm, ha1: ha1, realm: OctetSlice(credential.realm)), nonce, request, round: 0, at: now)
        var challenge = Challenge()
        challenge.set("realm", quoted: OctetSlice(credential.realm))
        challenge.set("nonce", quoted: nonce)
        challenge.set("algorithm", token: algorithm.token)
        challenge.set("qop", quoted: "auth")
        // RFC 7616 §3.3: the password may be right, the nonce was used.
        if let used = request.credentials?.nonce, !used.isEmpty { challenge.set("stale", token: "true") }
        var response = SIPMessage.response(.unauthorized, to: request.message, toTag: makeTag())
        response.append(WWWAuthenticate(challenge))
        actions.append(.respond(response, request.transaction))
        actions.append(.count(.registerChallenged))
    }

    private mutating func keep(
        _ secret: AuthenticationChallenge.Secret, _ nonce: String, _ request: RegisterRequest, round: Int,
        at now: Instant
    ) {
        let challenge = AuthenticationChallenge(
            nonce: OctetSlice(nonce), secret: secret, callID: OctetSlice(request.callID.array),
            publicIdentity: request.publicIdentity, resynchronisations: round,
            deadline: now + configuration.registrationAwaitsAuthentication)
        challenges.insert(challenge, for: request.privateIdentity, limit: configuration.maximumChallenges)
    }

    /// Timer reg-await-auth, TS 24.229 §5.4.1.2.2: authentication failed. The HSS is told when it was an initial
    /// registration; one that exists stays as it is.
    mutating func authenticationTimedOut(
        _ identity: PrivateIdentity, _ challenge: AuthenticationChallenge, into actions: inout [Order]
    ) {
        guard registrations[challenge.publicIdentity]?.isRegistered(by: identity) != true else { return }
        report(.authenticationTimeout, of: identity, as: challenge.publicIdentity, into: &actions)
        actions.append(
            .observe(
                Observation(
                    .notice, "The phone did not answer the challenge in time.",
                    about: Subject(
                        callID: challenge.callID.string, privateIdentity: identity.text,
                        publicIdentity: challenge.publicIdentity.text))))
    }
}

/// Which scheme a REGISTER calls for, TS 24.229 §5.4.1.2.1 and §7.2A.2. The wording could not be looked up; the values of
/// `integrity-protected` are those of the project's notes.
extension RegisterRequest {
    /// `yes`, `no` and `tls-connected` are said of phones with AKA, the others of `tls-…` and `ip-assoc-…` of those with a
    /// password. Where nothing is said the HSS chooses.
    var scheme: AuthenticationScheme {
        guard let credentials else { return .unknown }
        if credentials.algorithm?.aka != nil { return .digestAKAv1MD5 }
        switch IntegrityProtection(credentials) {
        case .securityAssociation, .unprotected, .tlsConnected: return .digestAKAv1MD5
        case .tls, .tlsPending, .address, .addressPending: return .sipDigest
        case .authenticated, nil: return .unknown
        }
    }

    /// Whether `integrity-protected` tells of a TLS session that is the user's own.
    var isOverTLS: Bool {
        switch credentials.flatMap(IntegrityProtection.init) {
        case .tls, .tlsPending, .tlsConnected, .securityAssociation: true
        case .unprotected, .address, .addressPending, .authenticated, nil: false
        }
    }

    /// AKAv2 for a phone that names it, AKAv1-MD5 for all others (RFC 4169 §2).
    var akaAlgorithm: DigestAlgorithm {
        guard let named = credentials?.algorithm, named.aka == .v2, !named.isSession else { return .akaV1MD5 }
        return named
    }
}

extension DigestAlgorithm {
    /// What the HSS says of H(A1), TS 29.229 §6.3.39: MD5 when it says nothing. nil for one that we have not.
    init?(_ credential: DigestCredential) {
        guard let name = credential.algorithm else {
            self = .md5
            return
        }
        guard let algorithm = DigestAlgorithm(token: OctetSlice(name)), algorithm.aka == nil, !algorithm.isSession
        else {
            return nil
        }
        self = algorithm
    }
}

extension DigestAlgorithm.Function {
    /// Hexadecimal digits of a hash.
    fileprivate var digits: Int {
        switch self {
        case .md5: 32
        case .sha256, .sha512t256: 64
        }
    }
}
