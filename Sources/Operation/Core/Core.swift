import Foundation
import IMS
import NodeIO

/// The functions of one state directory, as their operator sees them.
package struct Core: Sendable {
    package let state: StateDirectory

    package init(_ state: StateDirectory) { self.state = state }

    /// Those that this core has: the required ones, and the others with a configuration.
    package var functions: [CoreFunction] {
        CoreFunction.allCases.filter { function in
            CoreFunction.required.contains(function) || access(state.configuration(of: function), R_OK) == 0
        }
    }

    /// What a function answers to a command.
    package func ask(
        _ function: CoreFunction, _ command: Command, timeout: Duration = .seconds(5)
    ) throws(OperationFailure) -> Report {
        let report: Report
        do throws(AdminFailure) {
            report = try AdminClient(path: state.socket(of: function), timeout: timeout).ask(command)
        } catch {
            switch error.cause {
            case .notRunning:
                throw OperationFailure(
                    .unavailable,
                    "the \(function.title) of \(state.path) is not running: start the core with imsctl up, "
                        + "or this function with imsctl restart \(function.rawValue)")
            case .noPermission, .timeout, .badPath, .broken: throw OperationFailure(.unavailable, "\(error)")
            }
        }
        if let sentence = report["error"]?.text { throw OperationFailure(.failed, sentence) }
        return report
    }

    package func process(_ function: CoreFunction) -> CoreProcess? { CoreProcess(function, in: state) }

    /// What a function says of itself; nil when it does not answer.
    package func status(of function: CoreFunction) -> FunctionStatus {
        FunctionStatus(
            function: function, process: process(function), report: try? ask(function, Command("status")))
    }

    package var status: CoreStatus {
        let registrations = (try? ask(.scscf, Command("stats")))?["registrations"]?.integer
        return CoreStatus(
            state: state.path, functions: functions.reversed().map { status(of: $0) },
            registrations: registrations)
    }

    /// Stops what runs, the phones' side first. Gives the functions that were stopped.
    package func stop() -> [CoreFunction] {
        var stopped: [CoreFunction] = []
        for function in CoreFunction.allCases.reversed() {
            guard let process = process(function) else { continue }
            process.stop(within: .seconds(7))
            stopped.append(function)
        }
        for function in CoreFunction.allCases { unlink(state.processFile(of: function)) }
        return stopped
    }
}
