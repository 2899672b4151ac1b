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
    mutating func authenticate(_ request: RegisterRequest) -> AuthenticationOutcome {
        guard let credentials = request.credentials, let nonce = credentials.nonce, !nonce.isEmpty,
            let challenge = challenges.take(nonce: nonce, callID: request.callID, of: request.privateIdentity)
        else { return .unanswered }
        if let text = credentials["auts"], !text.isEmpty {
            // RFC 3310 §3.4 computes the response with an empty password. It proves nothing, MAC-S does: not checked.
            guard let auts = credentials.auts else {
                return .refused(.malformed("auts is not the Base64 of 14 octets"))
            }
            let round = challenge.resynchronisations + 1
            guard round <= configuration.maximumResynchronisations else {
                return .refused(.resynchronisationLoop(configuration.maximumResynchronisations))
            }
            return .resynchronise(rand: challenge.rand, auts: auts, round: round)
        }
        // TS 33.203 §6.1.2.2: a phone that finds MAC wrong answers with neither RES nor AUTS.
        guard let response = credentials.response, !response.isEmpty else { return .refused(.challengeInvalid) }
        if let algorithm = credentials["algorithm"], !algorithm.equalsIgnoringCase("AKAv1-MD5") {
            return .refused(.algorithmWrong)
        }
        return judge(response, credentials, challenge)
    }

    private func judge(
        _ response: OctetSlice, _ credentials: Credentials, _ challenge: AuthenticationChallenge
    ) -> AuthenticationOutcome {
        guard let uri = credentials.uri, let realm = credentials.realm, let username = credentials.username,
            let nonce = credentials.nonce
        else { return .refused(.malformed("Authorization lacks uri or realm")) }
        let qop = credentials.qop
        // auth-int is never offered; without qop neither nc nor cnonce enter (RFC 2617 §3.2.2.1).
        if let qop, !qop.equalsIgnoringCase("auth") { return .refused(.malformed("qop is not auth")) }
        if qop != nil, credentials.nonceCount == nil || credentials.cnonce == nil {
            return .refused(.malformed("qop without nc and cnonce"))
        }
        let expected = DigestAccess.response(
            username: username, realm: realm, password: challenge.xres, method: .register, uri: uri, nonce: nonce,
            nc: credentials.nonceCount, cnonce: credentials.cnonce, qop: qop)
        guard DigestAccess.isSame(expected, response) else { return .refused(.responseWrong) }
        return .authenticated
    }

    /// Asks the HSS for one vector, TS 29.228 §6.3; `resynchronisation` when the phone sent AUTS.
    mutating func askVector(
        _ request: RegisterRequest, resynchronisation: (rand: [UInt8], auts: [UInt8], round: Int)? = nil,
        into actions: inout [Order]
    ) {
        let item: AuthenticationItem =
            if let resynchronisation {
                .resynchronisation(rand: resynchronisation.rand, auts: resynchronisation.auts)
            } else {
                .request(.digestAKAv1MD5)
            }
        let question = MultimediaAuthRequest(
            userName: request.privateIdentity.text, publicIdentity: request.publicIdentity.text,
            authenticationItem: item, serverName: configuration.serverName)
        let step = RegisterProcedure.Step.awaitingVector(resynchronisations: resynchronisation?.round ?? 0)
        wait(RegisterProcedure(request: request, step: step), into: &actions) { session, role in
            question.message(
                session: session, origin: role.origin, destinationRealm: role.configuration.destinationRealm,
                destinationHost: role.configuration.destinationHost)
        }
    }

    /// The MAA: the challenge goes to the phone by 401, RFC 3310 §3.2; ck and ik are for the P-CSCF.
    mutating func challenge(
        _ request: RegisterRequest, round: Int, with answer: MultimediaAuthAnswer, at now: Instant,
        into actions: inout [Order]
    ) {
        guard answer.result.isSuccess else {
            let isTransient = answer.result == .base(.tooBusy) || answer.result == .base(.unableToDeliver)
            let fault: RegistrarFault =
                if round > 0, !isTransient {
                    .resynchronisationRefused(answer.result)
                } else {
                    .refused(answer.result, "MAR", by: request.privateIdentity, as: request.publicIdentity)
                }
            return refuse(request, fault, into: &actions)
        }
        guard let item = answer.authenticationItems.first, let vector = item.vector else {
            return refuse(request, .unreadable("MAA", "it holds no complete AKA vector"), into: &actions)
        }
        let nonce = Base64.encode(vector.randAndAUTN.array)
        let challenge = AuthenticationChallenge(
            nonce: OctetSlice(nonce), rand: vector.rand.array, xres: vector.xres.array,
            callID: OctetSlice(request.callID.array), publicIdentity: request.publicIdentity,
            resynchronisations: round, deadline: now + configuration.registrationAwaitsAuthentication)
        challenges.insert(challenge, for: request.privateIdentity, limit: configuration.maximumChallenges)

        var response = SIPMessage.response(.unauthorized, to: request.message, toTag: makeTag())
        var header = OctetWriter(reserving: 256)
        header.write("Digest realm=\"")
        header.write(configuration.realm ?? request.domain)
        header.write("\",nonce=\"")
        header.write(nonce)
        header.write("\",algorithm=AKAv1-MD5,")
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
