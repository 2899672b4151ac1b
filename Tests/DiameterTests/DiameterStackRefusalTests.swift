import Diameter
import Octets
import Testing

/// Who may speak, and what happens to those who speak badly.
@Suite("Refusals of the stack, RFC 6733 §5.3, §6.1.4, §7")
struct DiameterStackRefusalTests {
    static let remote = Endpoint(.loopback, 40000)

    static func server(settings: DiameterSettings = .standard) -> DiameterWorld {
        var world = DiameterWorld()
        _ = world.add(
            Sample.stack("hss", peers: [Sample.peer("cscf", port: 1000, initiates: false)], settings: settings),
            port: 3868)
        return world
    }

    /// A server with an open peer `cscf` on a raw connection.
    static func open() -> (DiameterWorld, AssociationID) {
        var world = server()
        let association = world.connectRaw(to: 0, from: remote)
        _ = world.sendRaw(cer("cscf"), to: 0, on: association)
        return (world, association)
    }

    static func cer(_ name: String, application: ApplicationID = Sample.application) -> [UInt8] {
        CapabilitiesExchangeRequest(Sample.local(name, application: application).capabilities).message().octets
    }

    func answer(_ outputs: [DiameterStackOutput]) throws -> DiameterMessage? {
        for case .send(let octets, _) in outputs { return try DiameterMessage(decoding: octets) }
        return nil
    }

    func closes(_ outputs: [DiameterStackOutput], _ association: AssociationID) -> Bool {
        outputs.contains(.close(association))
    }

    func reasons(_ outputs: [DiameterStackOutput]) -> [DiameterRefusal.Reason] {
        outputs.compactMap { if case .refused(let refusal) = $0 { refusal.reason } else { nil } }
    }

    @Test("§5.3: an unknown peer gets 3010 and the connection ends")
    func unknownPeer() throws {
        var world = Self.server()
        let association = world.connectRaw(to: 0, from: Self.remote)
        let outputs = world.sendRaw(Self.cer("stranger"), to: 0, on: association)
        let answer = try #require(try answer(outputs))
        #expect(answer[.resultCode] == .unknownPeer)
        #expect(answer.isError && !answer.isRequest)
        #expect(closes(outputs, association))
        #expect(reasons(outputs) == [.unknownPeer])
    }

    @Test("a stranger is let in from a configured address and realm, and from no other")
    func policy() throws {
        let settings = DiameterSettings(unknownPeers: .accept(from: [.loopback], realms: [Sample.realm]))
        var world = Self.server(settings: settings)
        let near = world.connectRaw(to: 0, from: Self.remote)
        #expect(try answer(world.sendRaw(Self.cer("stranger"), to: 0, on: near))?[.resultCode] == .success)
        #expect(world.nodes[0].up == [Sample.host("stranger")])
        #expect(world.nodes[0].stack.peers.count == 2)
        let far = world.connectRaw(to: 0, from: Endpoint(.v4(0x0A00_0001), 1))
        #expect(try answer(world.sendRaw(Self.cer("other"), to: 0, on: far))?[.resultCode] == .unknownPeer)
        world.perform(0) { $0.closed(near, at: $1, into: &$2) }
        #expect(world.nodes[0].stack.peers.count == 1, "its entry lives as long as its connection, §5.3")
    }

    @Test("a configured peer from another address than its own is a stranger")
    func address() throws {
        var peer = Sample.peer("cscf", port: 1000, initiates: false)
        peer.addresses = [.v4(0x0A00_0001)]
        var world = DiameterWorld()
        _ = world.add(Sample.stack("hss", peers: [peer]), port: 3868)
        let association = world.connectRaw(to: 0, from: Self.remote)
        #expect(try answer(world.sendRaw(Self.cer("cscf"), to: 0, on: association))?[.resultCode] == .unknownPeer)
    }

