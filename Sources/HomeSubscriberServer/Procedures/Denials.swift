import AKA
import Cx
import IMS
import Octets

/// Every way the HSS says no, in one place: result, code, sentence, hint.
extension Denial {
    static func unknown(_ identity: PrivateIdentity) -> Denial {
        let user = identity.text.prefix { $0 != "@" }
        let isIMSI = IMSI(String(user)) != nil
        return Denial(
            .userUnknown, "UNKNOWN_SUBSCRIBER", "No subscriber has the private identity \(identity).",
            hint: isIMSI
                ? "Add it: imsctl subscriber add --imsi \(user) …, or correct the IMSI or home domain in the phone."
                : "Compare with imsctl subscriber list; identity and home domain have to be the same to the letter.")
    }

    static func unknown(_ identity: PublicIdentity) -> Denial {
        Denial(
            .userUnknown, "UNKNOWN_SUBSCRIBER", "No subscriber has the public identity \(identity).",
            hint: "Compare with imsctl subscriber list; identity and home domain have to be the same to the letter.")
    }

    /// TS 29.228 §6.1.4.1: a service that is shut is nowhere.
    static func inactive(_ identity: PublicIdentity) -> Denial {
        Denial(
            .userUnknown, "SERVICE_INACTIVE", "The service \(identity) is not active.",
            hint: "imsctl identity set \(identity) --active opens it.")
    }

    /// - Parameters:
    ///   - owned: what the private identity may register.
    ///   - holder: a private identity of the subscription that has the public identity.
    static func mismatch(
        _ user: PrivateIdentity, _ identity: PublicIdentity, owned: [PublicIdentity], holder: PrivateIdentity?
    ) -> Denial {
        let list = owned.prefix(8).map(\.text).joined(separator: ", ")
        return Denial(
            .identitiesDontMatch, "IDENTITIES_DONT_MATCH",
            "The public identity \(identity) belongs to \(holder?.text ?? "another private identity"), not to \(user).",
            hint: "\(user) may use \(list.isEmpty ? "nothing" : list).")
    }

    static func barred(_ identity: PublicIdentity) -> Denial {
        Denial(
            .base(.authorizationRejected), "IDENTITY_BARRED",
            "\(identity) and every identity registered with it are barred.",
            hint: "At least one identity of the implicit set must not be barred.")
    }

    static func roaming(_ user: PrivateIdentity, visited: String, allowed: [String]) -> Denial {
        Denial(
            .roamingNotAllowed, "ROAMING_NOT_ALLOWED", "\(user) may not use IMS in the network \(visited).",
            hint: "Allowed are \(allowed.joined(separator: ", ")).")
    }

    static func notRegistered(_ identity: PublicIdentity, _ why: String, hint: String = "") -> Denial {
        Denial(.identityNotRegistered, "IDENTITY_NOT_REGISTERED", "\(identity) is not registered\(why).", hint: hint)
    }

    /// - Parameter own: the scheme of the subscriber; nil for one that nobody authenticates with.
    static func scheme(
        _ user: PrivateIdentity, has own: AuthenticationScheme?, asked: AuthenticationScheme
    ) -> Denial {
        Denial(
            .authSchemeNotSupported, "SCHEME_NOT_SUPPORTED",
            "\(user) authenticates with \(own?.text ?? "nothing"); the S-CSCF asks for \(asked.text).",
            hint: own.map { "The phone or the S-CSCF has to use \($0.text) for this subscriber." }
                ?? "It is the identity of a service, with which nobody registers.")
    }

    static func malformedResynchronisation(count: Int) -> Denial {
        Denial(
            .base(.invalidAVPValue), "RESYNCHRONISATION_MALFORMED",
            "The S-CSCF asks for resynchronisation with \(count) octets; RAND and AUTS are 30.",
            hint: "SIP-Authorization has to carry RAND and AUTS as they are, not Base64 or hexadecimal text.")
    }

    static func staleResynchronisation(_ user: PrivateIdentity) -> Denial {
        Denial(
            .base(.authorizationRejected), "AUTS_FOR_ANOTHER_CHALLENGE",
            "\(user) asks for resynchronisation with a RAND that is not the one last sent.",
            hint: "A replay, or two registrations at once: the phone's next REGISTER gets a fresh challenge.")
    }

