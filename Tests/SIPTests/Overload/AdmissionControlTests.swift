import Octets
import SIP
import Testing

@Suite("Admission by queue delay")
struct AdmissionControlTests {
    /// The requests a second that `LoadedNode` can handle.
    private static let capacity = 1_000

    @Test("within capacity nothing is refused, bursts included")
    func withinCapacity() {
        var node = LoadedNode(seed: 1)
        #expect(node.run(for: .seconds(30), rate: Self.capacity * 8 / 10).refused == 0)
        // Some 80 in no time: 80 ms of work.
        #expect(node.run(for: .milliseconds(1), rate: 80_000).refused == 0)
        #expect(node.run(for: .seconds(10), rate: Self.capacity / 2).refused == 0)
    }

    @Test(
        "F17: 2 and 10 times what it can, refusals at a hundredth of the price: nine tenths of what they leave is used",
        arguments: [2, 10])
    func overload(factor: Int) {
        var node = LoadedNode(seed: 2)
        _ = node.run(for: .seconds(2), rate: Self.capacity * factor)
        let span = 20
        let result = node.run(for: .seconds(Int64(span)), rate: Self.capacity * factor)
        let left = 1 - Double(result.wasted.wholeNanoseconds) / Double(span) / 1e9
        let used = Double(result.handled) / Double(span * Self.capacity)
        #expect(used >= 0.9 * left, "\(used) of \(left)")
        #expect(result.longWait <= .milliseconds(250), "\(result.longWait)")
        #expect(result.lost == 0)
    }

    @Test("RFC 7339: when the senders obey, nine tenths of the whole capacity is used at 10 times the load")
    func feedback() {
        var node = LoadedNode(seed: 3)
        _ = node.run(for: .seconds(3), rate: Self.capacity * 10, obeys: true)
        let result = node.run(for: .seconds(20), rate: Self.capacity * 10, obeys: true)
        #expect(result.handled >= 20 * Self.capacity * 9 / 10, "\(result.handled)")
        #expect(result.longWait <= .milliseconds(250), "\(result.longWait)")
    }

    @Test("without control the same load only waits: what this is for")
    func withoutControl() {
        var settings = AdmissionSettings()
        settings.target = .seconds(3_600)
        var node = LoadedNode(seed: 2)
        node.control = AdmissionControl(settings: settings)
        _ = node.run(for: .seconds(2), rate: Self.capacity * 10)
        let result = node.run(for: .seconds(5), rate: Self.capacity * 10)
        #expect(result.waits.allSatisfy { $0 > .milliseconds(900) })
    }

    @Test("F17: emergencies, dialogs and begun registrations are refused last, in this order")
    func priorities() {
        var node = LoadedNode(seed: 4)
        let mix: (UInt32) -> RequestPriority = { dice in
            switch dice % 1_000 {
            case 0..<5: .emergency
            case 5..<45: .dialog
            case 45..<65: .continuing
            default: .ordinary
            }
        }
        _ = node.run(for: .seconds(2), rate: Self.capacity * 10, mix: mix)
        let result = node.run(for: .seconds(30), rate: Self.capacity * 10, mix: mix)
        func part(_ priority: RequestPriority) -> Double {
            let counts = result.byPriority[priority] ?? (1, 0)
            return Double(counts.handled) / Double(counts.offered)
        }
        #expect(part(.emergency) == 1)
        #expect(part(.dialog) >= 0.99, "\(part(.dialog))")
        #expect(part(.continuing) >= 0.95, "\(part(.continuing))")
        #expect(part(.ordinary) < 0.1)
    }

    /// Ten requests a second, two of three late because something else had the processor.
    @Test("a few late requests among few are no queue, a quarter of a second of nothing but late ones is")
    func hiccups() {
        var control = AdmissionControl()
        var dice = Entropy(number: 6)
        var now = Instant.zero
        for number in 1...2_000 {
            now = now + .milliseconds(60 + Int64(dice.next32() % 80))
            let isLate = number % 3 != 0
            let isAdmitted = control.admits(.ordinary, waited: .milliseconds(isLate ? 60 : 0), at: now)
            #expect(isAdmitted, "request \(number) at \(now)")
        }
        for _ in 0..<50 {
            now = now + .milliseconds(5)
            _ = control.admits(.ordinary, waited: .milliseconds(60), at: now)
        }
        #expect(control.isLimiting)
    }

    @Test("F17: after a flood that waited for seconds, whoever comes at a low rate is let in within three seconds")
    func recoveryFromFlood() {
        var control = AdmissionControl()
        var now = Instant.zero
        for number in 0..<100_000 {
            now = now + .microseconds(100)
            _ = control.admits(.ordinary, waited: number < 500 ? .milliseconds(60) : .seconds(3), at: now)
        }
        #expect((control.rate ?? 0) < 50)
        let end = now
        var late = 0
        for _ in 0..<250 {
            now = now + .milliseconds(40)
            let isAdmitted = control.admits(.ordinary, waited: .zero, at: now)
            if !isAdmitted, now - end > .seconds(3) { late += 1 }
        }
        #expect(late == 0)
        #expect(!control.isLimiting)
    }

    @Test("not even emergencies come in without end")
    func onlyEmergencies() {
        var node = LoadedNode(seed: 5)
        _ = node.run(for: .seconds(2), rate: Self.capacity * 10, mix: { _ in .emergency })
        let result = node.run(for: .seconds(10), rate: Self.capacity * 10, mix: { _ in .emergency })
        #expect(result.refused > 0 && result.lost == 0)
        #expect(result.longWait <= .milliseconds(250), "\(result.longWait)")
    }

    @Test("F17: ten seconds after the load is back to half, nothing is refused and no limit is kept")
    func recovery() {
        var node = LoadedNode(seed: 6)
        _ = node.run(for: .seconds(20), rate: Self.capacity * 10)
        #expect(node.control.isLimiting)
        _ = node.run(for: .seconds(10), rate: Self.capacity / 2)
        let after = node.run(for: .seconds(10), rate: Self.capacity / 2)
        #expect(after.refused == 0)
        #expect(!node.control.isLimiting && node.control.reduction == 0)
    }

    @Test("a pause of one and a half seconds at half the load costs refusals for three seconds at most")
    func stall() {
        var node = LoadedNode(seed: 8)
        _ = node.run(for: .seconds(5), rate: Self.capacity / 2)
        node.stall(for: .milliseconds(1_500))
        _ = node.run(for: .seconds(3), rate: Self.capacity / 2)
        #expect(node.run(for: .seconds(10), rate: Self.capacity / 2).refused == 0)
    }

    @Test("the same seed refuses the same requests")
    func repeatable() {
        func run() -> [Duration] {
            var node = LoadedNode(seed: 7)
            return node.run(for: .seconds(5), rate: Self.capacity * 3).waits
        }
        #expect(run() == run())
    }
}
