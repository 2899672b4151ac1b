import Foundation
import IMS
import NIOPosix
import NodeIO
import Octets
import RTP
import Synchronization
import UserEquipment

/// A virtual phone's audio with a machine at the other end: what it says, and the tones that it has heard.
struct PhoneAudio: Sendable {
    private let socket: MediaSocket<PhoneStream>
    private let ear: Ear

    /// Hz: those of a mailbox, and those of the messages that the tests leave.
    static let knownTones = [300, 440, 500, 550, 660, 700, 900, 1_000, 1_200, 1_400]

    init(_ address: IPAddress) throws(OperationFailure) {
        let ear = Ear()
        do {
            socket = try MediaSocket.open(address, on: MultiThreadedEventLoopGroup.singleton.next()) { ear.take($0) }
        } catch {
            throw OperationFailure(.unavailable, "no port is free for the virtual phone's audio: \(error)")
        }
        self.ear = ear
    }

    var local: Endpoint { socket.local }

    func close() { socket.close() }

    /// Begins with what the phone reports of its call's stream. - Returns: false when it is not G.711 in both directions.
    func start(_ media: Report?) throws(OperationFailure) -> Bool {
        var entropy = Entropy.fromSystem()
        guard media?["direction"]?.text == "sendrecv", let remote = media?["remote"]?.text.flatMap(Endpoint.init),
            let type = media?["payload-type"]?.integer.flatMap({ UInt8(exactly: $0) }),
            let stream = PhoneStream(payloadType: type, events: 101, knows: Self.knownTones, entropy: &entropy)
        else { return false }
        ear.clear()
        do { try socket.start(stream, to: remote) } catch {
            throw OperationFailure(.failed, "the virtual phone's audio: \(error)")
        }
        return true
    }

    func stop() { _ = try? socket.stop() }

    /// Says it, and waits until it has been said.
    func say(_ sounds: PhoneStream.Sound...) {
        ear.begin()
        socket.order(sounds)
        _ = wait(.seconds(60)) { $0.isSaying ? nil : true }
    }

    /// Waits for a tone that goes on for at least so long. - Returns: false when it did not come in time.
    func hears(_ frequency: Int, milliseconds: Int = 60, within span: Duration) -> Bool {
        wait(span) { heard in
            heard.tones.contains { $0.frequency == frequency && $0.milliseconds >= milliseconds } ? true : nil
        } ?? false
    }

    /// What has been heard since the beginning, or the last call.
    func takeTones() -> [Ear.Heard] { ear.takeTones() }

    private func wait<Value>(_ span: Duration, _ find: (Ear.State) -> Value?) -> Value? {
        let deadline = ContinuousClock.now + span
        while true {
            if let value = find(ear.state) { return value }
            guard ContinuousClock.now < deadline else { return nil }
            usleep(10_000)
        }
    }
}

/// What a phone's audio tells, gathered between its loop and the test.
final class Ear: Sendable {
    struct Heard: Equatable, Sendable {
        var frequency: Int
        var milliseconds: Int
    }

    struct State: Sendable {
        var tones: [Heard] = []
        var isSaying = false
    }

    private let mutex = Mutex(State())

    var state: State { mutex.withLock { $0 } }

    func clear() { mutex.withLock { $0 = State() } }

    func begin() { mutex.withLock { $0.isSaying = true } }

    func takeTones() -> [Heard] {
        mutex.withLock { state in
            defer { state.tones = [] }
            return state.tones
        }
    }

    func take(_ events: [PhoneStream.Event]) {
        mutex.withLock { state in
            for event in events {
                switch event {
                case .said: state.isSaying = false
                case .heard(let frequency, let milliseconds):
                    // Of a tone that changes in the middle of a packet a splinter is left.
                    guard milliseconds >= 40 else { continue }
                    state.tones.append(Heard(frequency: frequency, milliseconds: milliseconds))
                }
            }
        }
    }
}
