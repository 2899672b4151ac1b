import IMS
import NodeIO
import Octets
import Testing

@Suite("XFRM: the requests are those of iproute2, octet by octet")
struct XFRMRequestTests {
    static let integrityKey = [UInt8](1...16)
    static let cipherKey = (0..<16).map { UInt8($0 * 0x11) }

    static func association(
        _ algorithms: String, _ direction: SecurityAssociation.Direction = .outbound, isV6: Bool = false
    ) throws -> SecurityAssociation {
        let pair = try #require(SecurityAlgorithms(algorithms))
        func address(_ last: UInt8) -> IPAddress {
            isV6 ? .v6(0x2001_0DB8_0000_0000, UInt64(last)) : .v4(0xC000_0200 | UInt32(last))
        }
        return SecurityAssociation(
            direction, from: Endpoint(address(1), 5062), to: Endpoint(address(2), 6000),
            spi: SecurityParametersIndex(rawValue: isV6 ? 0x2001 : 0x1001), pair,
            try keys(pair), requestID: isV6 ? 8 : 7, lifetime: .seconds(isV6 ? 600 : 3630))
    }

    /// With a salt of zeros where the commands had one.
    private static func keys(_ pair: SecurityAlgorithms) throws -> SecurityKeys {
        let made = try #require(SecurityKeys(pair, integrityKey: integrityKey, cipherKey: cipherKey))
        guard pair.integrity == .aesGMAC || pair.encryption == .aesGCM else { return made }
        func unsalted(_ key: [UInt8]) -> [UInt8] { key.isEmpty ? key : key.dropLast(4) + [0, 0, 0, 0] }
        return try #require(
            SecurityKeys(pair, integrity: unsalted(made.integrity), encryption: unsalted(made.encryption)))
    }

    @Test(
        "RFC 4303: associations of every kind",
        arguments: [
            ("hmac-md5-96/null", false, IPRoute2.nullMD5), ("hmac-sha-1-96/aes-cbc", false, IPRoute2.cbcSHA1),
            ("null/aes-gcm", true, IPRoute2.gcmV6), ("aes-gmac/null", true, IPRoute2.gmacV6),
        ])
    func associations(_ algorithms: String, _ isV6: Bool, _ expected: String) throws {
        let request = XFRMRequests.add(try Self.association(algorithms, isV6: isV6))
        #expect(Hex.encode(request.payload.octets) == expected)
        #expect(request.type == 0x10)  // XFRM_MSG_NEWSA
    }

    @Test("RFC 3948: behind a NAT an association is a tunnel in UDP, its policy that of the packets inside")
    func inUDP() throws {
        let pair = try #require(SecurityAlgorithms("hmac-sha-1-96/aes-cbc"))
        let association = SecurityAssociation(
            .inbound, from: Endpoint(.v4(0x0A00_0002), 6001), to: Endpoint(.v4(0xC000_0201), 5100),
            spi: SecurityParametersIndex(rawValue: 0x1001), pair,
            try #require(SecurityKeys(pair, integrityKey: Self.integrityKey, cipherKey: Self.cipherKey)), requestID: 7,
            lifetime: .seconds(3_630),
            tunnel: .init(from: Endpoint(.v4(0xC633_6407), 20_000), to: Endpoint(.v4(0xC000_0201), 4_500)))
        #expect(Hex.encode(XFRMRequests.add(association).payload.octets) == IPRoute2.inUDP)
        let policies = XFRMRequests.policies(for: association)
        #expect(policies.map { Hex.encode($0.payload.octets) }.first == IPRoute2.policyOfTunnel)
        #expect(association.id == .init(.v4(0xC000_0201), SecurityParametersIndex(rawValue: 0x1001)))
    }

    @Test("A mapping event names the association, and where it comes from now")
    func mapping() throws {
        // struct xfrm_user_mapping of <linux/xfrm.h>: 192.0.2.1, SPI 0x1001, IPv4, ESP; request 7; 198.51.100.7 before and
        // after; port 4500, then 20000.
        let payload =
            "c0000201" + String(repeating: "0", count: 24) + "00001001" + "0200" + "3200" + "07000000" + "c6336407"
            + String(repeating: "0", count: 24) + "c6336407" + String(repeating: "0", count: 24) + "1194" + "4e20"
        let id = SecurityAssociation.ID(.v4(0xC000_0201), SecurityParametersIndex(rawValue: 0x1001))
        let event = SecurityEvent(try message(type: 0x26, payload))
        #expect(event == .moved(id, to: Endpoint(.v4(0xC633_6407), 20_000)))
        #expect(SecurityEvent(try message(type: 0x26, String(payload.dropLast(4)))) == nil)
    }

    @Test("A policy for UDP and one for TCP, which ask for the association by its request id")
    func policies() throws {
        let out = XFRMRequests.policies(for: try Self.association("hmac-sha-1-96/aes-cbc"))
        #expect(out.map { Hex.encode($0.payload.octets) }.first == IPRoute2.policyOut)
        let into = XFRMRequests.policies(for: try Self.association("null/aes-gcm", .inbound, isV6: true))
        #expect(into.map { Hex.encode($0.payload.octets) }.last == IPRoute2.policyInV6)
        #expect((out + into).allSatisfy { $0.type == 0x19 })  // XFRM_MSG_UPDPOLICY
    }

    @Test("A guard drops what has no association, in both directions, over UDP and TCP")
    func guards() {
        let guards = XFRMRequests.guards(of: Endpoint(.v4(0xC000_0201), 5062))
        #expect(guards.map { Hex.encode($0.payload.octets) }.first == IPRoute2.guardIn)
        #expect(Set(guards.map { $0.payload.octets }).count == 4)
    }

    @Test("A policy is removed by its selector")
    func removal() throws {
        let association = try Self.association("hmac-sha-1-96/aes-cbc")
        let request = XFRMRequests.deletePolicy(XFRMRequests.selectors(of: association)[0], 1)
        #expect(Hex.encode(request.payload.octets) == IPRoute2.deletePolicy)
    }

    @Test("A netlink header: length, type, flags, number, nobody's port")
    func header() throws {
        let request = XFRMRequests.add(try Self.association("hmac-sha-1-96/aes-cbc"))
        let octets = request.octets(sequence: 0x0102_0304)
        // 424 octets; NLM_F_REQUEST and NLM_F_ACK.
        #expect(Array(octets.prefix(16)) == [0xA8, 1, 0, 0, 0x10, 0, 5, 0, 4, 3, 2, 1, 0, 0, 0, 0])
    }

    @Test("Lifetimes are whole seconds, rounded up: 0 would be for ever")
    func lifetimes() {
        #expect(XFRMRequests.seconds(.milliseconds(1)) == 1)
        #expect(XFRMRequests.seconds(.zero) == 1)
        #expect(XFRMRequests.seconds(.milliseconds(3_630_500)) == 3_631)
        #expect(XFRMRequests.seconds(.seconds(-5)) == 1)
    }

    @Test("What the kernel tells of an association and a policy is read where it stands")
    func records() throws {
        let octets = try #require(Hex.decode(IPRoute2.gcmV6))
        let state = try #require(XFRMState(NativeReader(octets[...])))
        #expect(
            state.id == .init(.v6(0x2001_0DB8_0000_0000, 2), SecurityParametersIndex(rawValue: 0x2001)))
        #expect(state.requestID == 8 && state.isESP)
        #expect(state.selector?.source == Endpoint(.v6(0x2001_0DB8_0000_0000, 1), 5062))
        #expect(state.selector?.destination.port == 6000)
        let asking = try message(type: 0x13, IPRoute2.policyInV6)
        let policy = try #require(XFRMPolicy(asking))
        #expect(policy.requestID == 8 && policy.direction == 0 && !policy.isBlocking)
        let blocking = try message(type: 0x13, IPRoute2.guardIn)
        #expect(XFRMPolicy(blocking)?.isBlocking == true)
    }

    private func message(type: UInt8, _ payload: String) throws -> NetlinkMessage {
        let octets = try #require(Hex.decode(payload))
        let length = UInt16(octets.count + 16)
        let header = [UInt8(length & 255), UInt8(length >> 8), 0, 0, type, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
        return try #require(NetlinkMessage.all(in: (header + octets)[...]).first)
    }

    @Test("An expire event names the association when its time is up, and nothing when it only draws near")
    func expiry() throws {
        let state = IPRoute2.gcmV6.prefix(2 * 224)
        let id = SecurityAssociation.ID(.v6(0x2001_0DB8_0000_0000, 2), SecurityParametersIndex(rawValue: 0x2001))
        #expect(SecurityEvent(try message(type: 0x18, state + "0100000000000000")) == .expired(id))
        #expect(SecurityEvent(try message(type: 0x18, state + "0000000000000000")) == nil)
        #expect(SecurityEvent(try message(type: 0x10, state + "0100000000000000")) == nil)
    }

    @Test("Whatever is cut off or made up is read without harm")
    func broken() throws {
        var random = SystemRandomNumberGenerator()
        let whole = try #require(Hex.decode(IPRoute2.policyOut))
        for _ in 0..<2_000 {
            var octets = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
            for index in octets.indices where UInt8.random(in: 0..<16, using: &random) == 0 {
                octets[index] = UInt8.random(in: 0...255, using: &random)
            }
            for message in NetlinkMessage.all(in: octets[...]) {
                _ = (XFRMPolicy(message), XFRMState(message.payload), SecurityEvent(message), message.verdict)
                #expect(message.payload.count < octets.count)
            }
        }
    }
}
