import Octets

/// How long to wait before connecting again: doubled each time, a quarter more or less by chance.
struct ReconnectPause: Sendable {
    private var failures = 0

    mutating func next(first: Duration, longest: Duration, entropy: inout Entropy) -> Duration {
        let doublings = min(failures, 20)
        failures += 1
        let pause = min(first * (1 << doublings), longest)
        let quarter = pause.wholeNanoseconds / 4
        guard quarter > 0 else { return pause }
        let shift = Int64(entropy.next64() % UInt64(2 * quarter + 1)) - quarter
        return min(.nanoseconds(pause.wholeNanoseconds + shift), longest)
    }

    mutating func reset() { failures = 0 }
}
