import AKA
import Cx
import IMS
import Octets

// Against enumeration: users that are not there are answered as if they were, and are challenged with a secret that
// nobody has. What the log says stays true. A refusal by 5001 or 5002 would tell them apart by the first answer.

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
    /// SIP Digest.
    mutating func disguise(_ request: MultimediaAuthRequest, entropy: inout Entropy) {
        guard answer.result.tellsWhoIsThere, request.authenticationItem.authorization == nil else { return }
        let name = request.userName.prefix { $0 != "@" }
        let isSIM =
            switch request.authenticationItem.scheme {
            case .digestAKAv1MD5: true
            case .sipDigest, .other: false
            case .unknown, nil: IMSI(String(name)) != nil
            }
        let item: AuthenticationItem
        if isSIM {
            // AMF as every SIM of ours has it, TS 33.102 Annex H; all else of AUTN looks random to those without the key.
            var token = RandomChallenge(from: &entropy).octets
            token.replaceSubrange(6..<8, with: [0x80, 0])
            item = .aka(
                itemNumber: 1, rand: RandomChallenge(from: &entropy).octets, autn: token,
                xres: Array(RandomChallenge(from: &entropy).octets.prefix(8)),
                confidentialityKey: RandomChallenge(from: &entropy).octets,
                integrityKey: RandomChallenge(from: &entropy).octets)
        } else {
            let realm = String(request.userName.drop { $0 != "@" }.dropFirst())
            item = .digest(
                itemNumber: 1,
                DigestCredential(
                    realm: realm, algorithm: "MD5", ha1: Hex.encode(RandomChallenge(from: &entropy).octets)))
        }
        answer = MultimediaAuthAnswer(
            .success, userName: request.userName, publicIdentity: request.publicIdentity, sipNumberAuthItems: 1,
            authenticationItems: [item])
    }
}

extension CxResult {
    fileprivate var tellsWhoIsThere: Bool { self == .userUnknown || self == .identitiesDontMatch }
}
