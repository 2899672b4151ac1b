import Cx
import Diameter
import IMS
import Octets
import SIP

/// A refusal of a REGISTER: the status, the reason for people, and what else the response must say.
///
/// All refusals of the registrar are made in this file.
struct RegistrarFault: Error, Equatable, Sendable {
    enum Remedy: Equatable, Sendable {
        case none
        /// RFC 3261 §10.3 step 7.
        case minimumExpires(Int)
        /// RFC 3261 §8.2.2.3.
        case unsupported([OctetSlice])
        /// RFC 3261 §20.33: come back later, spread over some seconds.
        case retryLater
    }

    let status: Status
    let refusal: Refusal
    let remedy: Remedy

    init(
        _ status: Status, _ code: String, _ sentence: String, hint: String = "", remedy: Remedy = .none,
        result: String? = nil
    ) {
        self.status = status
        self.remedy = remedy
        refusal = Refusal(
            code, answer: result.map { "\(status.rawValue) (\($0))" } ?? "\(status.rawValue)", sentence, hint: hint)
    }
}

/// The request itself.
extension RegistrarFault {
    static func untrusted(_ address: IPAddress) -> RegistrarFault {
        RegistrarFault(
            .forbidden, "UNTRUSTED_PEER", "The request came from \(address), which is none of our proxies.",
            hint: "Phones talk to the P-CSCF. If this is a proxy of yours, add it to the trusted peers.")
    }

    static func malformed(_ what: String) -> RegistrarFault {
        RegistrarFault(.badRequest, "MALFORMED_REGISTER", "The REGISTER is malformed: \(what).")
    }

    /// TS 24.229 §5.4.8.3.
    static let emergencyStays = RegistrarFault(
        .notImplemented, "EMERGENCY_REGISTRATION_STAYS",
        "A registration for emergency calls is not ended by the phone: it runs out.")

    static func unsupported(_ options: [OctetSlice]) -> RegistrarFault {
        RegistrarFault(
            .badExtension, "EXTENSION_NOT_SUPPORTED",
            "The REGISTER requires \(options.map(\.string).joined(separator: ", ")), which this registrar does not have.",
            remedy: .unsupported(options))
    }

    /// RFC 3261 §21.4.5: 404 also when the domain is none of ours.
    static func domainNotServed(_ domain: String) -> RegistrarFault {
        RegistrarFault(
            .notFound, "DOMAIN_NOT_SERVED", "The domain \(domain) is not served by this S-CSCF.",
            hint: "Check the home domain of the SIM (MCC, MNC padded to three digits) and the domains of the S-CSCF.")
    }

    static let pathMissing = RegistrarFault(
        .forbidden, "PATH_MISSING", "The REGISTER has no Path: it did not come through a P-CSCF.",
        hint: "Register through the P-CSCF; it inserts the Path by which calls find the phone.")

    static let contactMissing = RegistrarFault(
        .badRequest, "CONTACT_MISSING", "The REGISTER has no Contact, and the user has none registered to tell of.",
        hint: "A phone registers with a Contact; without one a REGISTER only asks for the bindings (RFC 3261 §10.2.3).")

    static let firstHopLacksOutbound = RegistrarFault(
        .firstHopLacksOutboundSupport, "FIRST_HOP_LACKS_OUTBOUND",
        "The phone wants several flows, and its P-CSCF does not keep them: no ob in the Path (RFC 5626 §6).",
        hint: "Phones register again without; otherwise switch RFC 5626 off in the phone.")

    static let contactIsGRUU = RegistrarFault(
        .forbidden, "CONTACT_IS_GRUU",
        "The Contact is a GRUU of ours: requests to it would go in circles (RFC 5627 §5.1).")

    static let wildcardMisused = RegistrarFault(
        .badRequest, "WILDCARD_MISUSED", "Contact: * stands alone and with Expires: 0 only (RFC 3261 §10.3 step 6).")

    static func tooBrief(_ seconds: Int, minimum: Int) -> RegistrarFault {
        RegistrarFault(
            .intervalTooBrief, "INTERVAL_TOO_BRIEF",
            "The phone wants to register for \(seconds) s; the shortest registration is \(minimum) s.",
            remedy: .minimumExpires(minimum))
    }