    static func resynchronisationMAC(_ user: PrivateIdentity) -> Denial {
        Denial(
            .base(.authorizationRejected), "AUTS_MAC_FAILURE",
            "The AUTS of \(user) does not verify: K or OPc of the phone differ from ours.",
            hint: "Compare K and OPc with the SIM; a frequent cause is OP given as OPc. The counter is left as it was.")
    }

    static func exhausted(_ user: PrivateIdentity, at sqn: SequenceNumber) -> Denial {
        Denial(
            .base(.unableToComply), "SQN_EXHAUSTED",
            "The sequence number of \(user) stands at \(sqn), next to its end (2^48); no number may be used twice.",
            hint: "The SIM has to be replaced, or the number was set wrong: imsctl subscriber show.")
    }

    static func tooManyChallenges(_ user: PrivateIdentity, _ limits: ChallengeLimits) -> Denial {
        Denial(
            .base(.unableToComply), "CHALLENGE_LIMIT",
            "\(user) was challenged \(limits.burst) times in a row and never answered as its owner would.",
            hint: "Somebody registers as this user without its keys, or they differ: one challenge more every "
                + "\(limits.interval).")
    }

    static func tooManyResynchronisations(_ user: PrivateIdentity, _ limits: ChallengeLimits) -> Denial {
        Denial(
            .base(.authorizationRejected), "RESYNCHRONISATION_LIMIT",
            "\(user) asks for resynchronisation more than \(limits.resynchronisations) times in a row.",
            hint: "The phone takes none of our numbers: its SIM is damaged, or another home draws for it as well.")
    }

    static func alreadyRegistered(_ identity: PublicIdentity, at stored: String, asked: String) -> Denial {
        Denial(
            .identityAlreadyRegistered, "IDENTITY_ALREADY_REGISTERED",
            "\(identity) is assigned to \(stored), not to \(asked).",
            hint: "The S-CSCF that is assigned has to let go first, or authenticate the user anew.")
    }

    static func tooManyIdentities(_ type: ServerAssignmentType, count: Int) -> Denial {
        Denial(
            .base(.avpOccursTooManyTimes), "TOO_MANY_IDENTITIES",
            "The S-CSCF sends \(count) public identities with assignment type \(type.rawValue), which takes one.")
    }

    static func noIdentity() -> Denial {
        Denial(
            .base(.missingAVP), "IDENTITY_MISSING",
            "The S-CSCF sends neither the private nor the public identity that its assignment type needs.")
    }

    static func assignmentType(
        _ type: ServerAssignmentType, _ identity: PublicIdentity, _ state: Registration.State
    ) -> Denial {
        Denial(
            .inAssignmentType, "WRONG_ASSIGNMENT_TYPE",
            "Assignment type \(type.rawValue) does not fit \(identity), which is \(state.word).",
            hint: "S-CSCF and HSS remember different states; a new registration puts both right.")
    }

    static func directory(_ failure: DirectoryFailure) -> Denial {
        let result = CxResult.base(.unableToComply)
        switch failure {
        case .full:
            return Denial(
                result, "STORE_FULL",
                "The subscriber database has no room left; nothing that must be stored can be answered.",
                hint: "Make room on the disk; no restart is needed.")
        case .busy:
            return Denial(
                result, "STORE_BUSY", "Another program keeps the subscriber database locked.",
                hint: "Wait for the import or backup to end.")
        case .readOnly:
            return Denial(
                result, "STORE_READ_ONLY", "The subscriber database cannot be written.",
                hint: "Check the owner and mode of the file and its folder, and whether the disk is mounted read-only.")
        case .damaged(let detail):
            return Denial(
                result, "STORE_DAMAGED", "The subscriber database is damaged: \(detail).",
                hint: "Stop the HSS and put a backup in its place: imsctl hss restore FILE.")
        case .conflict:
            return Denial(
                result, "SQN_CONFLICT", "The sequence number changed while a vector was drawn.",
                hint: "The next attempt will do; if it stays, another program writes the same subscriber.")
        case .failed(let detail):
            return Denial(result, "STORE_FAILED", "The subscriber database failed: \(detail).")
        }
    }
}
