import Foundation
import IMS
import NodeIO
import Operation

/// Shows how a test goes: a line for each scenario, the ladder of the first and of what failed.
struct TestPrinter {
    let hasColour: Bool
    let isSilent: Bool
    let cycles: Int
    private var cycle = 1
    private(set) var passed = 0
    private(set) var failed = 0
    private(set) var reports: [Report] = []

    init(hasColour: Bool, isSilent: Bool, cycles: Int) {
        self.hasColour = hasColour
        self.isSilent = isSilent
        self.cycles = cycles
    }

    mutating func begin(_ cycle: Int) {
        self.cycle = cycle
        if !isSilent, cycles > 1 { Console.out("cycle \(cycle) of \(cycles)") }
    }

    mutating func show(_ result: TestResult) {
        if result.isPassed { passed += 1 } else { failed += 1 }
        reports.append(report(result))
        guard !isSilent else { return }
        let sign = result.isPassed ? coloured("✓", 32) : coloured("✗", 31)
        let span = String(format: "%.1f ms", result.milliseconds)
        Console.out(
            "\(sign) \(result.number) \(result.title)  (\(result.clause); \(span))")
        for problem in result.problems {
            for line in Ladder.wrapped(problem, indent: 4) { Console.out(coloured(line, 31)) }
        }
        let showsLadder = !result.isPassed || (result.isExample && cycle == 1)
        if showsLadder {
            Console.out("\n" + Ladder(result.exchange, hasColour: hasColour).text + "\n")
        } else if cycles == 1 {
            for line in Ladder.wrapped(result.exchange.sequence.replacing("–", with: " – "), indent: 4) {
                Console.out(line)
            }
            for refusal in result.exchange.refusals.prefix(1) {
                let words = "\(refusal.lane.title): \(refusal.code): \(refusal.sentence)"
                for line in Ladder.wrapped(words, indent: 4) { Console.out(line) }
            }
        }
        if let diagnosis = result.diagnosis {
            Console.out("    failed at: \(diagnosis.hop?.title ?? "no single hop")")
            for line in Ladder.wrapped("likely cause: \(diagnosis.cause)", indent: 4) { Console.out(line) }
            if !diagnosis.hint.isEmpty {
                for line in Ladder.wrapped("what to do: \(diagnosis.hint)", indent: 4) { Console.out(line) }
            }
        }
    }

    private func report(_ result: TestResult) -> Report {
        var members: [Report.Member] = [
            .init("cycle", .integer(cycle)),
            .init("scenario", .text(result.title)),
            .init("clause", .text(result.clause)),
            .init("passed", .boolean(result.isPassed)),
            .init("milliseconds", .number(result.milliseconds)),
            .init("sequence", .text(result.exchange.sequence)),
            .init("problems", .list(result.problems.map { .text($0) })),
            .init(
                "refusals",
                .list(result.exchange.refusals.map { ["at": .text($0.lane.title), "code": .text($0.code)] })),
        ]
        if let diagnosis = result.diagnosis {
            members.append(
                .init(
                    "diagnosis",
                    [
                        "hop": diagnosis.hop.map { .text($0.title) } ?? .null, "cause": .text(diagnosis.cause),
                        "hint": .text(diagnosis.hint),
                    ]))
        }
        return .record(members)
    }

    private func coloured(_ text: String, _ colour: Int) -> String {
        hasColour ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
    }
}