    static func tooManyContacts(_ limit: Int) -> RegistrarFault {
        RegistrarFault(
            .forbidden, "TOO_MANY_CONTACTS", "The user would have more than \(limit) contacts.",
            hint: "De-register a phone, or raise the limit of contacts.")
    }

    static let outOfOrder = RegistrarFault(
        .serverInternalError, "OUT_OF_ORDER",
        "A REGISTER with the same Call-ID and a CSeq as high was served before (RFC 3261 §10.3 step 7).",
        hint: "The CSeq must grow with every REGISTER; a copy that arrives late is refused and does no harm.")

    static let overloaded = RegistrarFault(
        .serviceUnavailable, "OVERLOADED", "Too many REGISTERs wait for the HSS.",
        hint: "The HSS answers too slowly, or everybody registers at once.", remedy: .retryLater)
}

/// Authentication, TS 24.229 §5.4.1.2.3.
extension RegistrarFault {
    static let responseWrong = RegistrarFault(
        .forbidden, "RES_MISMATCH", "The phone's RES is not the one the HSS expects.",
        hint: "K or OPc differ between SIM and HSS, or the phone does not use the raw octets of RES as password.")

    static let challengeInvalid = RegistrarFault(
        .forbidden, "MAC_FAILURE",
        "The phone sent no response: it saw a MAC failure, the network is not genuine to it.",
        hint: "K or OPc in the HSS is wrong, or OP was given as OPc. Compare them with the SIM's.")

    static func resynchronisationLoop(_ limit: Int) -> RegistrarFault {
        RegistrarFault(
            .forbidden, "RESYNC_LOOP", "The phone finds the SQN out of range even after \(limit) resynchronisations.",
            hint: "The SIM's SQN array or its IND scheme does not fit that of the HSS; set the SQN of the subscriber.")
    }

    static func algorithmWrong(_ challenged: String) -> RegistrarFault {
        RegistrarFault(
            .forbidden, "ALGORITHM_MISMATCH",
            "The credentials are for another algorithm than the challenge, \(challenged).",
            hint: "The HSS decides how the subscriber authenticates: with the keys of a SIM or with a password.")
    }

    static let passwordWrong = RegistrarFault(
        .forbidden, "PASSWORD_WRONG", "The response does not fit the password that the HSS has.",
        hint: "Check the password, and that the user name of the client is the private identity.")
}

/// What the HSS said, or did not say.
extension RegistrarFault {
    /// Nothing came back. TS 24.229 §5.3.1.3 lets the I-CSCF try another S-CSCF after 480, and that one may reach an
    /// HSS; after a time-out it would only wait as long again, so that is 504. The S-CSCF's own clause for this could
    /// not be looked up.
    static func unanswered(_ failure: AskFailure, _ command: String) -> RegistrarFault {
        switch failure {
        case .unableToDeliver:
            RegistrarFault(
                .temporarilyUnavailable, "HSS_DOWN", "No HSS is connected; the \(command) could not be sent.",
                hint: "Start the HSS, or check the Diameter peer, its address and transport.")
        case .timeout:
            RegistrarFault(
                .serverTimeout, "HSS_TIMEOUT", "The HSS did not answer the \(command) in time.",
                hint: "The HSS hangs or is overloaded; see its log.")
        case .tooBusy:
            RegistrarFault(
                .serviceUnavailable, "HSS_BUSY", "Too many requests wait for the HSS; the \(command) was not sent.",
                remedy: .retryLater)
        }
    }

    static func unreadable(_ command: String, _ why: String) -> RegistrarFault {
        RegistrarFault(
            .serverInternalError, "HSS_ANSWER_UNUSABLE", "The \(command) of the HSS cannot be used: \(why).",
            hint: "The HSS breaks the command's format; take a trace of the Cx interface.")
    }

