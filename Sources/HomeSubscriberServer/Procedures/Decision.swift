import Cx
import IMS

/// What a procedure decided: the answer, and what the log and the counters get.
package struct Decision<Answer: Equatable & Sendable>: Equatable, Sendable {
    package var answer: Answer
    package var observations: [Observation]
    package var counters: [Counter]
    package var news: [DirectoryNews]

    package init(
        _ answer: Answer, observations: [Observation] = [], counters: [Counter] = [], news: [DirectoryNews] = []
    ) {
        self.answer = answer
        self.observations = observations
        self.counters = counters
        self.news = news
    }

    /// A refusal: its answer, one line for the log, one count.
    static func refused(
        _ answer: Answer, _ refusal: Refusal, about subject: Subject, level: Observation.Level = .notice
    ) -> Decision {
        Decision(
            answer, observations: [Observation(level, refusal.sentence, about: subject, refusal: refusal)],
            counters: [.cxRequestRefused])
    }
}

/// A result other than success, with the words that go with it.
struct Denial: Error, Equatable {
    var result: CxResult
    var refusal: Refusal

    init(_ result: CxResult, _ code: String, _ sentence: String, hint: String = "") {
        self.result = result
        refusal = Refusal(code, answer: result.words, sentence, hint: hint)
    }
}

extension CxResult {
    /// `5001 USER_UNKNOWN`: the number and the name of the specification without its prefixes.
    package var words: String {
        switch self {
        case .base(let code): return code.description
        case .experimental(let code):
            guard let name = code.name else { return "\(code.rawValue)" }
            return "\(code.rawValue) \(name.hasPrefix("ERROR_") ? String(name.dropFirst(6)) : name)"
        }
    }
}
