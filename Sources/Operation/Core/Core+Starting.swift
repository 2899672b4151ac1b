import Foundation
import IMS
import NodeIO

extension Core {
    /// How long the functions may take until all of them answer and reach the HSS.
    package static let startingTime = Duration.seconds(15)

    /// Starts the functions that do not run, HSS first, and waits until the core is ready. When one does not come up,
    /// all that were started are stopped again, and the sentence says what the function's log said last.
    ///
    /// - Parameters:
    ///   - functions: all that the core has when nil.
    ///   - programs: the folder in which the functions' programs are.
    /// - Returns: what was started.
    @discardableResult
    package func start(
        _ functions: [CoreFunction]? = nil, programs: String
    ) throws(OperationFailure) -> [CoreProcess] {
        try state.create()
        var started: [CoreProcess] = []
        var logs: [CoreFunction: LogTail] = [:]
        do throws(OperationFailure) {
            for function in functions ?? self.functions where process(function) == nil {
                let program = "\(programs)/\(function.rawValue)"
                guard FileManager.default.isExecutableFile(atPath: program) else {
                    throw OperationFailure(
                        .unavailable,
                        "there is no program \(program): build it (swift build), or install it beside imsctl")
                }
                logs[function] = LogTail(atEndOf: state.log(of: function))
                started.append(try CoreProcess.start(function, program: program, in: state))
            }
            try waitUntilReady(started, logs)
        } catch {
            for process in started.reversed() {
                process.stop(within: .seconds(3))
                unlink(state.processFile(of: process.function))
            }
            throw error
        }
        return started
    }

    private func waitUntilReady(_ started: [CoreProcess], _ logs: [CoreFunction: LogTail]) throws(OperationFailure) {
        let deadline = ContinuousClock.now + Self.startingTime
        var waiting = functions
        while true {
            for process in started {
                process.reap()
                guard process.isRunning || ContinuousClock.now < deadline - Self.startingTime + .milliseconds(300)
                else {
                    throw ended(process.function, logs)
                }
            }
            waiting.removeAll { function in
                let status = status(of: function)
                return status.isUp && status.isConnected
            }
            if waiting.isEmpty { return }
            guard ContinuousClock.now < deadline else { throw late(waiting, logs) }
            usleep(30_000)
        }
    }

    /// It has ended by itself: its last words say why.
    private func ended(_ function: CoreFunction, _ logs: [CoreFunction: LogTail]) -> OperationFailure {
        let words = logs[function]?.newLines ?? []
        let reason = words.first { $0.isCrash } ?? words.last { !$0.isObservation } ?? words.last
        return OperationFailure(
            words.contains { $0.isConfigurationProblem } ? .configuration : .unavailable,
            "the \(function.title) did not start: \(reason?.text ?? "it said nothing"); its log is \(state.log(of: function))"
        )
    }

    private func late(_ waiting: [CoreFunction], _ logs: [CoreFunction: LogTail]) -> OperationFailure {
        let list = waiting.map(\.title).joined(separator: ", ")
        let silent = waiting.filter { !status(of: $0).isUp }
        let what = silent.isEmpty ? "found no connection between CSCFs and HSS over Diameter" : "did not answer"
        let first = silent.first ?? waiting.first ?? .hss
        let words = logs[first]?.newLines.last { $0.isTrouble }?.text
        return OperationFailure(
            .unavailable,
            "\(list) \(what) within 15 s\(words.map { ": " + $0 } ?? ""); the log is \(state.log(of: first))")
    }

    /// One function again, after it was killed for instance; waits until it serves.
    package func restart(_ function: CoreFunction, programs: String) throws(OperationFailure) -> CoreProcess {
        guard FileManager.default.fileExists(atPath: state.configuration(of: function)) else {
            throw OperationFailure(
                .unavailable, "no core was started in \(state.path) yet: imsctl up starts one (or name another --state)"
            )
        }
        process(function)?.stop(within: .seconds(7))
        guard let process = try start([function], programs: programs).first else {
            throw OperationFailure(.unavailable, "the \(function.title) could not be stopped: see imsctl status")
        }
        return process
    }
}

/// What is appended to a log from now on.
package final class LogTail {
    private let path: String
    private var offset: UInt64

    /// - Parameter path: a file that need not exist yet.
    package init(atEndOf path: String) {
        self.path = path
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber
        offset = size?.uint64Value ?? 0
    }

    /// Whole lines that were written since the last call.
    package var newLines: [LogText] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        guard (try? file.seek(toOffset: offset)) != nil, let data = try? file.readToEnd(),
            let end = data.lastIndex(of: 0x0A)
        else { return [] }
        let whole = data[data.startIndex...end]
        offset += UInt64(whole.count)
        return whole.split(separator: 0x0A).map { LogText(line: String(decoding: $0, as: UTF8.self)) }
    }
}

/// A line of a function's log: JSON when it is an observation, plain when it is the program's note or complaint.
package struct LogText: Sendable {
    package let text: String
    package let isObservation: Bool
    package let level: String

    package init(line: String) {
        guard let report = Report(json: line), let message = report["message"]?.text else {
            // NAME: note: sentence. What the operator should know, and no trouble.
            if let note = line.firstRange(of: ": note: ") {
                text = String(line[note.upperBound...])
                isObservation = true
                level = "notice"
                return
            }
            text = line
            isObservation = false
            level = "error"
            return
        }
        isObservation = true
        level = report["level"]?.text ?? "info"
        var words = message
        if let code = report["reason_code"]?.text { words += " [\(code) → \(report["answer"]?.text ?? "")]" }
        if let user = report["impi"]?.text ?? report["impu"]?.text { words += " (\(user))" }
        if let hint = report["hint"]?.text { words += " – \(hint)" }
        text = LogLine.harmless(words)
    }

    var isTrouble: Bool { level == "warning" || level == "error" }

    /// As the Swift runtime writes.
    var isCrash: Bool { !isObservation && (text.contains("Fatal error") || text.hasPrefix("*** Program crashed")) }

    /// As `ConfigurationFailure` writes: FILE.yaml:LINE: sentence.
    var isConfigurationProblem: Bool { !isObservation && text.contains(".yaml:") }
}
