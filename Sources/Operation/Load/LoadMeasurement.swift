import Foundation
import IMS
import Octets

/// What the functions cost while a load ran: processor time and memory, before and after.
package struct LoadMeasurement: Sendable {
    private struct Reading: Sendable {
        var process: CoreProcess
        var processorTime: Duration
        var memory: Int
    }

    private let core: Core
    private let before: [CoreFunction: Reading]
    private let registered: Int

    package init(_ core: Core) {
        self.core = core
        before = Self.read(core)
        registered = Self.registrations(core)
    }

    package struct Cost: Equatable, Sendable {
        package var microseconds: Double
        /// Octets of memory for each new registration or dialog; nil when none was new.
        package var memory: Double?
    }

    /// - Parameter registrations: how many the load made.
    package func costs(registrations: Int) -> [CoreFunction: Cost] {
        costs(of: registrations, kept: Self.registrations(core) - registered)
    }

    /// - Parameters:
    ///   - count: how often was done what the load did.
    ///   - kept: how many of these still take memory.
    package func costs(of count: Int, kept: Int) -> [CoreFunction: Cost] {
        let after = Self.read(core)
        var costs: [CoreFunction: Cost] = [:]
        for (function, start) in before {
            // A function that was started again in between cannot be measured.
            guard let end = after[function], end.process == start.process, count > 0 else { continue }
            let spent = end.processorTime - start.processorTime
            costs[function] = Cost(
                microseconds: spent.milliseconds * 1000 / Double(count),
                memory: kept > 0 ? Double(end.memory - start.memory) / Double(kept) : nil)
        }
        return costs
    }

    private static func read(_ core: Core) -> [CoreFunction: Reading] {
        var readings: [CoreFunction: Reading] = [:]
        for function in CoreFunction.allCases {
            guard let process = core.process(function), let time = process.processorTime,
                let memory = process.residentMemory
            else { continue }
            readings[function] = Reading(process: process, processorTime: time, memory: memory)
        }
        return readings
    }

    private static func registrations(_ core: Core) -> Int {
        (try? core.ask(.scscf, Command("stats")))?["registrations"]?.integer ?? 0
    }
}
