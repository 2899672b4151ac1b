import IMS
import Octets
import SIP
import Testing
import UserEquipment

@Suite("RFC 3329 §2.3.1: a phone's side of the security agreement")
struct PhoneSecurityTests {
    static let pairs = "hmac-sha-1-96/aes-cbc,hmac-md5-96/null"
    /// The P-CSCF's, as TS 33.203 Annex H writes it.
    static let server =
        "ipsec-3gpp;q=0.1;prot=esp;mod=trans;spi-c=4096;spi-s=4097;port-c=5101;port-s=5100;alg=hmac-sha-1-96;ealg=aes-cbc"

    /// A phone that has sent its first REGISTER.
    struct World {
        var phone: PhoneWorld
        var last: [PhoneAction]

        init(_ more: [String: String] = [:], encapsulationPort: UInt16? = nil) throws {
            var (sockets, _) = ProtectedSockets.make(
                at: .loopback, ports: [(6000, [6001, 6002])], timers: .userEquipment, from: 1)
            sockets.encapsulationPort = encapsulationPort
            var configuration = UserEquipment.Configuration(proxy: PhoneWorld.proxy, contact: "127.0.0.1:5090")
            configuration.protected = sockets
            phone = PhoneWorld(configuration)
            _ = phone.phone(["security": PhoneSecurityTests.pairs].merging(more) { $1 })
            last = phone.command("register", ["phone": "a"])
        }

        mutating func challenge(_ servers: [String]) throws -> [PhoneAction] {
            var fields: [(HeaderName, String)] = [(.wwwAuthenticate, try PhoneWorld.challenge(sqn: 32))]
            for server in servers { fields.append((.securityServer, server)) }
            last = try phone.answer(last, .unauthorized, fields)
            return last
        }

        mutating func performed(_ outcome: SecurityOutcome) throws -> [PhoneAction] {
            let work = try #require(last.work)
            last = phone.role.handle(.performed(work.id, outcome), at: phone.now)
            return last
        }
    }

    @Test("The first REGISTER lists a mechanism for each pair, with the same SPIs and ports, and asks for sec-agree")
    func firstRegister() throws {
        let world = try World()
        let register = try #require(world.last.sent).0
        let offered = try register.all(SecurityClient.self).map(\.mechanism)
        #expect(offered.map { $0.integrityAlgorithm?.string } == ["hmac-sha-1-96", "hmac-md5-96"])
        #expect(offered.map { $0.encryptionAlgorithm?.string } == ["aes-cbc", "null"])
        #expect(Set(offered.map(\.clientSPI)).count == 1 && Set(offered.map(\.serverSPI)).count == 1)
        #expect(offered.allSatisfy { $0.clientPort == 6001 && $0.serverPort == 6000 })
        #expect(offered.allSatisfy { ($0.clientSPI ?? 0) >= 256 && $0.clientSPI != $0.serverSPI })
        for name in [HeaderName.require, .proxyRequire, .supported] {
            #expect(register.listContains(name, token: "sec-agree"), "\(name)")
        }
        #expect(!register.contains(.securityVerify))
        // What comes later comes to the protected server port.
        #expect(register.firstValue(.contact)?.string.contains("@127.0.0.1:6000") == true)
    }

