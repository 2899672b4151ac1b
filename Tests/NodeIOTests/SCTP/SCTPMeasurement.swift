import Diameter
import Foundation
import NIOCore
import NodeIO
import Testing

/// Numbers, not promises: SCTP_MEASURE=1 prints the round trip and the processor time of one message of 600 octets.
@Suite(
    "SCTP: measurement",
    .enabled(if: ProcessInfo.processInfo.environment["SCTP_MEASURE"] != nil, "SCTP_MEASURE is not set"))
struct SCTPMeasurement {
    @Test("round trip of 600 octets, one at a time and 64 at a time", arguments: SCTPPairing.available)
    func roundTrip(pairing: SCTPPairing) async throws {
        for outstanding in [1, 64] {
            let scene = try await SCTPScene(pairing)
            let (ours, theirs) = try await scene.connect()
            let total = 20_000
            try await scene.server.on { state in
                state.intercept = { [unowned state] event in
                    guard case .received(let octets, _) = event else { return false }
                    state.transport?.send(octets, on: theirs)
                    return true
                }
            }
            let message = [UInt8](repeating: 7, count: 600)
            let before = (ContinuousClock.now, Self.processorTime())
            try await scene.client.on { state in
                var answers = 0
                state.intercept = { [unowned state] event in
                    guard case .received = event else { return false }
                    answers += 1
                    if answers + outstanding <= total { state.transport?.send(message, on: ours) }
                    return answers < total
                }
                for _ in 0..<outstanding { state.transport?.send(message, on: ours) }
            }
            _ = try await scene.client.received(1, on: ours, within: .seconds(60))
            let wall = (ContinuousClock.now - before.0) / total
            let processor = (Self.processorTime() - before.1) / Double(2 * total) * 1e6
            print(
                "\(pairing.testDescription), \(outstanding) outstanding: \(wall) a round trip, \(processor) µs CPU a message"
            )
            try await scene.end()
        }
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
