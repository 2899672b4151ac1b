import Diameter
import NodeIO
import Octets
import Testing

@Suite("Routes, time-outs and circuits of Diameter in the configuration")
struct DiameterRoutingTests {
    private static let keys = SharedKeys.diameter(
        originHost: "a.example.org", realm: "example.org", listen: "[]", peers: "[]")

    private func settings(_ yaml: String) throws -> DiameterSettings {
        try ConfigurationLoader(Self.keys).load(yaml: "diameter:\n\(yaml)", file: "f").diameterSettings
    }

    @Test("without a word of it: the defaults of the stack")
    func defaults() throws {
        let settings = try settings("  watchdog: 30s")
        #expect(settings.routes == RealmRoutingTable())
        #expect(settings.applicationTimeouts.isEmpty)
        #expect(settings.duplicates == DuplicateDetection.Settings())
        #expect(settings.circuit == CircuitBreaker.Settings())
    }

    @Test("routes by realm and application")
    func routes() throws {
        let table = try settings(
            """
              routes:
                - {realm: Home.example, application: cx, servers: [drl.example.org]}
                - {realm: home.example, action: proxy, servers: [b.example.org, c.example.org]}
                - {application: 16777217, action: redirect, servers: [sh.example.org]}
                - {realm: example.org, application: rx, action: local}
            """
        ).routes
        func action(_ realm: String, _ application: UInt32) -> RealmRoutingTable.LocalAction? {
            table.action(realm: OctetSlice(realm), application: ApplicationID(rawValue: application))
        }
        #expect(action("home.EXAMPLE", 16_777_216) == .relay([DiameterIdentity("drl.example.org")]))
        #expect(
            action("home.example", 16_777_236)
                == .proxy([DiameterIdentity("b.example.org"), DiameterIdentity("c.example.org")]))
        #expect(action("other", 16_777_217) == .redirect([DiameterURI(host: DiameterIdentity("sh.example.org"))]))
        #expect(action("example.org", 16_777_236) == .local)
        #expect(action("example.org", 16_777_216) == nil)
    }

    @Test("times of applications, of duplicates and of circuits")
    func times() throws {
        let settings = try settings(
            """
              application-timeouts: [{application: sh, timeout: 10s}, {application: "4", timeout: 500ms}]
              duplicate-window: 0s
              circuit: {threshold: 0, first-pause: 30s, longest-pause: 2s}
            """)
        #expect(
            settings.applicationTimeouts == [
                ApplicationID(rawValue: 16_777_217): .seconds(10), ApplicationID(rawValue: 4): .milliseconds(500),
            ])
        #expect(settings.duplicates.window == .zero)
        #expect(settings.circuit.threshold == 0)
        #expect(settings.circuit.longestPause == .seconds(30), "not shorter than the first")
    }

    @Test(
        "mistakes name their place",
        arguments: [
            "  routes: [{application: cxx}]", "  routes: [{servers: ['a b']}]", "  routes: [{action: forward}]",
            "  application-timeouts: [{application: cx}]", "  application-timeouts: [{timeout: 5s}]",
            "  application-timeouts: [{application: -1, timeout: 5s}]", "  circuit: {threshold: -1}",
            "  duplicate-window: 1h",
        ])
    func mistakes(_ yaml: String) {
        #expect(throws: ConfigurationFailure.self) { try settings(yaml) }
    }
}
