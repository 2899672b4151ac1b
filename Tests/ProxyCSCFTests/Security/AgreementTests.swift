import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 33.203 §7: security associations of a registration")
struct AgreementTests {
    private var edge = ProtectedEdge()
    private var phone = ProtectedPhone()

    @Test("the four associations: ports, SPIs, keys and directions of each, before the 401 leaves")
    mutating func fourAssociations() throws {
        edge.holdsBack = true
        #expect(try edge.challenge(phone).response == nil)
        let response = try #require(edge.release().response)
        #expect(response.status == .unauthorized)
        try phone.take(response)
        let mechanism = try #require(phone.mechanism)
        #expect(mechanism.integrityAlgorithm?.string == "hmac-sha-1-96")
        #expect(mechanism.encryptionAlgorithm?.string == "aes-cbc")
        let proxyClient = try #require(mechanism.clientSPI)
        let proxyServer = try #require(mechanism.serverSPI)
        #expect(Set([proxyClient, proxyServer, phone.clientSPI, phone.serverSPI]).count == 4)
        #expect(min(proxyClient, proxyServer) >= 256)
        #expect(mechanism.serverPort == ProtectedEdge.serverPort)
        let clientPort = try #require(mechanism.clientPort)
        #expect(ProtectedEdge.clientPorts.contains(clientPort))
        // TS 33.203 §7.1: direction, ports, SPI.
        let (uc, us) = (Endpoint(phone.address, 6001), Endpoint(phone.address, 6000))
        let (pc, ps) = (Endpoint(.loopback, clientPort), Endpoint(.loopback, 5100))
        let table: [(SecurityAssociation.Direction, Endpoint, Endpoint, UInt32)] = [
            (.inbound, uc, ps, proxyServer), (.outbound, ps, uc, phone.clientSPI),
            (.outbound, pc, us, phone.serverSPI), (.inbound, us, pc, proxyClient),
        ]
        #expect(edge.kernel.associations.count == 4)
        for (association, row) in zip(edge.kernel.associations, table) {
            #expect(association.direction == row.0)
            #expect(association.source == row.1)
            #expect(association.destination == row.2)
            #expect(association.spi.rawValue == row.3)
            #expect(Hex.encode(association.keys.integrity) == ProtectedEdge.integrityKey + "00000000")
            #expect(Hex.encode(association.keys.encryption) == ProtectedEdge.cipherKey)
            #expect(association.lifetime == .seconds(240))
            #expect(association.replayWindow == 32)
            #expect(association.otherSourcePort == nil)
        }
        #expect(Set(edge.kernel.associations.map(\.requestID)) == [proxyServer, proxyClient])
    }

    @Test("the phone's side of the terms is the mirror of ours")
    mutating func bothSides() throws {
        _ = try edge.challenge(phone)
        let ours = edge.kernel.associations
        let first = try #require(ours.first)
        let terms = SecurityTerms(
            phone: SecurityEnd(
                phone.address, clientPort: 6001, serverPort: 6000,
                clientSPI: SecurityParametersIndex(rawValue: phone.clientSPI),
                serverSPI: SecurityParametersIndex(rawValue: phone.serverSPI)),
            proxy: SecurityEnd(
                .loopback, clientPort: ours[2].source.port, serverPort: 5100, clientSPI: ours[3].spi,
                serverSPI: ours[0].spi), first.algorithms, first.keys)
        #expect(terms.associations(at: .proxy, lifetime: .seconds(240)) == ours)
        let theirs = terms.associations(at: .phone, lifetime: .seconds(240))
        for (mine, other) in zip(ours, theirs) {
            #expect(mine.id == other.id)
            #expect(mine.source == other.source)
            #expect((mine.direction == .inbound) == (other.direction == .outbound))
        }
        #expect(theirs.map(\.requestID) == [11_111, 11_111, 22_222, 22_222])
    }

