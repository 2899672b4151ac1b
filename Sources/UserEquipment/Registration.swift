import AKA
import IMS
import Octets
import SIP

/// The phone's side of registration, TS 24.229 §5.1.1.
///
///     idle ─ register ─▶ asked ─ 401 ─▶ answered ─ 200 ─▶ registered ─ register ─▶ asked …
///                          │              │ 401 (resynchronised, new challenge) ─▶ answered
///                          └─ refused ────┴─▶ refused          registered ─ deregister ─▶ asked … ─▶ idle
package struct Registration: Sendable {
    package enum State: Equatable, Sendable { case idle, asked, answered, registered, refused }
    package enum Goal: Equatable, Sendable { case register, deregister }

    package enum Step: Equatable, Sendable {
        case send(SIPMessage)
        case ended(Outcome)
    }

    package enum Outcome: Equatable, Sendable {
        case registered
        case deregistered
        case refused(Status, reason: String)
        /// The network answered something that a phone cannot go on with.
        case unusable(String)
    }

    /// How the phone answered a challenge, for the report.
    package enum ChallengeOutcome: String, Equatable, Sendable {
        case answered
        case macFailure = "MAC failure"
        case synchronisationFailure = "synchronisation failure"
    }

    package private(set) var state = State.idle
    package private(set) var goal = Goal.register
    package private(set) var challenges: [ChallengeOutcome] = []
    /// From the last 200.
    package private(set) var serviceRoute: [OctetSlice] = []
    package private(set) var associatedURIs: [OctetSlice] = []
    package private(set) var grantedExpires: Int?

    private let contact: String
    private let callID: String
    private let fromTag: String
    private var sequence: UInt32 = 0
    private var credentials: AKACredentials?

    /// - Parameters:
    ///   - contact: host and port where the phone is reached.
    package init(contact: String, callID: String, fromTag: String) {
        self.contact = contact
        self.callID = callID
        self.fromTag = fromTag
    }

    /// A REGISTER towards the goal: the first without credentials, later ones with those of the last challenge
    /// (TS 24.229 §5.1.1.2, §5.1.1.4, §5.1.1.6).
    package mutating func start(_ goal: Goal, _ phone: Phone, transport: Transport) -> SIPMessage {
        self.goal = goal
        state = .asked
        challenges = []
        let authorization = credentials?.next(phone) ?? AKACredentials.empty(phone)
        return request(phone, authorization: authorization, transport: transport)
    }

    package mutating func received(_ response: SIPMessage, _ phone: inout Phone, transport: Transport) -> Step? {
        guard let status = response.status, status.isFinal, state == .asked || state == .answered else { return nil }
        switch status {
        case .ok: return succeeded(response)
        case .unauthorized:
            guard challenges.count < 3 else { return ended(.refused(status, reason: "challenged three times")) }
            return challenged(response, &phone, transport: transport)
        case .intervalTooBrief:
            // TS 24.229 §5.1.1.2: once more, with the registrar's shortest time.
            guard goal == .register, let least = response.minimumExpires, least > phone.expires else {
                return ended(.refused(status, reason: response.reason.string))
            }
            phone.expires = least
            return .send(start(.register, phone, transport: transport))
        default:
            credentials = nil
            return ended(.refused(status, reason: response.reason.string))
        }
    }

    package mutating func failed(_ failure: TransactionFailure) -> Step {
        credentials = nil
        switch failure {
        case .timeout: return ended(.refused(.requestTimeout, reason: "no answer from the P-CSCF"))
        case .transport, .throttled: return ended(.refused(.serviceUnavailable, reason: "the P-CSCF cannot be reached"))
        }
    }

    /// The USIM's word on the challenge decides what goes back: RES, AUTS or nothing (TS 24.229 §5.1.1.5).
    private mutating func challenged(_ response: SIPMessage, _ phone: inout Phone, transport: Transport) -> Step {
        let challenge: AKAChallenge
        switch AKAChallenge.read(response) {
        case .success(let value): challenge = value
        case .failure(let complaint): return ended(.unusable(complaint.sentence))
        }
        let authorization: Credentials
        switch phone.usim.authenticate(challenge.rand, challenge.autn) {
        case .success(var res, _, _):
            challenges.append(.answered)
            if phone.fault == .wrongResponse { res[0] ^= 0xFF }
            var fresh = AKACredentials(challenge, password: res)
            authorization = fresh.next(phone)
            credentials = fresh
        case .macFailure:
            challenges.append(.macFailure)
            authorization = AKACredentials.withoutResponse(phone, challenge)
        case .synchronisationFailure(let token):
            challenges.append(.synchronisationFailure)
            authorization = AKACredentials.resynchronising(phone, challenge, token)
        }
        state = .answered
        return .send(request(phone, authorization: authorization, transport: transport))
    }

    private mutating func succeeded(_ response: SIPMessage) -> Step {
        guard goal == .register else {
            credentials = nil
            state = .idle
            return .ended(.deregistered)
        }
        serviceRoute = response.values(.serviceRoute)
        associatedURIs = response.values(.pAssociatedURI)
        grantedExpires =
            ((try? response.all(Contact.self)) ?? [])
            .first { $0.address.uri.string.contains(contact) }?.expires ?? response.expires
        state = .registered
        return .ended(.registered)
    }

    private mutating func ended(_ outcome: Outcome) -> Step {
        state = .refused
        return .ended(outcome)
    }

    /// The default REGISTER of TS 34.229-1 Annex A.1.1, as far as there is no security agreement.
    private mutating func request(_ phone: Phone, authorization: Credentials, transport: Transport) -> SIPMessage {
        sequence += 1
        let expires = goal == .register ? phone.expires : 0
        var message = SIPMessage(.register, uri: "sip:\(phone.domain)")
        message.append(.maxForwards, "70")
        message.append(.from, "<\(phone.publicIdentity)>;tag=\(fromTag)")
        message.append(.to, "<\(phone.publicIdentity)>")
        message.append(.callID, callID)
        message.append(.cseq, "\(sequence) REGISTER")
        if phone.fault != .noContact {
            let parameter = transport == .udp ? "" : ";transport=\(transport)"
            message.append(
                .contact,
                "<sip:\(phone.contactUser)@\(contact)\(parameter)>;+sip.instance=\"<\(phone.instance)>\";"
                    + "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\";+g.3gpp.smsip;expires=\(expires)")
        }
        message.append(.expires, String(expires))
        message.append(Authorization(authorization))
        message.append(.supported, "path, gruu")
        message.append(.pAccessNetworkInfo, "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001")
        message.append(.userAgent, "ims-virtual-phone")
        return message
    }
}

extension SIPMessage {
    /// Min-Expires of a 423, RFC 3261 §20.23: seconds.
    fileprivate var minimumExpires: Int? { firstValue(.minExpires)?.decimal.flatMap { Int(exactly: $0) } }
}
