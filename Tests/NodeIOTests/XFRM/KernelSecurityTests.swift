import Glibc
import IMS
import NodeIO
import Octets
import Synchronization
import Testing

/// Associations in the kernel itself, in the network namespace of this process: addresses of nobody (RFC 5737, RFC 3849).
@Suite(
    "XFRM: associations of this kernel", .serialized,
    .enabled(
        if: !KernelSecurity().support(for: SecurityAlgorithms.all, isV6: false).usable.isEmpty,
        "no ESP here, or no right: run Tests/Interop/ipsec-in-vm"))
struct KernelSecurityTests {
    let kernel = KernelSecurity()

    @Test("RFC 4303: every pair of algorithms, IPv4 and IPv6: installed, extended, removed", arguments: [false, true])
    func life(isV6: Bool) throws {
        let support = kernel.support(for: SecurityAlgorithms.all, isV6: isV6)
        #expect(support.sentence == nil)
        for pair in support.usable {
            let set = try Self.set(pair, isV6: isV6)
            #expect(kernel.perform(.install(set)) == .done, "\(pair)")
            // A second time they are there already.
            guard case .failed(let sentence) = kernel.perform(.install(set)) else {
                Issue.record("the same SPI twice")
                continue
            }
            #expect(sentence.contains("0x1001"))
            #expect(kernel.perform(.extend(set, lifetime: .seconds(7_200))) == .done)
            #expect(kernel.perform(.remove(set)) == .done)
            #expect(kernel.perform(.remove(set)) == .done)
            guard case .failed = kernel.perform(.extend(set, lifetime: .seconds(1))) else {
                Issue.record("extended what is gone")
                continue
            }
        }
    }

    @Test(
        "RFC 3948: associations in UDP are installed, follow the NAT to another port, and go", arguments: [false, true])
    func inUDP(isV6: Bool) throws {
        let pair = try #require(SecurityAlgorithms("hmac-sha-1-96/aes-cbc"))
        let nat = isV6 ? IPAddress.v6(0x2001_0DB8_0001_0000, 7) : .v4(0xC633_6407)
        let plain = try Self.set(pair, isV6: isV6)
        func set(_ port: UInt16) -> [SecurityAssociation] {
            plain.map { one in
                let own = one.direction == .outbound ? one.source.address : one.destination.address
                let ends = [Endpoint(own, 4_500), Endpoint(nat, port)]
                let isOut = one.direction == .outbound
                return SecurityAssociation(
                    one.direction, from: one.source, to: one.destination, spi: one.spi, pair, one.keys,
                    requestID: one.requestID, lifetime: one.lifetime,
                    tunnel: .init(from: ends[isOut ? 0 : 1], to: ends[isOut ? 1 : 0]))
            }
        }
        #expect(kernel.perform(.install(set(4_500))) == .done)
        #expect(kernel.perform(.extend(set(20_000), lifetime: .seconds(60))) == .done)
        #expect(kernel.perform(.clearOrphans(of: [plain[0].source], except: set(20_000))) == .done)
        #expect(kernel.perform(.extend(set(20_001), lifetime: .seconds(60))) == .done)
        #expect(kernel.perform(.remove(set(20_000))) == .done)
        guard case .failed = kernel.perform(.extend(set(20_000), lifetime: .seconds(1))) else {
            return #expect(Bool(false), "they are still there")
        }
        kernel.release([plain[0].source])
    }

