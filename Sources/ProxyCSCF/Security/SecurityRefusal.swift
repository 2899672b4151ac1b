import IMS
import Octets
import SIP

/// Why a REGISTER is refused for its security agreement, and what RFC 3329 wants the answer to say.
struct SecurityRefusal: Error {
    /// What Security-Server lists.
    enum List {
        case none
        /// All that we can do (§2.3.1, §2.3.2); the list is never made for one phone.
        case capabilities
        /// What was sent before, for a Security-Verify that is something else.
        case again(SecurityMechanism)
    }

    let status: Status
    let refusal: Refusal
    var list = List.none

    init(_ status: Status, _ code: String, _ sentence: String, hint: String = "", list: List = .none) {
        self.status = status
        refusal = Refusal(code, answer: "\(status.rawValue)", sentence, hint: hint)
        self.list = list
    }

    /// Puts on an answer what RFC 3329 §2.3.2 asks for.
    func complete(_ response: inout SIPMessage, _ policy: SecurityPolicy) {
        let mechanisms: [SecurityMechanism]
        switch list {
        case .none: return
        case .capabilities: mechanisms = SecurityMechanism.capabilities(policy)
        case .again(let mechanism): mechanisms = [mechanism]
        }
        for mechanism in mechanisms { response.append(SecurityServer(mechanism)) }
        response.append(.require, "sec-agree")
    }
}

extension Registration {
    /// Of a 200 for a phone that has shown nothing where associations are required.
    func refusal(of policy: SecurityPolicy) -> SecurityRefusal? {
        if case .through = security { return nil }
        return policy.demand(arrival.listener) == .required ? .notChallenged : nil
    }
}

extension SecurityRefusal {
    static func notOffered(saysSupported: Bool) -> SecurityRefusal {
        SecurityRefusal(
            saysSupported ? .securityAgreementRequired : .extensionRequired, "SECURITY_AGREEMENT_REQUIRED",
            "the phone offers no security agreement, which this socket requires",
            hint: "switch IPsec on in the phone, or set pcscf.security-agreement to optional", list: .capabilities)
    }

    /// §2.3.1: an unprotected request with `Require: sec-agree` is answered by our list, whatever the phone's is.
    static func demanded(_ reason: String) -> SecurityRefusal {
        SecurityRefusal(
            .securityAgreementRequired, "SECURITY_AGREEMENT_DEMANDED",
            "the phone requires a security agreement, and none can be made: \(reason)",
            hint: "compare the phone's Security-Client with pcscf.ipsec-algorithms, or switch IPsec off in the phone",
            list: .capabilities)
    }

    /// §2.3.2: whoever is not the first hop makes no agreement.
    static let notFirstHop = SecurityRefusal(
        .badGateway, "NOT_FIRST_HOP",
        "the request has come through a proxy: a security agreement is between the phone and its first hop alone",
        hint: "let phones send to the P-CSCF itself, or set pcscf.security-agreement-at to off for this socket")

    /// §2.3.1: what comes back is not what was sent.
    static func altered(_ sent: SecurityMechanism) -> SecurityRefusal {
        SecurityRefusal(
            .securityAgreementRequired, "SECURITY_VERIFY_MISMATCH",
            "Security-Verify is not the Security-Server that was sent: somebody may have changed it on its way",
            list: .again(sent))
    }

    /// A registrar that asks nothing (GIBA, or a subscriber without authentication) leaves no keys for associations.
    static let notChallenged = SecurityRefusal(
        .forbidden, "REGISTERED_WITHOUT_CHALLENGE",
        "the home network has registered the phone without a challenge, and this socket requires IPsec",
        hint: "set pcscf.security-agreement to optional for phones without AKA")

    static func notPossible(_ fault: SecurityOffer.Fault) -> SecurityRefusal {
        switch fault {
        case .malformed: SecurityRefusal(.badRequest, "MALFORMED_SECURITY_CLIENT", "\(fault)")
        case .nothingInCommon:
            SecurityRefusal(
                .securityAgreementRequired, "NO_COMMON_MECHANISM", "\(fault)", hint: "see pcscf.ipsec-algorithms",
                list: .capabilities)
        case .behindNAT:
            SecurityRefusal(
                .forbidden, "PHONE_BEHIND_NAT", "\(fault)",
                hint: "give the phone a route without NAT, or use TLS; see pcscf.ipsec-nat-port", list: .capabilities)
        case .noSockets:
            SecurityRefusal(
                .serverInternalError, "NO_PROTECTED_SOCKETS", "\(fault)", hint: "see pcscf.ipsec-addresses")
        }
    }

    static func notAgreed(_ fault: SecurityAgreements.Fault) -> SecurityRefusal {
        switch fault {
        case .taken, .reused: SecurityRefusal(.forbidden, "SECURITY_CLIENT_TAKEN", "\(fault)")
        case .noPort:
            SecurityRefusal(
                .serviceUnavailable, "PROTECTED_PORTS_IN_USE", "\(fault)", hint: "see pcscf.ipsec-client-ports")
        case .tooManyOfIdentity: SecurityRefusal(.forbidden, "TOO_MANY_SECURITY_ASSOCIATIONS", "\(fault)")
        case .tooMany: SecurityRefusal(.serviceUnavailable, "TOO_MANY_SECURITY_ASSOCIATIONS", "\(fault)")
        }
    }
}
