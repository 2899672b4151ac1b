import Testing
import UserEquipment

@Suite("Latency percentiles")
struct LatencyHistogramTests {
    @Test("within 13 % above the true value, and never beyond the longest")
    func percentiles() {
        var histogram = LatencyHistogram()
        for milliseconds in 1...1_000 { histogram.record(.milliseconds(milliseconds)) }
        for (part, milliseconds) in [(0.5, 500), (0.9, 900), (0.99, 990), (1, 1_000)] {
            let value = histogram.percentile(part)
            #expect(value >= .milliseconds(milliseconds), "\(part): \(value)")
            #expect(value <= .milliseconds(milliseconds) * 1.13, "\(part): \(value)")
        }
        #expect(histogram.longest == .milliseconds(1_000))
        #expect(histogram.count == 1_000)
    }

    @Test("nothing recorded, and the extremes")
    func extremes() {
        var histogram = LatencyHistogram()
        #expect(histogram.percentile(0.5) == .zero)
        histogram.record(.zero)
        histogram.record(.nanoseconds(-1))
        histogram.record(.seconds(1_000_000_000))
        #expect(histogram.percentile(1) == .seconds(1_000_000_000))
    }
}
