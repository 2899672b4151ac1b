import IMS
import Octets
import SIP

/// A refusal of a request that is no REGISTER: the status, and the reason for people. All of them are made here.
struct SessionFault: Error, Equatable, Sendable {
    let status: Status
    let refusal: Refusal
    var unsupported: [OctetSlice] = []
    /// RFC 4028 §8.1: of a 422.
    var minimumInterval: Int?
    var isTransient = false
    /// Of a 407.
    var challenges: [Challenge] = []
    /// The phone is to register anew (TS 24.229 §5.4.3.2).
    var asksForRegistration = false

    init(_ status: Status, _ code: String, _ sentence: String, hint: String = "") {
        self.status = status
        refusal = Refusal(code, answer: "\(status.rawValue)", sentence, hint: hint)
    }
}

/// The request itself.
extension SessionFault {
    static func malformed(_ error: SIPSyntaxError) -> SessionFault {
        SessionFault(error.status, "MALFORMED_REQUEST", "The request cannot be served: \(error).")
    }

    static let tooManyHops = SessionFault(
        .tooManyHops, "TOO_MANY_HOPS", "The request has passed as many proxies as it may (Max-Forwards).",
        hint: "It goes round: look for a server that sends it back, or raise Max-Forwards where it begins.")

    static func badExtension(_ options: [OctetSlice]) -> SessionFault {
        var fault = SessionFault(
            .badExtension, "EXTENSION_NOT_SUPPORTED",
            "The request requires \(options.map(\.string).joined(separator: ", ")) of proxies, which this one has not.")
        fault.unsupported = options
        return fault
    }

    static let overloaded: SessionFault = {
        var fault = SessionFault(
            .serviceUnavailable, "OVERLOADED", "As many requests are on their way as this S-CSCF may have.",
            hint: "Raise scscf.maximum-requests, or look for a next hop that does not answer.")
        fault.isTransient = true
        return fault
    }()

    static let dialogUnknown = SessionFault(
        .callOrTransactionDoesNotExist, "DIALOG_UNKNOWN",
        "The request has a To tag, but no Route that this S-CSCF has sealed for its dialog.",
        hint:
            "The sender leaves out the Record-Route of the dialog, has made the request up, or the S-CSCF was started "
            + "again with another scscf.seal-key.")

    static func intervalTooSmall(_ minimum: Int) -> SessionFault {
        var fault = SessionFault(
            .sessionIntervalTooSmall, "SESSION_INTERVAL_TOO_SMALL",
            "The session timer is shorter than \(minimum) s (RFC 4028 §8.1).")
        fault.minimumInterval = minimum
        return fault
    }
}

/// The served user.
extension SessionFault {
    static let identityMissing = SessionFault(
        .forbidden, "NO_ASSERTED_IDENTITY",
        "An originating request without P-Asserted-Identity: nobody has said whose it is (TS 24.229 §5.4.3.2).",
        hint: "The P-CSCF asserts the identity of its phones; an application server names its user in P-Served-User.")

    static func notRegistered(_ identity: PublicIdentity) -> SessionFault {
        SessionFault(
            .forbidden, "NOT_REGISTERED", "\(identity) originates a request but is not registered here.",
            hint: "The registration has run out or is at another S-CSCF: the phone registers again.")
    }

    /// His P-CSCF has him for registered, we and the HSS have not.
    static func registrationLost(_ identity: PublicIdentity) -> SessionFault {
        var fault = SessionFault(
            .serverTimeout, "REGISTRATION_LOST",
            "\(identity) originates a request, but neither this S-CSCF nor the HSS knows of a contact.",
            hint:
                "The phone is told to register anew; the S-CSCF has lost its store, or the HSS has de-registered the user."
        )
        fault.asksForRegistration = true
        return fault
    }

    static func barred(_ identity: PublicIdentity, status: Status) -> SessionFault {
        SessionFault(
            status, "IDENTITY_BARRED", "\(identity) is barred: it may register, but not call or be called.",
            hint: "Use another identity of the user, or lift the barring in the HSS.")
    }

    static func foreignUser(_ identity: String) -> SessionFault {
        SessionFault(
            .notFound, "DOMAIN_NOT_SERVED", "\(identity) is no user of a domain that this S-CSCF serves.",
            hint: "Check scscf.domains, and which S-CSCF the I-CSCF was given.")
    }