    @Test("the 401 keeps the keys back and names one mechanism with everything in it")
    mutating func challenge() throws {
        let response = try #require(try edge.challenge(phone).response)
        #expect(!response.text.contains("ck="))
        #expect(!response.text.contains("ik="))
        let texts = response.texts(.securityServer)
        #expect(texts.count == 1)
        let parts = texts.first?.split(separator: ";").map(String.init) ?? []
        #expect(
            parts.map { $0.prefix { $0 != "=" } } == [
                "ipsec-3gpp", "q", "prot", "mod", "spi-c", "spi-s", "port-c", "port-s", "alg", "ealg",
            ])
        for part in ["q=0.1", "prot=esp", "mod=trans", "port-s=5100", "alg=hmac-sha-1-96", "ealg=aes-cbc"] {
            #expect(parts.contains(part))
        }
    }

    @Test("what goes to the core says nothing of the agreement, and whether the phone is protected")
    mutating func towardsTheCore() throws {
        let first = try #require(try edge.edge.send(phone.first, from: phone.unprotected).forwarded?.0)
        #expect(first.text.contains("integrity-protected=\"no\""))
        for name in [HeaderName.securityClient, .securityVerify, .proxyRequire] { #expect(!first.contains(name)) }
        #expect(!first.listContains(.require, token: "sec-agree"))
        try phone.take(try #require(try edge.challenge(phone).response))
        let second = try #require(try edge.send(phone.second, from: phone.protected()).forwarded?.0)
        #expect(second.text.contains("integrity-protected=\"yes\""))
        for name in [HeaderName.securityClient, .securityVerify, .proxyRequire] { #expect(!second.contains(name)) }
    }

    @Test("over TCP from the client port as over UDP", arguments: [Transport.udp, .tcp])
    mutating func transports(transport: Transport) throws {
        try phone.take(try #require(try edge.challenge(phone).response))
        #expect(try edge.authenticate(phone, over: transport).response?.status == .ok)
        #expect(try edge.states() == ["established"])
    }

    @Test("another identity in the associations of this one is not protected")
    mutating func otherIdentity() throws {
        try phone.take(try #require(try edge.challenge(phone).response))
        phone.identity = "001010000000002@\(AccessEdge.domain)"
        let request = try #require(try edge.send(phone.second, from: phone.protected()).forwarded?.0)
        #expect(request.text.contains("integrity-protected=\"no\""))
    }

    @Test(
        "the lifetime is the registration's and 30 s; a refresh without challenge extends it, a shorter one does not cut it"
    )
    mutating func lifetime() throws {
        try edge.register(&phone, expires: 600)
        #expect(edge.kernel.lifetimes.values.allSatisfy { $0 == .seconds(630) })
        edge.edge.now += .seconds(300)
        #expect(try edge.authenticate(phone, expires: 600).response?.status == .ok)
        #expect(edge.kernel.lifetimes.values.allSatisfy { $0 == .seconds(630) })
        #expect(try edge.authenticate(phone, expires: 100).response?.status == .ok)
        #expect(edge.kernel.lifetimes.values.allSatisfy { $0 == .seconds(630) })
        edge.edge.now += .seconds(629)
        _ = edge.fire()
        #expect(edge.kernel.associations.count == 4)
        edge.edge.now += .seconds(1)
        _ = edge.fire()
        #expect(edge.kernel.associations.isEmpty)
    }

    @Test("a challenge that nobody answers takes its associations with it after four minutes")
    mutating func unanswered() throws {
        _ = try edge.challenge(phone)
        edge.edge.now += .seconds(239)
        _ = edge.fire()
        #expect(edge.kernel.associations.count == 4)
        edge.edge.now += .seconds(1)
        _ = edge.fire()
        #expect(edge.kernel.associations.isEmpty)
    }

    @Test(
        "each algorithm of ours is taken when the phone has no other, with its own keys",
        arguments: SecurityAlgorithms.all)
    mutating func algorithms(pair: SecurityAlgorithms) throws {
        edge = ProtectedEdge { $0.security.preference = SecurityAlgorithms.all }
        phone.pairs = [pair.description]
        _ = try edge.challenge(phone)
        #expect(edge.kernel.associations.map(\.algorithms) == [pair, pair, pair, pair])
        let keys = SecurityKeys(
            pair, integrityKey: Hex.decode(ProtectedEdge.integrityKey) ?? [],
            cipherKey: Hex.decode(ProtectedEdge.cipherKey) ?? [])
        #expect(edge.kernel.associations.allSatisfy { $0.keys == keys })
    }

    @Test("our preference decides, not the phone's", arguments: ["hmac-md5-96/null", "hmac-sha-1-96/null"])
    mutating func preference(best: String) throws {
        let pair = try #require(SecurityAlgorithms(best))
        edge = ProtectedEdge { $0.security.preference.insert(pair, at: 0) }
        _ = try edge.challenge(phone)
        #expect(edge.kernel.associations.first?.algorithms == pair)
    }

    @Test("crossed associations carry what comes from the sender's other port too")
    mutating func crossed() throws {
        edge = ProtectedEdge { $0.security.isCrossed = true }
        _ = try edge.challenge(phone)
        let client = try #require(edge.kernel.associations.last?.destination.port)
        #expect(edge.kernel.associations.map(\.otherSourcePort) == [6000, client, 5100, 6001])
    }

    @Test("crossed: from the phone's server port to ours and from its client port to our client port, as by the others")
    mutating func crossedPorts() throws {
        edge = ProtectedEdge { $0.security.isCrossed = true }
        try edge.register(&phone)
        let client = try #require(phone.mechanism?.clientPort)
        let socket = try #require(
            ProtectedEdge.listeners.first { $0.value.local.port == client && $0.value.transport == .udp }?.key)
        var message = Request(method: "MESSAGE")
        message.contacts = [phone.contact]
        let hops = [
            Hop(.udp, ProtectedEdge.serverDatagrams, Endpoint(phone.address, phone.serverPort)),
            Hop(.udp, socket, Endpoint(phone.address, phone.clientPort)),
            Hop(.udp, socket, Endpoint(phone.address, phone.serverPort)), phone.protected(),
        ]
        for hop in hops { #expect(try edge.send(message, from: hop).forwarded != nil, "\(hop)") }
        edge = ProtectedEdge()
        phone = ProtectedPhone()
        try edge.register(&phone)
        for hop in hops.prefix(2) {
            #expect(try edge.send(message, from: hop).response?.status == .forbidden, "\(hop)")
        }
    }

    @Test("over IPv6 the associations have addresses of IPv6")
    mutating func ipv6() throws {
        phone.address = try #require(IPAddress("2001:db8::1"))
        edge = ProtectedEdge { configuration in
            configuration.listeners[AccessEdge.listener]?.local = Endpoint(.v6(0, 1), 5060)
            configuration.security.sockets[0].address = .v6(0, 1)
        }
        try edge.register(&phone)
        #expect(edge.kernel.associations.allSatisfy { $0.source.address.isV6 && $0.destination.address.isV6 })
        #expect(try edge.states() == ["established"])
    }
}
