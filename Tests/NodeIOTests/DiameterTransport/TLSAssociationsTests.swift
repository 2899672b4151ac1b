import Diameter
import Glibc
import NIOCore
import NodeIO
import Octets
import Testing

@Suite("RFC 6733 §13.1: Diameter over TLS", .timeLimit(.minutes(1)))
struct TLSAssociationsTests {
    /// Two ends on one loop; numbers from 1000 on are the caller's.
    private struct Scene {
        let fixture = LoopFixture<AssociationEvent>()
        let server: NIOLoopBound<TCPAssociations>
        let client: NIOLoopBound<TCPAssociations>
        let local: Endpoint

        init(server: TLSSettings, client: TLSSettings?) async throws {
            self.server = try await Self.end(server, fixture)
            self.client = try await Self.end(client, fixture)
            local = Endpoint(.loopback, try await FreePort.tcp())
            let (transport, local) = (self.server, local)
            try await fixture.loop.flatSubmit { transport.value.listen(on: local) }.get()
        }

        private static func end(
            _ settings: TLSSettings?, _ fixture: LoopFixture<AssociationEvent>
        ) async throws -> NIOLoopBound<TCPAssociations> {
            let (loop, sink) = (fixture.loop, fixture.sink)
            return try await fixture.make {
                TCPAssociations(
                    on: loop, numbers: AssociationNumbers(), tls: try settings.map { try TLSCredentials($0) }
                ) { sink.yield($0) }
            }
        }

        func call() async throws {
            let (client, local) = (client, local)
            try await fixture.run { client.value.connect(Self.ours, to: local, from: nil) }
        }

        func send(_ message: [UInt8], by end: NIOLoopBound<TCPAssociations>, on id: AssociationID) async throws {
            try await fixture.run { end.value.send(message, on: id) }
        }

        func end() async throws {
            let (client, server) = (client, server)
            try await fixture.run {
                client.value.shutDown()
                server.value.shutDown()
            }
        }

        static let ours = AssociationID(rawValue: 1000)

        /// The events until one satisfies the test, that one included.
        func events(until isLast: (AssociationEvent) -> Bool) async -> [AssociationEvent] {
            var events: [AssociationEvent] = []
            while let event = await fixture.next() {
                events.append(event)
                if isLast(event) { return events }
            }
            return events
        }
    }

    private static func capabilities(_ host: String) -> [UInt8] {
        var message = DiameterMessage(.capabilitiesExchange, application: .common, flags: .request)
        message.append(.originHost, DiameterIdentity(host))
        return message.octets
    }

    @Test("Both ends show certificates, and what follows a CER of the certificate's name arrives")
    func life() async throws {
        let scene = try await Scene(
            server: TestCertificates.settings("host"), client: TestCertificates.settings("peer"))
        try await scene.call()
        let begun = await scene.events { if case .connected = $0 { true } else { false } }
        #expect(begun.contains(.connected(Scene.ours, detail: "TLS")))
        let request = Self.capabilities("peer.example")
        try await scene.send(request, by: scene.client, on: Scene.ours)
        try await scene.send([1, 2, 3], by: scene.client, on: Scene.ours)
        var received: [UInt8] = []
        for event in await scene.events(until: { if case .received = $0 { true } else { false } }) {
            if case .received(let octets, _) = event { received = octets }
        }
        #expect(received.starts(with: request))
        try await scene.end()
    }

    @Test("RFC 6733 §5.3: an Origin-Host that the certificate does not name is refused before anybody sees it")
    func stranger() async throws {
        let scene = try await Scene(
            server: TestCertificates.settings("host"), client: TestCertificates.settings("peer"))
        try await scene.call()
        _ = await scene.events { if case .connected = $0 { true } else { false } }
        try await scene.send(Self.capabilities("hss.example"), by: scene.client, on: Scene.ours)
        let sentence = "the certificate is for peer.example, the peer says it is hss.example"
        var sawRefusal = false
        var sawMessage = false
        for event in await scene.events(until: { if case .closed(_, sentence) = $0 { true } else { false } }) {
            switch event {
            case .closed(_, let reason): if reason == sentence { sawRefusal = true }
            case .received: sawMessage = true
            default: break
            }
        }
        #expect(sawRefusal && !sawMessage)
        try await scene.end()
    }

    @Test("A caller without a certificate, or with one of a root that we do not trust, does not become an association")
    func untrusted() async throws {
        var bare = TestCertificates.settings(nil)
        bare.minimumVersion = .tls12
        for client in [bare, TestCertificates.settings("stranger")] {
            let scene = try await Scene(server: TestCertificates.settings("host"), client: client)
            try await scene.call()
            let events = await scene.events {
                if case .connectFailed(let id, let reason) = $0 {
                    id != Scene.ours && reason.contains("certificate")
                } else {
                    false
                }
            }
            #expect(!events.contains { if case .accepted = $0 { true } else { false } })
            try await scene.end()
        }
    }

    @Test("Who speaks no TLS is refused with a sentence")
    func plain() async throws {
        let scene = try await Scene(server: TestCertificates.settings("host"), client: nil)
        try await scene.call()
        _ = await scene.events { if case .connected = $0 { true } else { false } }
        try await scene.send(Self.capabilities("peer.example"), by: scene.client, on: Scene.ours)
        let last = await scene.events { if case .connectFailed = $0 { true } else { false } }.last
        guard case .connectFailed(_, let reason)? = last else {
            Issue.record("no refusal")
            return
        }
        #expect(reason.hasPrefix("refused 127.0.0.1:") && reason.contains("TLS"), "\(reason)")
        try await scene.end()
    }

    @Test("Without a certificate of ours nobody can call us")
    func withoutCertificate() async throws {
        let fixture = LoopFixture<AssociationEvent>()
        let (loop, sink) = (fixture.loop, fixture.sink)
        let transport = try await fixture.make {
            TCPAssociations(
                on: loop, numbers: AssociationNumbers(), tls: try TLSCredentials(TestCertificates.settings(nil))
            ) {
                sink.yield($0)
            }
        }
        let local = Endpoint(.loopback, try await FreePort.tcp())
        let reason = "TLS needs a certificate: set tls.certificate and tls.key"
        await #expect(throws: BindFailure("TLS", local, code: 0, reason: reason)) {
            try await fixture.loop.flatSubmit { transport.value.listen(on: local) }.get()
        }
    }
}
