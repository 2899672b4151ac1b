import Diameter
import Octets
import Testing

@Suite("RFC 6733 §3 and appendix C: duplicate detection")
struct DuplicateDetectionTests {
    static let first = AssociationID(rawValue: 1)
    static let second = AssociationID(rawValue: 2)

    static func request(_ number: UInt32, session: String = "s", hopByHop: UInt32 = 1) throws -> DiameterMessage {
        try DiameterMessage(
            decoding: Wire.message(
                flags: 0xC0, command: 300, application: 16_777_216, hopByHop: hopByHop, endToEnd: number,
                Wire.avp(263, Wire.text(session)) + Wire.avp(264, Wire.text("a.example"))))
    }

    static func key(_ number: UInt32, _ origin: String = "a.example") -> DuplicateDetection.Key {
        .init(origin: DiameterIdentity(origin), endToEnd: EndToEndID(rawValue: number))
    }

    static func token(_ number: UInt32) -> RequestToken { RequestToken(rawValue: UInt64(number)) }

    static func answer(_ request: DiameterMessage) -> DiameterMessage {
        request.answer(
            resultCode: .success, origin: DiameterOrigin(host: Sample.host("hss"), realm: Sample.realm))
    }

    static func receive(
        _ detection: inout DuplicateDetection, _ number: UInt32, session: String = "s", on association: AssociationID,
        at now: Instant = .zero
    ) throws -> DuplicateDetection.Verdict {
        detection.receive(
            try request(number, session: session), as: key(number), on: association, token: token(number), at: now)
    }

    @Test("the second copy waits for the answer of the first, the third gets it at once")
    func copies() throws {
        var detection = DuplicateDetection(settings: .init())
        #expect(try Self.receive(&detection, 1, on: Self.first) == .fresh)
        #expect(try Self.receive(&detection, 1, on: Self.second) == .inProgress)
        let answer = Self.answer(try Self.request(1))
        let copies = detection.answered(Self.key(1), Self.token(1), answer)
        #expect(copies.map(\.association) == [Self.second])
        #expect(try Self.receive(&detection, 1, on: Self.second) == .answered(answer))
        #expect(detection.answered(Self.key(1), Self.token(1), answer) == [], "answered once")
    }

