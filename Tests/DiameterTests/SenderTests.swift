import Diameter
import Octets
import Testing

@Suite("Who may speak, RFC 6733 §2.9, §6.3 and §6.4")
struct SenderTests {
    static func agent(_ name: String) -> PeerConfiguration {
        var peer = Sample.peer(name, port: 1, initiates: false)
        peer.isAgent = true
        return peer
    }

    static func other(host: String = "cscf", realm: String = "example.org", record: String? = nil) -> [UInt8] {
        var request = DiameterMessage(Sample.command, application: Sample.application)
        request.append(.sessionID, "x;1;1")
        request.append(.originHost, Sample.host(host))
        request.append(.originRealm, DiameterIdentity(realm))
        request.append(.destinationRealm, Sample.realm)
        request.append(.routeRecord, record.map(Sample.host))
        return request.octets
    }

    @Test("D7: a realm that is not the one of its CER: 5004 with Origin-Realm")
    func realm() throws {
        var world = Sample.server()
        let association = world.openRaw("cscf", to: 0)
        let outputs = world.sendRaw(Self.other(realm: "evil.example"), to: 0, on: association)
        let answer = try #require(Sample.answers(outputs).first)
        #expect(answer[.resultCode] == .invalidAVPValue)
        #expect(answer[.failedAVP]?.array == Wire.avp(296, Wire.text("evil.example")))
        #expect(Sample.reasons(outputs) == [.originMismatch])
    }

    @Test("D7: saying in CER that it is a relay does not make a peer one")
    func advertised() throws {
        var world = Sample.server()
        let association = world.openRaw("cscf", to: 0, application: .relay)
        let outputs = world.sendRaw(Self.other(host: "other", record: "other"), to: 0, on: association)
        #expect(Sample.reasons(outputs) == [.originMismatch])
    }

    @Test("§6.7.1: an agent brings requests of others only with their way in Route-Record")
    func agents() throws {
        var world = Sample.server(peers: [Self.agent("drl")])
        let association = world.openRaw("drl", to: 0, application: .relay)
        #expect(
            Sample.reasons(world.sendRaw(Self.other(), to: 0, on: association)) == [.originMismatch])
        let shown = world.sendRaw(Self.other(record: "cscf"), to: 0, on: association)
        #expect(try Sample.answers(shown).first?[.resultCode] == .success)
    }

    @Test("A16: a peer sends only the requests that its configuration allows: 5003")
    func requests() throws {
        var peer = Sample.peer("cscf", port: 1, initiates: false)
        peer.requests = [CommandCode(rawValue: 301)]
        var world = Sample.server(peers: [peer])
        let association = world.openRaw("cscf", to: 0)
        let outputs = world.sendRaw(Self.other(), to: 0, on: association)
        #expect(try Sample.answers(outputs).first?[.resultCode] == .authorizationRejected)
        #expect(Sample.reasons(outputs) == [.senderNotAllowed])
        #expect(world.nodes[0].requests.isEmpty)
    }

    @Test(
        "A16: a command is taken from the hosts and realms of its list, whoever brings it",
        arguments: [("hss", "example.org", true), ("x", "home.example", true), ("x", "example.org", false)])
    func senders(host: String, realm: String, isTaken: Bool) throws {
        var settings = DiameterSettings.standard
        settings.senders.restrict(
            Sample.command, to: .init(hosts: [Sample.host("HSS")], realms: [DiameterIdentity("home.example")]))
        var world = Sample.server("cscf", settings: settings, peers: [Self.agent("drl")])
        let association = world.openRaw("drl", to: 0, application: .relay)
        let outputs = world.sendRaw(Self.other(host: host, realm: realm, record: host), to: 0, on: association)
        #expect(try Sample.answers(outputs).first?[.resultCode] == (isTaken ? .success : .authorizationRejected))
        #expect(world.nodes[0].requests.count == (isTaken ? 1 : 0))
    }

    @Test("§5.3: CER, DWR and DPR with the P bit: 3008; with an unknown mandatory AVP: 5001")
    func common() throws {
        for (request, closes) in [
            (CapabilitiesExchangeRequest(Sample.local("cscf").capabilities).message(), true),
            (DeviceWatchdogRequest(origin: Sample.local("cscf").origin).message(), false),
            (DisconnectPeerRequest(origin: Sample.local("cscf").origin, cause: .busy).message(), false),
        ] {
            for (isProxiable, code) in [(true, ResultCode.invalidHeaderBits), (false, .avpUnsupported)] {
                var world = Sample.server()
                let association =
                    closes
                    ? world.connectRaw(to: 0, from: Endpoint(.loopback, 1)) : world.openRaw("cscf", to: 0)
                var bad = request
                if isProxiable { bad.flags.insert(.proxiable) } else { bad.append(AVPKey<UInt32>(9_999), 1) }
                let outputs = world.sendRaw(bad.octets, to: 0, on: association)
                let answer = try #require(Sample.answers(outputs).first)
                #expect(answer[.resultCode] == code)
                #expect(answer.isError == isProxiable)
                #expect(outputs.contains(.close(association)) == closes)
                if !isProxiable { #expect(answer[.failedAVP]?.array == Wire.avp(9_999, Wire.number(1))) }
            }
        }
    }

    @Test("§6.11: Vendor-Specific-Application-Id has one of the two applications, not none, not both")
    func vendorSpecific() throws {
        func failure(_ inner: [UInt8]) throws -> DiameterDecodeFailure? {
            let octets = Wire.message(Wire.avp(260, Wire.avp(266, Wire.number(10415)) + inner))
            let message = try DiameterMessage(decoding: octets)
            return #expect(throws: DiameterDecodeFailure.self) { try message.required(.vendorSpecificApplicationID) }
        }
        let none = try failure([])
        #expect(none?.resultCode == .missingAVP)
        #expect(none?.failedAVP == Wire.avp(258, Wire.number(0)) + Wire.avp(259, Wire.number(0)))
        let applications = Wire.avp(258, Wire.number(4)) + Wire.avp(259, Wire.number(4))
        let both = try failure(applications)
        #expect(both?.resultCode == .avpOccursTooManyTimes)
        #expect(both?.failedAVP == applications)
    }

    @Test("§5.3: 5017 for a peer that speaks only with TLS inside; several offers are fine when one is ours")
    func security() throws {
        for (offered, code) in [
            ([1], ResultCode.noCommonSecurity), ([1, 0], .success), ([0, 0], .success), ([], .success),
        ] as [([UInt32], ResultCode)] {
            var world = Sample.server()
            let association = world.connectRaw(to: 0, from: Endpoint(.loopback, 1))
            var capabilities = Sample.local("cscf").capabilities
            capabilities.inbandSecurity = offered
            let outputs = world.sendRaw(
                CapabilitiesExchangeRequest(capabilities).message().octets, to: 0, on: association)
            #expect(try Sample.answers(outputs).first?[.resultCode] == code)
            #expect(outputs.contains(.close(association)) == (code != .success))
        }
    }
}
