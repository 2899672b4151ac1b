import Octets
import SIP
import Testing

@Suite("Limits of one source address, rows A9 and S6 of the threats")
struct SourceLimitsTests {
    private static func address(_ number: UInt32) -> IPAddress { .v4(number) }

    @Test("a burst, then the rate; another address is not touched")
    func rate() {
        var limits = SourceLimits(settings: SourceSettings(rate: 10, burst: 5))
        let flood = (0..<100).count { _ in limits.admits(Self.address(1), at: .zero) }
        #expect(flood == 5)
        #expect(limits.admits(Self.address(2), at: .zero) == true)
        var now = Instant.zero
        var admitted = 0
        for _ in 0..<10_000 {
            now += .milliseconds(1)
            if limits.admits(Self.address(1), at: now) { admitted += 1 }
        }
        #expect((99...101).contains(admitted))
        #expect(limits.admits(Self.address(1), at: .distantFuture) == true)
    }

    @Test("one subscriber's IPv6 network is one source; exempt addresses are never limited")
    func keys() {
        var settings = SourceSettings(rate: 1, burst: 1)
        settings.exempt = [.loopback]
        var limits = SourceLimits(settings: settings)
        #expect(limits.admits(.v6(0x2001_0db8_0000_0001, 1), at: .zero) == true)
        #expect(limits.admits(.v6(0x2001_0db8_0000_0001, 2), at: .zero) == false)
        #expect(limits.admits(.v6(0x2001_0db8_0000_0002, 1), at: .zero) == true)
        for _ in 0..<100 { #expect(limits.admits(.loopback, at: .zero) == true) }
    }

    @Test("the table is bounded, however many addresses there are")
    func bounded() {
        var settings = SourceSettings(rate: 1, burst: 2)
        settings.table = 100
        var limits = SourceLimits(settings: settings)
        for number in 0..<10_000 {
            _ = limits.admits(Self.address(UInt32(number)), at: .zero)
            #expect(limits.count <= 200)
        }
    }
}
