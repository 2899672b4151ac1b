import AKA
import Cx
import IMS
import Octets

// Against enumeration: users that are not there are answered as if they were, and are challenged with a secret that
// nobody has. What the log says stays true. A refusal by 5001 or 5002 would tell them apart by the first answer, and a
// challenge that costs less than others by the time it takes: as many look-ups, a vector made, a write to the disk.

extension Decision where Answer == UserAuthorizationAnswer {
    /// An unknown user looks like one who is not registered yet.
    mutating func disguise(_ request: UserAuthorizationRequest) {
        guard answer.result.tellsWhoIsThere else { return }
        switch request.userAuthorizationType ?? .registration {
        case .registration: answer = UserAuthorizationAnswer(.firstRegistration)
        case .registrationAndCapabilities: answer = UserAuthorizationAnswer(.success)
        case .deregistration: answer = UserAuthorizationAnswer(.experimental(.identityNotRegistered))
        }
    }
}

extension Decision where Answer == MultimediaAuthAnswer {
    /// An unknown user gets a challenge that he cannot answer: AKA where his name is an IMSI or AKA was asked for, else
    /// SIP Digest. His AUTS is refused like one that somebody else has made up.
    ///
    /// - Returns: whether a challenge was made up, whose number would have been written.
    mutating func disguise(_ request: MultimediaAuthRequest, entropy: inout Entropy) -> Bool {
        guard answer.result.tellsWhoIsThere else { return false }
        guard request.authenticationItem.authorization == nil else {
            answer = MultimediaAuthAnswer(.base(.authorizationRejected))
            return false
        }
        let name = request.userName.prefix { $0 != "@" }
        let isSIM =
            switch request.authenticationItem.scheme {
            case .digestAKAv1MD5: true
            case .sipDigest, .earlyIMSSecurity, .other: false
            case .unknown, nil: IMSI(String(name)) != nil
            }
        let realm = String(request.userName.drop { $0 != "@" }.dropFirst())
        answer = MultimediaAuthAnswer(
            .success, userName: request.userName, publicIdentity: request.publicIdentity, sipNumberAuthItems: 1,
            authenticationItems: [isSIM ? .madeUpVector(&entropy) : .madeUpDigest(realm, &entropy)])
        return true
    }
}

extension AuthenticationItem {
    /// Of a SIM that is nowhere. AMF is that of every SIM of ours, TS 33.102 Annex H.
    fileprivate static func madeUpVector(_ entropy: inout Entropy) -> AuthenticationItem {
        let keys = RandomChallenge(from: &entropy).octets + RandomChallenge(from: &entropy).octets
        guard let functions = SubscriberSecrets(.milenage, octets: keys)?.functions else {
            preconditionFailure("K and OPc have 16 octets each")
        }
        let number = RandomChallenge(from: &entropy).octets.prefix(6).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let vector = AuthenticationVector(
            functions, rand: RandomChallenge(from: &entropy), sqn: SequenceNumber(rawValue: number) ?? .zero)
        return .aka(
            itemNumber: 1, rand: vector.rand.octets, autn: vector.autn.octets, xres: vector.xres,
            confidentialityKey: vector.ck, integrityKey: vector.ik)
    }

    fileprivate static func madeUpDigest(_ realm: String, _ entropy: inout Entropy) -> AuthenticationItem {
        .digest(
            itemNumber: 1,
            DigestCredential(realm: realm, algorithm: "MD5", ha1: Hex.encode(RandomChallenge(from: &entropy).octets)))
    }
}

extension CxResult {
    fileprivate var tellsWhoIsThere: Bool { self == .userUnknown || self == .identitiesDontMatch }
}
