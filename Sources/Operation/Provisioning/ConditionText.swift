import IMS
import NodeIO

/// Conditions of a filter criterion as they are typed:
///
///     method=INVITE or method=MESSAGE
///     !header:Accept-Contact=mmtel
///     session-case=originating   request-uri=sip:…   sdp:m=audio   method=REGISTER/initial/re-registration
///
/// `!` in front is NOT. What stands after the name of a header or the letter of an SDP line is a regular expression;
/// without it the header or line has to be there.
package enum ConditionText {
    /// - Parameter joint: `or` inside of `--all`, `and` inside of `--any`.
    package static func report(_ text: String, joint: String) throws(OperationFailure) -> Report {
        var conditions: [Report] = []
        for part in text.split(separator: " \(joint) ") { conditions.append(try condition(String(part))) }
        guard let first = conditions.first else { throw OperationFailure(.usage, "a condition is empty") }
        return conditions.count == 1 ? first : .list(conditions)
    }

    private static func condition(_ text: String) throws(OperationFailure) -> Report {
        var rest = text.trimming()
        var members: [Report.Member] = []
        if rest.hasPrefix("!") {
            rest = rest.dropFirst().trimming()
            members.append(.init("not", true))
        }
        let sides = rest.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let key = String(sides[0])
        let value = sides.count > 1 ? String(sides[1]) : nil
        for name in ["header", "sdp"] where key.hasPrefix(name + ":") {
            members.append(.init(name, .text(String(key.dropFirst(name.count + 1)))))
            if let value { members.append(.init("content", .text(value))) }
            return .record(members)
        }
        guard let value, !value.isEmpty else { throw strange(text) }
        switch key {
        case "method":
            let words = value.split(separator: "/").map(String.init)
            members.append(.init("method", .text(words.first ?? "")))
            if words.count > 1 { members.append(.init("registration", .list(words.dropFirst().map { .text($0) }))) }
        case "session-case", "request-uri": members.append(.init(key, .text(value)))
        default: throw strange(text)
        }
        return .record(members)
    }

    private static func strange(_ text: String) -> OperationFailure {
        OperationFailure(
            .usage,
            "\(text) is no condition: method=INVITE, session-case=originating, request-uri=sip:…, header:NAME=EXPRESSION, "
                + "sdp:m=EXPRESSION; ! in front turns it round")
    }
}

extension StringProtocol {
    fileprivate func trimming() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
