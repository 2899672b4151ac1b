/// Something worth a line in the log: a fact as data, written by the driver.
package struct Observation: Equatable, Sendable {
    package enum Level: Int, Comparable, Sendable, CaseIterable {
        case debug, info, notice, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    package var level: Level
    /// One sentence for people.
    package var message: String
    package var subject: Subject
    package var refusal: Refusal?

    package init(_ level: Level, _ message: String, about subject: Subject = Subject(), refusal: Refusal? = nil) {
        self.level = level
        self.message = message
        self.subject = subject
        self.refusal = refusal
    }

    /// A refusal as a line of the log.
    package static func refused(_ refusal: Refusal, about subject: Subject) -> Observation {
        Observation(.notice, refusal.sentence, about: subject, refusal: refusal)
    }
}

/// Whom a line of the log is about; what is known of it.
package struct Subject: Equatable, Sendable {
    package var callID: String?
    package var privateIdentity: String?
    package var publicIdentity: String?
    /// The peer, address or node.
    package var peer: String?

    package init(
        callID: String? = nil, privateIdentity: String? = nil, publicIdentity: String? = nil, peer: String? = nil
    ) {
        self.callID = callID
        self.privateIdentity = privateIdentity
        self.publicIdentity = publicIdentity
        self.peer = peer
    }
}

/// Why something was refused: a code for programs, one sentence and a hint for people.
package struct Refusal: Equatable, Sendable {
    /// Stable, upper case with underscores: `RES_MISMATCH`.
    package var code: String
    /// The answer that was given: `403`, `5001 USER_UNKNOWN`.
    package var answer: String
    package var sentence: String
    /// What to change; empty when there is nothing to say.
    package var hint: String

    package init(_ code: String, answer: String, _ sentence: String, hint: String = "") {
        self.code = code
        self.answer = answer
        self.sentence = sentence
        self.hint = hint
    }
}
