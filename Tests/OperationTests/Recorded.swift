import Foundation
import IMS
import NodeIO
import Operation
import Testing

/// What the four functions traced of a first registration and a de-registration, over SCTP by usrsctp.
enum Recorded {
    static func registration(without missing: Set<CoreFunction> = []) throws -> TraceEntries {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/registration", withExtension: "json"))
        let report = try #require(Report(json: Array(try Data(contentsOf: file))))
        var entries = TraceEntries()
        for function in CoreFunction.required where !missing.contains(function) {
            entries.add(try #require(report[function.rawValue]), of: Lane(function))
        }
        return entries
    }

    /// The first twenty arrows: challenge and acceptance.
    static func first() throws -> Exchange {
        let entries = try registration()
        let all = Exchange(entries)
        let end = all.arrows[19].start
        var first = entries
        first.messages = entries.messages.filter { $0.nanoseconds <= end }
        return Exchange(first)
    }
}