    static func refused(_ result: CxResult, _ command: String, by identity: PrivateIdentity, as user: PublicIdentity)
        -> RegistrarFault
    {
        switch result {
        case .experimental(.userUnknown):
            RegistrarFault(
                .forbidden, "USER_UNKNOWN", "The HSS does not know the subscriber \(identity) with \(user).",
                hint: "Add the subscriber, or check IMSI, MCC and MNC of the SIM.", result: "5001 USER_UNKNOWN")
        case .experimental(.identitiesDontMatch):
            RegistrarFault(
                .forbidden, "IDENTITIES_DONT_MATCH",
                "The public identity \(user) does not belong to the private identity \(identity).",
                hint: "The phone's username and its To must be of one subscription.",
                result: "5002 IDENTITIES_DONT_MATCH")
        case .experimental(.roamingNotAllowed):
            RegistrarFault(
                .forbidden, "ROAMING_NOT_ALLOWED", "\(identity) may not register from the visited network.",
                result: "5004 ROAMING_NOT_ALLOWED")
        case .experimental(.identityAlreadyRegistered):
            // Another S-CSCF has the user by now; the next UAR leads the I-CSCF there.
            RegistrarFault(
                .temporarilyUnavailable, "SERVED_ELSEWHERE", "Another S-CSCF serves \(user).",
                hint: "The next REGISTER is sent there.", result: "5005 IDENTITY_ALREADY_REGISTERED")
        case .experimental(.authSchemeNotSupported):
            RegistrarFault(
                .forbidden, "SCHEME_NOT_SUPPORTED", "The HSS has neither AKA keys nor a password for \(identity).",
                hint: "Give the subscriber K and OPc, or a password.", result: "5006 AUTH_SCHEME_NOT_SUPPORTED")
        case .experimental(let code) where code == .identityNotRegistered:
            RegistrarFault(
                .forbidden, "IDENTITY_NOT_REGISTERED", "The HSS refuses: \(user) is not registered.",
                result: "5003 IDENTITY_NOT_REGISTERED")
        case .base(.authorizationRejected):
            RegistrarFault(
                .forbidden, "IDENTITY_BARRED", "\(user) may not register: its identities are barred.",
                hint: "Lift the barring of at least one public identity.", result: "5003 AUTHORIZATION_REJECTED")
        case .base(.unableToDeliver), .base(.realmNotServed):
            RegistrarFault(
                .temporarilyUnavailable, "HSS_UNREACHABLE", "The \(command) did not reach an HSS.",
                hint: "Check the Diameter routing for the destination realm.", result: text(result))
        case .base(.tooBusy):
            RegistrarFault(
                .serviceUnavailable, "HSS_BUSY", "The HSS is too busy for the \(command).", remedy: .retryLater,
                result: text(result))
        case .experimental, .base:
            RegistrarFault(
                .serverInternalError, "HSS_REFUSED", "The HSS refused the \(command) with \(text(result)).",
                hint: "See the log of the HSS for the reason.", result: text(result))
        }
    }

    static func resynchronisationRefused(_ result: CxResult) -> RegistrarFault {
        RegistrarFault(
            .forbidden, "RESYNC_REFUSED",
            "The phone found the SQN out of range, and the HSS refused its AUTS with \(text(result)).",
            hint: "MAC-S is wrong: K or OPc differ between SIM and HSS, or the AUTS is not the phone's.",
            result: text(result))
    }

    static let profileMissing = RegistrarFault(
        .serverInternalError, "PROFILE_MISSING", "The HSS assigned the user but sent no profile.",
        hint: "User-Data is missing in the SAA.")

    static func profileUnusable(_ why: String) -> RegistrarFault {
        RegistrarFault(
            .serverInternalError, "PROFILE_UNUSABLE", "The user profile cannot be read: \(why).",
            hint: "Check the service profile of the subscriber.")
    }

    static func allBarred(_ identity: PublicIdentity) -> RegistrarFault {
        RegistrarFault(
            .forbidden, "IDENTITY_BARRED", "All public identities registered with \(identity) are barred.",
            hint: "Lift the barring of at least one public identity.")
    }

    static func text(_ result: CxResult) -> String {
        switch result {
        case .base(let code): "\(code)"
        case .experimental(let code): "\(code.rawValue) \(code.name ?? "of 3GPP")"
        }
    }
}