    static func unknownUser(_ identity: PublicIdentity) -> SessionFault {
        SessionFault(.notFound, "USER_UNKNOWN", "The HSS knows no user \(identity).", hint: "Check the number dialled.")
    }

    static func unavailable(_ identity: PublicIdentity) -> SessionFault {
        SessionFault(
            .temporarilyUnavailable, "USER_NOT_REGISTERED",
            "\(identity) is not registered, and no service answers for unregistered users.",
            hint:
                "The phone is off or has lost its registration; a filter criterion with session case 2 gives a voicemail."
        )
    }

    static func nothingPreferred(_ identity: PublicIdentity) -> SessionFault {
        SessionFault(
            .temporarilyUnavailable, "NO_SUITABLE_CONTACT",
            "No phone of \(identity) has what the caller asks for in Accept-Contact or Reject-Contact (RFC 3841).",
            hint: "Compare the feature tags of the request with those of the registered contacts.")
    }

    static func serviceNotAuthorised(_ service: OctetSlice, _ identity: PublicIdentity) -> SessionFault {
        SessionFault(
            .forbidden, "SERVICE_NOT_AUTHORISED", "\(identity) may not use the service \(service).",
            hint: "Add it to the core network services of the subscriber's profile.")
    }

    static func profileUnusable(_ why: String) -> SessionFault {
        SessionFault(
            .serverInternalError, "HSS_ANSWER_UNUSABLE", "The profile that the HSS gave cannot be used: \(why).",
            hint: "Check the service profile in the HSS.")
    }

    /// What the HSS did not say: as for a REGISTER.
    init(_ fault: RegistrarFault) {
        status = fault.status
        refusal = fault.refusal
        isTransient = fault.remedy == .retryLater
    }
}

/// Services.
extension SessionFault {
    static let chainUnknown = SessionFault(
        .forbidden, "DIALOG_IDENTIFIER_UNKNOWN",
        "The original dialog identifier in the Route is none of ours, or too old.",
        hint: "An application server sends a request back with the Route it came with, unchanged.")

    static func serverFailed(_ name: String, _ why: String, status: Status) -> SessionFault {
        SessionFault(
            status, "APPLICATION_SERVER_FAILED",
            "Application server \(name) \(why), and its filter criterion ends the session then (DefaultHandling 1).",
            hint: "See the application server, or set DefaultHandling to SESSION_CONTINUED.")
    }

    static func criteriaExhausted(_ sentence: String) -> SessionFault {
        SessionFault(
            .serverInternalError, "CRITERIA_TOO_COSTLY", "The filter criteria end the session: \(sentence).",
            hint: "`imsctl ifc lint` shows which criteria are too large.")
    }

    static let serviceLoop = SessionFault(
        .loopDetected, "SERVICE_LOOP", "The request has visited as many application servers as it may.",
        hint: "A server sends the request back changed again and again; see scscf.maximum-invocations.")

    static func foreignRoute(_ route: OctetSlice) -> SessionFault {
        SessionFault(
            .forbidden, "ROUTE_FOREIGN",
            "The request wants to leave by the Route \(route), which is not of our network.",
            hint: "An application server may add Routes to hosts of the home domains and trusted peers only.")
    }
}

/// Where to.
extension SessionFault {
    static func unsupportedScheme(_ uri: OctetSlice) -> SessionFault {
        SessionFault(.unsupportedURIScheme, "SCHEME_NOT_SUPPORTED", "Nothing routes to \(uri).")
    }

    static func noEmergencyRoute(_ uri: OctetSlice) -> SessionFault {
        SessionFault(
            .serviceUnavailable, "NO_EMERGENCY_ROUTE", "No E-CSCF or PSAP is configured for \(uri).",
            hint: "Set scscf.emergency-routes.")
    }

    static func numberNotRoutable(_ number: String) -> SessionFault {
        SessionFault(
            .notFound, "NUMBER_NOT_ROUTABLE", "No user and no gateway is known for the number \(number).",
            hint: "Check scscf.dial-plan, ENUM and scscf.breakout.")
    }

    static func incompleteNumber(_ number: String) -> SessionFault {
        SessionFault(
            .addressIncomplete, "NUMBER_INCOMPLETE", "The number \(number) is local, and no rule makes it global.",
            hint: "Add a rule to scscf.dial-plan, for its phone-context if it has one.")
    }
}
