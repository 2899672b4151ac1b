import AKA
import IMS
import Octets
import SIP

/// The phone's side of registration, TS 24.229 §5.1.1.
///
///     idle ─ register ─▶ asked ─ 401 ─▶ answered ─ 200 ─▶ registered ─ register ─▶ asked …
///                          │              │ 401 (resynchronised, new challenge) ─▶ answered
///                          └─ refused ────┴─▶ refused          registered ─ deregister ─▶ asked … ─▶ idle
///
/// With a security agreement the answer to a 401 waits for `secured`.
package struct Registration: Sendable {
    package enum State: Equatable, Sendable { case idle, asked, answered, registered, refused }
    package enum Goal: Equatable, Sendable { case register, deregister }

    package enum Step: Equatable, Sendable {
        case send(SIPMessage)
        /// Associations are to be installed by this Security-Server list and these keys; then `secured`.
        case agree([SecurityMechanism], cipherKey: [UInt8], integrityKey: [UInt8])
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
    /// Seconds between keep-alives that the P-CSCF wants, RFC 5626 §4.4.
    package private(set) var flowTimer: Int?

    /// For a phone with a security agreement, set before each request is made.
    var security: SecurityHeaders?
    /// Host and port where the phone is reached.
    var contact: String
    private let callID: String
    private let fromTag: String
    private var sequence: UInt32 = 0
    private var credentials: AKACredentials?
    /// The answer to a challenge, until there are associations for it.
    private var held: Credentials?

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
        case .success(var res, let cipherKey, let integrityKey):
            challenges.append(.answered)
            if phone.fault == .wrongResponse { res[0] ^= 0xFF }
            var fresh = AKACredentials(challenge, password: res)
            authorization = fresh.next(phone)
            credentials = fresh
            guard security == nil else {
                state = .answered
                held = authorization
                return agreement(response, cipherKey: cipherKey, integrityKey: integrityKey)
            }
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

    private mutating func agreement(_ response: SIPMessage, cipherKey: [UInt8], integrityKey: [UInt8]) -> Step {
        do throws(SIPSyntaxError) {
            let list = response.contains(.securityServer) ? try response.all(SecurityServer.self) : []
            return .agree(list.map(\.mechanism), cipherKey: cipherKey, integrityKey: integrityKey)
        } catch {
            return ended(.unusable("the Security-Server of the 401 cannot be read: \(error)"))
        }
    }

    /// The associations are there: the REGISTER that goes through them.
    mutating func secured(_ phone: Phone, transport: Transport) -> Step {
        guard let authorization = held else { return ended(.unusable("there is no challenge to answer")) }
        held = nil
        return .send(request(phone, authorization: authorization, transport: transport))
    }

    /// Something outside this procedure keeps it from going on.
    mutating func unusable(_ sentence: String) -> Step {
        credentials = nil
        held = nil
        return ended(.unusable(sentence))
    }

    private mutating func succeeded(_ response: SIPMessage) -> Step {
        flowTimer = nil
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
        if let timer = (try? response.first(FlowTimer.self)) ?? nil { flowTimer = Int(timer.number) }
        state = .registered
        return .ended(.registered)
    }

    private mutating func ended(_ outcome: Outcome) -> Step {
        state = .refused
        return .ended(outcome)
    }

    /// The default REGISTER of TS 34.229-1 Annex A.1.1.
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
            let flow = phone.keepsFlow ? "reg-id=1;" : ""
            let preference = phone.preference.map { ";q=\($0 / 1_000).\(String($0 % 1_000 + 1_000).dropFirst())" } ?? ""
            message.append(
                .contact,
                "<sip:\(phone.contactUser)@\(contact)\(parameter)>;+sip.instance=\"<\(phone.instance)>\";\(flow)"
                    + "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\";+g.3gpp.smsip;expires=\(expires)"
                    + preference)
        }
        message.append(.expires, String(expires))
        message.append(Authorization(authorization))
        message.append(
            .supported,
            (phone.keepsFlow ? "path, outbound, gruu" : "path, gruu") + (security == nil ? "" : ", sec-agree"))
        security?.write(to: &message)
        message.append(.pAccessNetworkInfo, "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001")
        message.append(.userAgent, "ims-virtual-phone")
        return message
    }
}

extension SIPMessage {
    /// Min-Expires of a 423, RFC 3261 §20.23: seconds.
    fileprivate var minimumExpires: Int? { firstValue(.minExpires)?.decimal.flatMap { Int(exactly: $0) } }
}