    @Test("another origin, or another request under the same identifier, is no duplicate")
    func different() throws {
        var detection = DuplicateDetection(settings: .init())
        #expect(try Self.receive(&detection, 1, on: Self.first) == .fresh)
        #expect(try Self.receive(&detection, 1, session: "t", on: Self.first) == .fresh)
        #expect(
            detection.receive(
                try Self.request(1), as: Self.key(1, "b.example"), on: Self.first, token: Self.token(3), at: .zero)
                == .fresh)
    }

    @Test("what is older than the window is forgotten; what was never answered is given back")
    func window() throws {
        var settings = DuplicateDetection.Settings()
        settings.window = .seconds(10)
        var detection = DuplicateDetection(settings: settings)
        _ = try Self.receive(&detection, 1, on: Self.first)
        _ = try Self.receive(&detection, 2, on: Self.first)
        _ = detection.answered(Self.key(2), Self.token(2), Self.answer(try Self.request(2)))
        #expect(detection.purge(at: .zero + .milliseconds(9_999)) == [])
        #expect(detection.purge(at: .zero + .seconds(10)) == [Self.token(1)])
        #expect(detection.count == 0 && detection.octets == 0)
        #expect(try Self.receive(&detection, 2, on: Self.first, at: .zero + .seconds(10)) == .fresh)
    }

    @Test("memory is bounded by number and by octets, whatever the window; the oldest leave first")
    func bounded() throws {
        var settings = DuplicateDetection.Settings()
        settings.entries = 10
        settings.octets = 8_192
        var detection = DuplicateDetection(settings: settings)
        for number in 1...5_000 as ClosedRange<UInt32> {
            #expect(try Self.receive(&detection, number, on: Self.first) == .fresh)
            if number % 2 == 0 {
                _ = detection.answered(Self.key(number), Self.token(number), Self.answer(try Self.request(number)))
            }
            _ = detection.purge(at: .zero)
            #expect(detection.count <= 10 && detection.octets <= 8_192)
        }
        #expect(try Self.receive(&detection, 1, on: Self.first) == .fresh)
        #expect(try Self.receive(&detection, 4_999, on: Self.first) == .inProgress)
        // The same identifier over and over for different requests does not grow it either.
        for number in 0..<1_000 {
            _ = try Self.receive(&detection, 7, session: "\(number)", on: Self.first)
            _ = detection.purge(at: .zero)
        }
        #expect(detection.count <= 10)
    }

    @Test("a stack whose window is zero works on both")
    func off() throws {
        var settings = DiameterSettings(watchdog: .seconds(6))
        settings.duplicates.window = .zero
        var world = Sample.server(settings: settings)
        let association = world.openRaw("cscf", to: 0)
        for _ in 0..<2 { _ = world.sendRaw(Sample.request().octets, to: 0, on: association) }
        #expect(world.nodes[0].requests.count == 2)
    }

    @Test("the server works once on a request that comes twice and repeats its answer, Hop-by-Hop and Proxy-Info apart")
    func repeated() throws {
        var world = Sample.server()
        let association = world.openRaw("cscf", to: 0)
        var request = Sample.request()
        request.endToEnd = EndToEndID(rawValue: 77)
        request.hopByHop = HopByHopID(rawValue: 1)
        let once = try #require(Sample.answers(world.sendRaw(request.octets, to: 0, on: association)).first)
        request.hopByHop = HopByHopID(rawValue: 2)
        request.isRetransmitted = true
        let info = Wire.avp(284, Wire.avp(280, Wire.text("p.example")) + Wire.avp(33, [9]))
        let routed = try DiameterMessage(
            decoding: Wire.message(
                flags: 0xD0, command: 300, application: 16_777_216, hopByHop: 3, endToEnd: 77,
                Array(request.octets.dropFirst(20)) + info))
        let twice = try #require(Sample.answers(world.sendRaw(request.octets, to: 0, on: association)).first)
        let thrice = try #require(Sample.answers(world.sendRaw(routed.octets, to: 0, on: association)).first)
        #expect(world.nodes[0].requests.count == 1)
        #expect(world.nodes[0].stack.statistics.duplicates == 2)
        #expect(twice.hopByHop == HopByHopID(rawValue: 2) && !twice.isRetransmitted)
        #expect(twice.octets.dropFirst(20) == once.octets.dropFirst(20))
        #expect(thrice.hopByHop == HopByHopID(rawValue: 3))
        #expect(Array(thrice.octets.suffix(info.count)) == info)
    }

    @Test("appendix C: the copy may come by another peer while the first is worked on; both get the answer")
    func overtaking() throws {
        var world = Sample.server(
            peers: ["cscf", "drl1", "drl2"].map { name in
                var peer = Sample.peer(name, port: 1, initiates: false)
                peer.isAgent = name.hasPrefix("drl")
                return peer
            })
        world.nodes[0].holdsAnswers = true
        let left = world.openRaw("drl1", to: 0, application: .relay)
        let right = world.openRaw("drl2", to: 0, application: .relay)
        var request = Sample.request()
        request.endToEnd = EndToEndID(rawValue: 5)
        request.append(.routeRecord, Sample.host("cscf"))
        _ = world.sendRaw(request.octets, to: 0, on: left)
        request.isRetransmitted = true
        _ = world.sendRaw(request.octets, to: 0, on: right)
        let (held, token) = try #require(world.nodes[0].held.first)
        #expect(world.nodes[0].held.count == 1)
        // Even when the first way is gone by then.
        world.perform(0) { $0.closed(left, at: $1, into: &$2) }
        var outputs: [DiameterStackOutput] = []
        world.nodes[0].stack.answer(
            held.answer(resultCode: .success, origin: Sample.local("hss").origin), to: token, at: world.now,
            into: &outputs)
        let sent = outputs.compactMap { if case .send(_, let association) = $0 { association } else { nil } }
        #expect(sent == [right])
    }
}
