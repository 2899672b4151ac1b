/// A pure tone at 8,000 samples a second, made and recognised.
package struct Tone: Equatable, Sendable {
    /// Hz, above 0 and below 4,000.
    package let frequency: Double

    package static let samplesPerSecond = 8_000.0

    package init(frequency: Double) { self.frequency = min(max(frequency, 1), 3_999) }

    private var angle: Double { 2 * Double.pi * frequency / Self.samplesPerSecond }

    /// Samples from the beginning of the tone on, at a quarter of full scale.
    ///
    /// - Parameter start: how many samples came before.
    package func samples(_ count: Int, from start: Int) -> [Int16] {
        (start..<start + count).map { index in
            // A whole second is a whole number of periods of every whole frequency.
            let turns = frequency * Double(index % Int(Self.samplesPerSecond)) / Self.samplesPerSecond
            return Int16(8_192 * Self.sine(turns - turns.rounded(.down)))
        }
    }

    /// How much of the samples' energy is this tone, 0 to 1: the algorithm of Goertzel. Silence has none.
    package func share(of samples: [Int16]) -> Double {
        let coefficient = 2 * Self.sine(angle / (2 * Double.pi) + 0.25)
        var (one, two, energy) = (0.0, 0.0, 0.0)
        for sample in samples {
            let value = Double(sample)
            energy += value * value
            (one, two) = (value + coefficient * one - two, one)
        }
        guard energy > 0 else { return 0 }
        let power = one * one + two * two - coefficient * one * two
        return min(1, 2 * power / (energy * Double(samples.count)))
    }

    /// The sine of a part of a whole turn, by its series; nothing else of this target needs a library of mathematics.
    private static func sine(_ turns: Double) -> Double {
        var part = turns - turns.rounded(.down)
        if part > 0.5 { return -sine(part - 0.5) }
        if part > 0.25 { part = 0.5 - part }
        let angle = 2 * Double.pi * part
        var (term, sum) = (angle, angle)
        for step in stride(from: 2.0, through: 18, by: 2) {
            term *= -angle * angle / (step * (step + 1))
            sum += term
        }
        return sum
    }
}