    @Test("§5.3: 5010 without a common application; a relay has all of them")
    func applications() throws {
        var world = Self.server()
        let association = world.connectRaw(to: 0, from: Self.remote)
        let outputs = world.sendRaw(
            Self.cer("cscf", application: ApplicationID(rawValue: 4)), to: 0, on: association)
        #expect(try answer(outputs)?[.resultCode] == .noCommonApplication)
        #expect(closes(outputs, association))
        let relay = world.connectRaw(to: 0, from: Self.remote)
        #expect(
            try answer(world.sendRaw(Self.cer("cscf", application: .relay), to: 0, on: relay))?[.resultCode]
                == .success)
        #expect(world.nodes[0].stack.peers[0].isRelay)
    }

    @Test("§5.6.1: anything but CER on a new connection ends it")
    func beforeOpen() throws {
        var world = Self.server()
        let association = world.connectRaw(to: 0, from: Self.remote)
        let outputs = world.sendRaw(Sample.request().octets, to: 0, on: association)
        #expect(try answer(outputs) == nil)
        #expect(closes(outputs, association))
        #expect(reasons(outputs) == [.messageBeforeOpen])
    }

    @Test("§5.6.1: a connection on which nobody says CER ends")
    func silence() {
        var world = Self.server()
        _ = world.connectRaw(to: 0, from: Self.remote)
        world.run(for: .seconds(11))
        #expect(world.nodes[0].refusals.map(\.reason) == [.capabilitiesTimeout])
    }

    @Test("connections that have not said CER are bounded")
    func newcomers() {
        var world = Self.server()
        for _ in 0..<65 { _ = world.connectRaw(to: 0, from: Self.remote) }
        #expect(world.nodes[0].refusals.map(\.reason) == [.tooManyConnections])
    }

    @Test(
        "D5: CER without one of its required AVPs: 5005 with an example of it",
        arguments: [264, 296, 257, 266, 269] as [UInt32])
    func incompleteCER(missing: UInt32) throws {
        var world = Self.server()
        let association = world.connectRaw(to: 0, from: Self.remote)
        let whole = try DiameterMessage(decoding: Self.cer("cscf"))
        var part = DiameterMessage(.capabilitiesExchange, application: .common, flags: .request)
        for avp in whole.avps where avp.code != missing { part.append(avp) }
        let outputs = world.sendRaw(part.octets, to: 0, on: association)
        let answer = try #require(try answer(outputs))
        #expect(answer[.resultCode] == .missingAVP)
        let failed = try #require(answer.avp(.failedAVP)).value(as: AVPGroup.self)
        #expect(failed.avps.map(\.code) == [missing])
        #expect(closes(outputs, association))
    }

    @Test(
        "D1: a length that cannot be closes the connection; other peers do not notice",
        arguments: Array(0..<20) + [21, 22, 23, 0xFFFFFF])
    func lengths(length: Int) throws {
        var (world, association) = Self.open()
        let outputs = world.sendRaw(Wire.message(command: 280, length: length), to: 0, on: association)
        #expect(closes(outputs, association))
        #expect(world.nodes[0].stack.peers[0].state == "Closed")
        #expect(world.nodes[0].down == [.misbehaved])
        #expect(world.nodes[0].stack.statistics.malformed == 1)
        let again = world.connectRaw(to: 0, from: Self.remote)
        #expect(try answer(world.sendRaw(Self.cer("cscf"), to: 0, on: again))?[.resultCode] == .success)
    }

    @Test(
        "D2: 5014 with Failed-AVP for an AVP of a wrong length; the connection stays", arguments: Array(0..<8) + [200])
    func avpLengths(length: Int) throws {
        var (world, association) = Self.open()
        let session = Wire.avp(263, Wire.text("cscf;1;1"))
        let outputs = world.sendRaw(
            Wire.message(
                flags: 0xC0, command: 300, application: 16_777_216,
                session + Wire.avp(264, Wire.text("abcd"), length: length)), to: 0, on: association)
        let answer = try #require(try answer(outputs))
        #expect(answer[.resultCode] == .invalidAVPLength)
        #expect(answer[.sessionID] == "cscf;1;1")
        #expect(answer.isProxiable)
        #expect(answer[.failedAVP]?.array == Wire.avp(264, []))
        #expect(!closes(outputs, association))
        #expect(world.nodes[0].stack.peers[0].isOpen)
    }

    @Test("3001 for a command, 3007 for an application that is not ours")
    func unsupported() throws {
        var (world, association) = Self.open()
        let command = Wire.message(flags: 0xC0, command: 999, application: 16_777_216)
        #expect(try answer(world.sendRaw(command, to: 0, on: association))?[.resultCode] == .commandUnsupported)
        let application = Wire.message(flags: 0xC0, command: 300, application: 77)
        #expect(
            try answer(world.sendRaw(application, to: 0, on: association))?[.resultCode] == .applicationUnsupported)
        let common = Wire.message(flags: 0x80, command: 274, application: 0)
        #expect(try answer(world.sendRaw(common, to: 0, on: association))?[.resultCode] == .commandUnsupported)
        #expect(world.nodes[0].requests.isEmpty)
    }

    @Test("D7: Origin-Host that is not the peer's: 5004 with the AVP, and a line for the log; without one 5005")
    func origin() throws {
        var (world, association) = Self.open()
        let outputs = world.sendRaw(Sample.request(from: "other").octets, to: 0, on: association)
        let refused = try #require(try answer(outputs))
        #expect(refused[.resultCode] == .invalidAVPValue)
        #expect(refused[.failedAVP]?.array == Wire.avp(264, Wire.text("other.example.org")))
        #expect(reasons(outputs) == [.originMismatch])
        let nobody = world.sendRaw(
            Wire.message(flags: 0xC0, command: 300, application: 16_777_216), to: 0, on: association)
        #expect(try answer(nobody)?[.resultCode] == .missingAVP)
        #expect(world.nodes[0].requests.isEmpty)
    }

    @Test("§6.1.4: a request for another host 3002, for another realm 3003")
    func destination() throws {
        var (world, association) = Self.open()
        let host = Sample.request(to: Sample.host("elsewhere"))
        #expect(try answer(world.sendRaw(host.octets, to: 0, on: association))?[.resultCode] == .unableToDeliver)
        let realm = Sample.request(realm: DiameterIdentity("elsewhere.org"))
        let refused = try #require(try answer(world.sendRaw(realm.octets, to: 0, on: association)))
        #expect(refused[.resultCode] == .realmNotServed)
        #expect(refused.isError)
    }

    @Test("another version: 5011, then the connection ends")
    func version() throws {
        var (world, association) = Self.open()
        let outputs = world.sendRaw(Wire.message(command: 280, version: 2), to: 0, on: association)
        #expect(try answer(outputs)?[.resultCode] == .unsupportedVersion)
        #expect(closes(outputs, association))
    }

    @Test("3008 for a request with the E bit")
    func headerBits() throws {
        var (world, association) = Self.open()
        let outputs = world.sendRaw(Wire.message(flags: 0xA0, command: 280), to: 0, on: association)
        #expect(try answer(outputs)?[.resultCode] == .invalidHeaderBits)
        #expect(!closes(outputs, association))
    }

    @Test("D5: answers to no request of ours are dropped and counted")
    func unknownAnswer() throws {
        var (world, association) = Self.open()
        let outputs = world.sendRaw(
            Wire.message(flags: 0x40, command: 300, application: 16_777_216), to: 0, on: association)
        #expect(try answer(outputs) == nil)
        #expect(reasons(outputs) == [.lateAnswer])
        #expect(world.nodes[0].stack.statistics.lateAnswers == 1)
    }

    @Test("a malformed answer fails its request at once")
    func malformedAnswer() throws {
        var (world, association) = Self.open()
        var outputs: [DiameterStackOutput] = []
        world.nodes[0].stack.ask(
            Sample.request(from: "hss"), as: AskID(rawValue: 9), at: world.now, into: &outputs)
        let request = try #require(try answer(outputs))
        let broken = Wire.message(
            flags: 0x40, command: 300, application: 16_777_216, hopByHop: request.hopByHop.rawValue,
            endToEnd: request.endToEnd.rawValue, Wire.avp(268, Wire.number(2001), length: 5))
        let after = world.sendRaw(broken, to: 0, on: association)
        #expect(after.contains(.failed(AskID(rawValue: 9), .unableToDeliver)))
    }

    @Test("§5.3: a CEA that refuses, or of somebody else, ends the attempt; it is tried again")
    func refusedByPeer() {
        var world = DiameterWorld()
        _ = world.add(Sample.stack("cscf", peers: [Sample.peer("hss", port: 2)]), port: 1)
        _ = world.add(Sample.stack("hss", peers: []), port: 2)
        world.start()
        world.run(for: .seconds(10))
        #expect(world.nodes[0].refusals.first?.reason == .capabilitiesRefused)
        #expect(world.nodes[0].stack.peers[0].lastError?.contains("3010 UNKNOWN_PEER") == true)
        #expect(world.nodes[0].attempts.count >= 3)
        #expect(world.nodes[0].up.isEmpty)
    }

    @Test("a peer that takes the connection and says nothing: no CEA in time, closed, tried again")
    func noCEA() {
        var world = Self.server()
        var stack = Sample.stack("cscf", peers: [Sample.peer("hss", port: 3868)])
        var outputs: [DiameterStackOutput] = []
        stack.start(at: .zero, into: &outputs)
        let association = AssociationID(rawValue: 1)
        stack.connected(Sample.host("hss"), association, at: .zero, into: &outputs)
        outputs = []
        stack.fire(at: .zero + .seconds(10), into: &outputs)
        #expect(outputs.contains(.close(association)))
        #expect(stack.peers[0].lastError == "no CEA in time")
        #expect(stack.peers[0].nextAttempt != nil)
        world.run(for: .zero)
    }

    @Test("every octet of a request and of CER broken in five ways: an answer, a closed connection, or the request")
    func mutations() throws {
        for original in [
            Sample.request().octets, Self.cer("cscf"),
            DeviceWatchdogRequest(origin: Sample.local("cscf").origin).message().octets,
        ] {
            for index in original.indices {
                for value in [0, 1, 7, 0x80, 0xFF] as [UInt8] {
                    var octets = original
                    octets[index] = value
                    var (world, association) = Self.open()
                    let before = world.now
                    let outputs = world.sendRaw(octets, to: 0, on: association)
                    for case .send(let sent, _) in outputs { _ = try DiameterMessage(decoding: sent) }
                    #expect(world.now == before)
                }
            }
        }
    }
}