    @Test("The challenge: four associations first, then the REGISTER inside them, with the list that came")
    func agreement() throws {
        var world = try World()
        let first = try #require(world.last.sent).0
        let orders = try world.challenge([Self.server])
        #expect(orders.sent == nil)
        guard case .install(let associations)? = orders.work?.order else {
            Issue.record("nothing is installed")
            return
        }
        let spis = try first.all(SecurityClient.self).map(\.mechanism).first
        let client = try #require(spis?.clientSPI)
        let server = try #require(spis?.serverSPI)
        // TS 33.203 §7.1: who sends, from which port to which, by the receiver's SPI.
        let table = Set(associations.map { [UInt32($0.source.port), UInt32($0.destination.port), $0.spi.rawValue] })
        #expect(
            table == [[6001, 5100, 4097], [5100, 6001, client], [5101, 6000, server], [6000, 5101, 4096]])
        let vector = try PhoneWorld.vector(sqn: 32)
        #expect(associations.allSatisfy { $0.keys.integrity == vector.ik + [0, 0, 0, 0] })
        #expect(associations.allSatisfy { $0.keys.encryption == vector.ck })
        let second = try world.performed(.done)
        guard case .forward(let register, let hop, _)? = second.first(where: { $0.isForward }) else {
            Issue.record("no REGISTER")
            return
        }
        #expect(hop.remote == Endpoint(.loopback, 5100) && hop.listener != PhoneWorld.proxy.listener)
        #expect(register.values(.securityVerify).map(\.string) == [Self.server])
        #expect(register.values(.securityClient) == first.values(.securityClient))
    }

    @Test(
        "A challenge that the phone cannot agree to ends the registration with a sentence",
        arguments: [
            ([], "no Security-Server in the 401"),
            (["tls;q=0.1"], "names no mechanism that the phone has offered"),
            ([server.replacing("aes-cbc", with: "null")], "names no mechanism that the phone has offered"),
            ([server.replacing("spi-c=4096", with: "spi-c=12")], "lacks SPIs from 256"),
        ])
    func refused(_ servers: [String], _ sentence: String) throws {
        var world = try World()
        let report = try #require(try world.challenge(servers).reply)
        #expect(report["outcome"]?.text == "unusable")
        #expect(report["reason"]?.text?.contains(sentence) == true, "\(report.json)")
    }

    @Test("RFC 3948, TS 33.203 Annex M: the phone lists the tunnel too, and takes it when the P-CSCF has chosen it")
    func throughNAT() throws {
        var world = try World(encapsulationPort: 4_500)
        let offered = try #require(world.last.sent).0.all(SecurityClient.self).map(\.mechanism)
        #expect(offered.map { $0.mode?.string } == ["trans", "trans", "UDP-enc-tun", "UDP-enc-tun"])
        let orders = try world.challenge([Self.server.replacing("mod=trans", with: "mod=UDP-enc-tun")])
        guard case .install(let associations)? = orders.work?.order else {
            Issue.record("nothing is installed")
            return
        }
        // Outside a NAT or behind it, the phone's own address and port 4500; the P-CSCF's at the other end.
        let end = Endpoint(.loopback, 4_500)
        #expect(associations.allSatisfy { $0.tunnel == .init(from: end, to: end) })
        var without = try World()
        let reply = try without.challenge([Self.server.replacing("mod=trans", with: "mod=UDP-enc-tun")]).reply
        #expect(reply?["reason"]?.text?.contains("names no mechanism that the phone has offered") == true)
    }

    @Test("A kernel that cannot install them ends the registration with its sentence")
    func noKernel() throws {
        var world = try World()
        _ = try world.challenge([Self.server])
        let report = try #require(try world.performed(.failed("this kernel has no ESP")).reply)
        #expect(report["reason"]?.text?.contains("this kernel has no ESP") == true)
    }

    @Test("A MAC failure is answered outside every association, and nothing is installed")
    func macFailure() throws {
        var world = try World()
        let stranger = try PhoneWorld.challenge(sqn: 32, opc: String(repeating: "0", count: 32))
        let answer = try world.phone.answer(
            world.last, .unauthorized, [(.wwwAuthenticate, stranger), (.securityServer, Self.server)])
        #expect(answer.work == nil)
        #expect(answer.sent != nil)
    }
}

extension [PhoneAction] {
    fileprivate var work: (order: SecurityOrder, id: WorkID)? {
        for case .perform(let order, let id) in self { return (order, id) }
        return nil
    }
}

extension PhoneAction {
    fileprivate var isForward: Bool { if case .forward = self { true } else { false } }
}
