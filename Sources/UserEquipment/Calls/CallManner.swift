import Octets
import SIP

/// How a phone conducts its calls: what its user does without being asked, and what the phone knows.
package struct CallManner: Sendable, Equatable {
    /// What happens to a call that comes in.
    package enum Answering: Sendable, Equatable {
        /// It rings until somebody answers: after so long, or when ordered.
        case rings(answeredAfter: Duration?)
        /// It is refused, at once or after so long of ringing.
        case refuses(Status, after: Duration?)
    }

    package var answering = Answering.rings(answeredAfter: nil)
    /// A second call beside one that goes on; otherwise it gets 486.
    package var takesSecondCall = false
    /// Hangs up by itself after talking for so long.
    package var talksFor: Duration?
    /// RFC 3312.
    package var usesPreconditions = true
    /// RFC 3262.
    package var ringsReliably = true
    /// RFC 4028; nil to know nothing of it.
    package var sessionTimer: SessionTimerPolicy? = SessionTimerPolicy(interval: 1800)
    package var codecs = PhoneCodecs.volte
    /// Where the phone takes audio; nil for a port beside that of its signalling, where nobody listens.
    package var media: Endpoint?

    package init() {}

    /// With what the arguments of a command change: answer-after and refuse-after and talk-for in milliseconds, `never`
    /// for none; refuse (a status, `never`), second-call, preconditions, reliable (yes, no), session-expires (seconds,
    /// `never`), codecs (volte, g711), media (address:port).
    func changed(by arguments: [String: String]) -> Result<CallManner, Complaint> {
        var manner = self
        func span(_ name: String) -> Result<Duration?, Complaint>? {
            guard let text = arguments[name] else { return nil }
            if text == "never" { return .success(nil) }
            guard let milliseconds = Int64(text), (0...86_400_000).contains(milliseconds) else {
                return .failure(Complaint("\(name) is a number of milliseconds up to a day, or never"))
            }
            return .success(.milliseconds(milliseconds))
        }
        func flag(_ name: String) -> Result<Bool, Complaint>? {
            switch arguments[name] {
            case nil: nil
            case "yes": .success(true)
            case "no": .success(false)
            case _?: .failure(Complaint("\(name) is yes or no"))
            }
        }
        do throws(Complaint) {
            if let text = arguments["refuse"] {
                manner.answering = .rings(answeredAfter: nil)
                if text != "never" {
                    guard let code = UInt16(text), (300...699).contains(code), let status = Status(rawValue: code)
                    else {
                        throw Complaint("refuse is a status from 300 to 699, or never")
                    }
                    manner.answering = .refuses(status, after: try span("refuse-after")?.get())
                }
            }
            if let after = span("answer-after") { manner.answering = .rings(answeredAfter: try after.get()) }
            if let span = span("talk-for") { manner.talksFor = try span.get() }
            if let flag = flag("second-call") { manner.takesSecondCall = try flag.get() }
            if let flag = flag("preconditions") { manner.usesPreconditions = try flag.get() }
            if let flag = flag("reliable") { manner.ringsReliably = try flag.get() }
            if let text = arguments["session-expires"] {
                guard text == "never" || Int(text).map({ $0 >= SessionTimerPolicy.floor }) ?? false else {
                    throw Complaint("session-expires is a number of seconds from \(SessionTimerPolicy.floor), or never")
                }
                manner.sessionTimer = Int(text).map { SessionTimerPolicy(interval: $0) }
            }
            if let text = arguments["codecs"] {
                guard let codecs = PhoneCodecs(rawValue: text) else {
                    throw Complaint("codecs is one of \(PhoneCodecs.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                manner.codecs = codecs
            }
            if let text = arguments["media"] {
                guard let media = Endpoint(text) else { throw Complaint("media is an address and a port") }
                manner.media = media
            }
        } catch {
            return .failure(error)
        }
        return .success(manner)
    }
}
