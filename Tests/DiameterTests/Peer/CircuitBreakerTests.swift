import Diameter
import Octets
import Testing

@Suite("Circuit breaker of a peer")
struct CircuitBreakerTests {
    typealias State = CircuitBreaker.State

    static let settings: CircuitBreaker.Settings = {
        var settings = CircuitBreaker.Settings()
        settings.threshold = 3
        settings.firstPause = .seconds(1)
        settings.longestPause = .seconds(4)
        return settings
    }()

    static func at(_ seconds: Double) -> Instant { .zero + .milliseconds(Int64(seconds * 1000)) }

    /// A breaker whose circuit opened at 0, and with `halfOpen` whose probe went out at 1 s.
    static func make(in state: State) -> CircuitBreaker {
        var breaker = CircuitBreaker()
        guard state != .closed else { return breaker }
        for _ in 0..<3 { breaker.timedOut(isProbe: false, settings: settings, at: .zero) }
        if state == .halfOpen { _ = breaker.asked(at: at(1)) }
        return breaker
    }

    @Test("closed ─ timedOut × threshold ─▶ open; an answer between them begins anew")
    func opens() {
        var breaker = CircuitBreaker()
        for _ in 0..<2 { breaker.timedOut(isProbe: false, settings: Self.settings, at: .zero) }
        breaker.answered()
        for _ in 0..<2 { breaker.timedOut(isProbe: false, settings: Self.settings, at: .zero) }
        #expect(breaker.state == .closed && breaker.permits(at: .zero))
        breaker.timedOut(isProbe: false, settings: Self.settings, at: .zero)
        #expect(breaker.state == .open && breaker.timeouts == 3)
        #expect(!breaker.permits(at: Self.at(0.999)))
        #expect(breaker.permits(at: Self.at(1)))
    }

    @Test("half-open lets one request through: the probe")
    func probe() {
        var breaker = Self.make(in: .open)
        #expect(breaker.asked(at: Self.at(1)) == true)
        #expect(breaker.state == .halfOpen)
        #expect(!breaker.permits(at: Self.at(1)) && !breaker.permits(at: Self.at(100)))
        #expect(breaker.asked(at: Self.at(2)) == false, "a second one is none")
        breaker.abandoned()
        #expect(breaker.permits(at: Self.at(2)))
    }

    @Test("half-open ─ timedOut ─▶ open, the pause doubled up to the longest")
    func reopens() {
        var breaker = Self.make(in: .halfOpen)
        var now = Self.at(2)
        for pause in [2, 4, 4] as [Double] {
            breaker.timedOut(isProbe: true, settings: Self.settings, at: now)
            #expect(breaker.state == .open)
            #expect(!breaker.permits(at: now + .milliseconds(Int64(pause * 1000) - 1)))
            now = now + .milliseconds(Int64(pause * 1000))
            #expect(breaker.permits(at: now))
            #expect(breaker.asked(at: now) == true)
        }
    }

    @Test("every state × event", arguments: State.allCases)
    func matrix(state: State) {
        func after(_ event: (inout CircuitBreaker) -> Void) -> State {
            var breaker = Self.make(in: state)
            event(&breaker)
            return breaker.state
        }
        #expect(after { $0.answered() } == .closed)
        #expect(after { $0.abandoned() } == state)
        #expect(after { $0.timedOut(isProbe: false, settings: Self.settings, at: Self.at(2)) } == state)
        #expect(
            after { $0.timedOut(isProbe: true, settings: Self.settings, at: Self.at(2)) }
                == (state == .halfOpen ? .open : state))
        #expect(after { _ = $0.asked(at: Self.at(0.5)) } == state)
        #expect(after { _ = $0.asked(at: Self.at(2)) } == (state == .open ? .halfOpen : state))
    }

    @Test("a threshold of 0 never opens")
    func off() {
        var settings = CircuitBreaker.Settings()
        settings.threshold = 0
        var breaker = CircuitBreaker()
        for _ in 0..<1000 { breaker.timedOut(isProbe: false, settings: settings, at: .zero) }
        #expect(breaker.state == .closed)
    }
}