    @Test("TS 33.203 §7.4: how long the kernel takes for the four associations of a phone")
    func installationTime() throws {
        let pair = try #require(SecurityAlgorithms("hmac-sha-1-96/aes-cbc"))
        let keys = try #require(SecurityKeys(pair, integrityKey: [UInt8](1...16), cipherKey: [UInt8](17...32)))
        func end(_ last: UInt32, _ first: UInt16, _ spi: UInt32) -> SecurityEnd {
            SecurityEnd(
                .v4(0xC000_0200 | last), clientPort: first, serverPort: first + 1,
                clientSPI: SecurityParametersIndex(rawValue: spi), serverSPI: SecurityParametersIndex(rawValue: spi + 1)
            )
        }
        let clock = ContinuousClock()
        var spans: [Duration] = []
        var all: [[SecurityAssociation]] = []
        for number in UInt32(0)..<200 {
            let phone = end(2, 10_000 + 2 * UInt16(number), 0x10_0000 + 2 * number)
            let terms = SecurityTerms(phone: phone, proxy: end(1, 5_101, 0x20_0000 + 2 * number), pair, keys)
            let set = terms.associations(at: .proxy, lifetime: .seconds(600))
            let began = clock.now
            #expect(kernel.perform(.install(set)) == .done)
            spans.append(clock.now - began)
            all.append(set)
        }
        spans.sort()
        print("four associations and eight policies in the kernel: median \(spans[100]), longest \(spans[199])")
        for set in all { #expect(kernel.perform(.remove(set)) == .done) }
    }

    @Test("Of a set that cannot be installed nothing stays")
    func allOrNothing() throws {
        let pair = try #require(SecurityAlgorithms("hmac-sha-1-96/aes-cbc"))
        let set = try Self.set(pair, isV6: false)
        #expect(kernel.perform(.install([set[1]])) == .done)
        guard case .failed = kernel.perform(.install(set)) else { return #expect(Bool(false), "one SPI is taken") }
        // The other one is free: it went away again.
        #expect(kernel.perform(.install([set[0]])) == .done)
        #expect(kernel.perform(.remove(set)) == .done)
    }

    @Test("Orphans of a port are cleared, what is named stays")
    func orphans() throws {
        let pair = try #require(SecurityAlgorithms("hmac-md5-96/null"))
        let set = try Self.set(pair, isV6: false)
        #expect(kernel.perform(.install(set)) == .done)
        #expect(kernel.perform(.clearOrphans(of: [set[0].source], except: [set[0]])) == .done)
        #expect(kernel.perform(.extend([set[0]], lifetime: .seconds(60))) == .done)
        guard case .failed = kernel.perform(.extend([set[1]], lifetime: .seconds(60))) else {
            return #expect(Bool(false), "the orphan is still there")
        }
        kernel.release([set[0].source])
        guard case .failed = kernel.perform(.extend([set[0]], lifetime: .seconds(60))) else {
            return #expect(Bool(false), "something is left")
        }
    }

    @Test("The kernel takes away what has lived its time, and says so", .timeLimit(.minutes(1)))
    func expiry() async throws {
        let pair = try #require(SecurityAlgorithms("hmac-sha-1-96/null"))
        var one = try Self.set(pair, isV6: false)[0]
        one.lifetime = .seconds(1)
        let seen = Mutex<[SecurityEvent]>([])
        try SecurityEvent.watch { event in seen.withLock { $0.append(event) } }
        #expect(kernel.perform(.install([one])) == .done)
        while seen.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(50)) }
        #expect(seen.withLock { $0 } == [.expired(one.id)])
        // Its policies are still there, and let nothing through until they are removed.
        #expect(kernel.perform(.remove([one])) == .done)
    }

    private static func set(_ pair: SecurityAlgorithms, isV6: Bool) throws -> [SecurityAssociation] {
        let keys = try #require(
            SecurityKeys(pair, integrityKey: [UInt8](1...16), cipherKey: [UInt8](17...32)))
        func end(_ last: UInt8, _ port: UInt16) -> Endpoint {
            Endpoint(isV6 ? .v6(0x2001_0DB8_0000_0000, UInt64(last)) : .v4(0xC000_0200 | UInt32(last)), port)
        }
        func association(
            _ direction: SecurityAssociation.Direction, _ source: Endpoint, _ destination: Endpoint, _ number: UInt32
        ) -> SecurityAssociation {
            SecurityAssociation(
                direction, from: source, to: destination, spi: SecurityParametersIndex(rawValue: 0x1000 + number), pair,
                keys, requestID: 70_000 + number, lifetime: .seconds(3_600))
        }
        return [
            association(.outbound, end(1, 5062), end(2, 6000), 1),
            association(.inbound, end(2, 6000), end(1, 5062), 2),
        ]
    }
}
