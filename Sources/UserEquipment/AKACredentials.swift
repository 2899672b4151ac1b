import AKA
import Octets
import SIP

/// An AKA challenge as the phone reads it, RFC 3310 §3.2.
struct AKAChallenge: Sendable {
    let rand: RandomChallenge
    let autn: AuthenticationToken
    let realm: OctetSlice
    let nonce: OctetSlice
    let opaque: OctetSlice?
    let offersQualityOfProtection: Bool
    /// CK or IK, which no phone may see.
    let carriesKeys: Bool

    /// Finds the challenge of a 401, or says in one sentence why there is none to answer.
    static func read(_ response: SIPMessage) -> Result<AKAChallenge, Complaint> {
        let challenge: Challenge
        do throws(SIPSyntaxError) {
            guard let header = try response.first(WWWAuthenticate.self) else {
                return .failure(Complaint("the 401 has no WWW-Authenticate"))
            }
            challenge = header.challenge
        } catch {
            return .failure(Complaint("the WWW-Authenticate of the 401 cannot be read: \(error)"))
        }
        guard challenge.isDigest, challenge["algorithm"]?.equalsIgnoringCase("AKAv1-MD5") ?? false else {
            return .failure(Complaint("the challenge is not Digest AKAv1-MD5"))
        }
        guard let realm = challenge.realm, let nonce = challenge.nonce, let octets = Base64.decode(nonce),
            octets.count >= 32, let rand = RandomChallenge(octets: OctetSlice(octets, 0..<16)),
            let autn = AuthenticationToken(octets: OctetSlice(octets, 16..<32))
        else { return .failure(Complaint("the nonce is not base64 of RAND and AUTN, 32 octets")) }
        return .success(
            AKAChallenge(
                rand: rand, autn: autn, realm: realm, nonce: nonce, opaque: challenge.opaque,
                offersQualityOfProtection: challenge.offers(qop: "auth"),
                carriesKeys: challenge.contains("ck") || challenge.contains("ik")))
    }
}

/// What a phone knows after it has answered a challenge: enough for the Authorization of each further REGISTER.
struct AKACredentials: Sendable {
    private let challenge: AKAChallenge
    private let password: [UInt8]
    private var count: UInt32 = 0

    init(_ challenge: AKAChallenge, password: [UInt8]) {
        self.challenge = challenge
        self.password = password
    }

    /// RFC 3310 §3.3: the digest with RES as the password; the nonce count grows with each use.
    mutating func next(_ phone: Phone) -> Credentials {
        count += 1
        var credentials = Self.start(phone, realm: challenge.realm, nonce: challenge.nonce, opaque: challenge.opaque)
        let uri = OctetSlice("sip:\(phone.domain)")
        var nc: OctetSlice?
        var cnonce: OctetSlice?
        var qop: OctetSlice?
        if challenge.offersQualityOfProtection {
            let digits = String(count, radix: 16)
            nc = OctetSlice(String(repeating: "0", count: 8 - digits.utf8.count) + digits)
            cnonce = OctetSlice(Hex.encode(challenge.rand.octets.prefix(8)))
            qop = "auth"
        }
        let response = DigestAccess.response(
            username: OctetSlice(phone.privateIdentity), realm: challenge.realm, password: password, method: .register,
            uri: uri, nonce: challenge.nonce, nc: nc, cnonce: cnonce, qop: qop)
        credentials.set("response", quoted: OctetSlice(response))
        credentials.set("algorithm", token: "AKAv1-MD5")
        if let nc, let cnonce, let qop {
            credentials.set("qop", token: qop)
            credentials.set("nc", token: nc)
            credentials.set("cnonce", quoted: cnonce)
        }
        return credentials
    }

    /// TS 24.229 §5.1.1.2: the first REGISTER names the identity and nothing else.
    static func empty(_ phone: Phone) -> Credentials {
        var credentials = start(phone, realm: OctetSlice(phone.domain), nonce: OctetSlice(), opaque: nil)
        credentials.set("response", quoted: OctetSlice())
        return credentials
    }

    /// TS 24.229 §5.1.1.5.3: an AUTN with a wrong MAC is answered by an empty response.
    static func withoutResponse(_ phone: Phone, _ challenge: AKAChallenge) -> Credentials {
        var credentials = start(phone, realm: challenge.realm, nonce: challenge.nonce, opaque: challenge.opaque)
        credentials.set("response", quoted: OctetSlice())
        credentials.set("algorithm", token: "AKAv1-MD5")
        return credentials
    }

    /// RFC 3310 §3.4: a SQN that is not fresh is answered by AUTS.
    static func resynchronising(
        _ phone: Phone, _ challenge: AKAChallenge, _ token: ResynchronisationToken
    ) -> Credentials {
        var credentials = withoutResponse(phone, challenge)
        credentials.set("auts", quoted: Base64.encode(token.octets))
        return credentials
    }

    private static func start(
        _ phone: Phone, realm: OctetSlice, nonce: OctetSlice, opaque: OctetSlice?
    ) -> Credentials {
        var credentials = Credentials()
        credentials.set("username", quoted: phone.privateIdentity)
        credentials.set("realm", quoted: realm)
        credentials.set("uri", quoted: "sip:\(phone.domain)")
        credentials.set("nonce", quoted: nonce)
        if let opaque { credentials.set("opaque", quoted: opaque) }
        return credentials
    }
}
