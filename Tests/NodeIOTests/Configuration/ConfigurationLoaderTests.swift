import Glibc
import NodeIO
import Octets
import SIP
import Testing

@Suite("Configuration: what a file says, and what is wrong with it")
struct ConfigurationLoaderTests {
    static let keys =
        SharedKeys.node(name: "pcscf") + SharedKeys.sip(listen: "[udp:127.0.0.1:5060, tcp:127.0.0.1:5060]")
        + SharedKeys.hosts() + SharedKeys.tls
        + SharedKeys.diameter(originHost: "scscf.example.org", realm: "example.org", listen: "[]", peers: "[]")
        + SharedKeys.operation(admin: "/run/ims/pcscf.sock")
        + [
            ConfigurationKey("scscf.name", .text, required: true, "The name in Service-Route."),
            ConfigurationKey(
                "scscf.capabilities", .list(of: .integer(0...4_294_967_295)), default: "[]", "What it can."),
            ConfigurationKey("scscf.strict", .boolean, default: "true", "Whether to be strict."),
        ]

    static func load(_ text: String) throws(ConfigurationFailure) -> Configuration {
        try ConfigurationLoader(keys).load(yaml: text, file: "t.yaml")
    }

    @Test("Values of every kind are read")
    func values() throws {
        let configuration = try Self.load(
            """
            node:
              name: edge
            sip:
              listen:
                - udp:127.0.0.1:5060
                - "tcp:[::1]:5062"
              idle-timeout: 10m
            hosts:
              SCSCF.example.org: 127.0.0.1:5080
              hss.example.org: "::1"
            diameter:
              peers:
                - {host: hss.example.org, address: 127.0.0.1, port: 3870, transport: tcp}
                - host: other.example.org
                  address: hss.example.org
              watchdog: 6s
              request-timeout: 500ms
            scscf: {name: "sip:scscf.example.org", capabilities: [1, 2], strict: false}
            """)
        #expect(configuration.text("node.name") == "edge")
        #expect(
            configuration.sipBindings("sip.listen") == [
                SIPBinding(.udp, Endpoint(.loopback, 5060)), SIPBinding(.tcp, Endpoint(.v6(0, 1), 5062)),
            ])
        #expect(configuration.duration("sip.idle-timeout") == .seconds(600))
        #expect(configuration.duration("diameter.request-timeout") == .milliseconds(500))
        #expect(
            configuration.hosts == [
                "scscf.example.org": HostAddress(.loopback, 5080), "hss.example.org": HostAddress(.v6(0, 1), nil),
            ])
        let peers = try configuration.peers(file: "t.yaml")
        #expect(peers.map(\.identity.name) == ["hss.example.org", "other.example.org"])
        #expect(peers.map(\.remote) == [Endpoint(.loopback, 3870), Endpoint(.v6(0, 1), 3868)])
        #expect(peers.map(\.transport) == [.tcp, .auto])
        #expect(peers.map(\.realm.name) == ["example.org", "example.org"])
        #expect(configuration.integers("scscf.capabilities") == [1, 2])
        #expect(!configuration.boolean("scscf.strict"))
        #expect(configuration.optionalText("sip.advertise") == nil)
        #expect(configuration.listeners()[ListenerID(rawValue: 1)]?.sentByHost == "[::1]")
    }

    @Test("RFC 3261 §18.1.1: from which size a request leaves over TCP, for all UDP sockets and for one; 0 is never")
    func datagramLimits() throws {
        func limits(_ text: String) throws -> [Int?] {
            let text = "scscf: {name: a}\nsip:\n  listen: [udp:127.0.0.1:5060, {at: udp:127.0.0.1:5062, \(text)"
            let listeners = try Self.load(text).listeners()
            return (0..<2).map { listeners[ListenerID(rawValue: $0)]?.datagramLimit }
        }
        #expect(try limits("advertise: a.example.org}]") == [1300, 1300])
        #expect(try limits("datagram-limit: 8800}]") == [1300, 8800])
        #expect(try limits("datagram-limit: 0}]\n  datagram-limit: 1232") == [1232, nil])
        #expect(try limits("datagram-limit: 9000}]\n  datagram-limit: 0") == [nil, 9000])
        #expect(throws: ConfigurationFailure.self) {
            try Self.load("scscf: {name: a}\nsip:\n  listen: [{at: tcp:127.0.0.1:5060, datagram-limit: 9000}]")
        }
    }

    @Test(
        "A mistake is named with its file and line",
        arguments: [
            ("sip:\n  lisen: []", "t.yaml:2: unknown key \"lisen\" in \"sip\" (did you mean \"listen\"?)"),
            ("nodes:\n  name: x", "t.yaml:1: unknown key \"nodes\" (did you mean \"node\"?)"),
            ("listen: []", "t.yaml:1: unknown key \"listen\" (there is \"sip.listen\")"),
            ("zzzzzz: 1", "t.yaml:1: unknown key \"zzzzzz\""),
            (
                "scscf:\n  name: x\n  strict: perhaps",
                "t.yaml:3: \"scscf.strict\": expected true or false, found \"perhaps\""
            ),
            ("scscf:\n  name: [a]", "t.yaml:2: \"scscf.name\": expected text, found a list"),
            ("scscf: 5", "t.yaml:1: \"scscf\": expected keys below it, found \"5\""),
            (
                "trace:\n  messages: -1",
                "t.yaml:2: \"trace.messages\": expected a whole number from 0 to 1000000, found \"-1\""
            ),
            (
                "trace:\n  messages: 99999999999999999999",
                "t.yaml:2: \"trace.messages\": expected a whole number from 0 to 1000000, found \"99999999999999999999\""
            ),
            (
                "sip:\n  listen:\n    - udp:127.0.0.1:5060\n    - udp:127.0.0.1",
                "t.yaml:4: \"sip.listen\": expected transport:address:port, such as udp:127.0.0.1:5060 or "
                    + "tcp:[::1]:5060, found \"udp:127.0.0.1\""
            ),
            (
                "diameter:\n  transport: sctp",
                "t.yaml:2: \"diameter.transport\": expected one of auto, kernel, usrsctp, tcp, tls, found \"sctp\""
            ),
            (
                "diameter:\n  watchdog: 1s",
                "t.yaml:2: \"diameter.watchdog\": expected a time from 6s to 1h, such as 500ms, 5s or 10m, found \"1s\""
            ),
            (
                "diameter:\n  peers:\n    - {adress: 127.0.0.1}",
                "t.yaml:3: unknown key \"adress\" (did you mean \"address\"?)"
            ),
            (
                "diameter:\n  peers:\n    - {address: 127.0.0.1}",
                "t.yaml:3: key \"host\" is missing in an entry of \"diameter.peers\": Diameter identity of the peer."
            ),
            (
                "sip:\n  listen:\n    - {at: udp:127.0.0.1:5060, client-certificates: none}",
                "t.yaml:3: \"sip.listen\": \"client-certificates\" is an option of tls and wss, not of udp"
            ),
            (
                "sip:\n  listen:\n    - {at: tcp:127.0.0.1:5060, path: /}",
                "t.yaml:3: \"sip.listen\": \"path\" is an option of ws and wss, not of tcp"
            ),
            (
                "sip:\n  listen:\n    - {client-certificates: none}",
                "t.yaml:3: key \"at\" is missing in an entry of \"sip.listen\": the socket, as it would stand without options"
            ),
            (
                "tls:\n  minimum-version: \"1.1\"",
                "t.yaml:2: \"tls.minimum-version\": expected one of 1.2, 1.3, found \"1.1\""
            ),
            ("node:\n  name: a\nnode:\n  name: b", "t.yaml:1: key \"node\" stands here more than once"),
            ("node: {name: x}", "t.yaml: key \"scscf.name\" is missing: The name in Service-Route."),
            ("", "t.yaml: the file is empty: nothing is configured (--print-config shows all keys)"),
            ("# only a comment\n", "t.yaml: the file is empty: nothing is configured (--print-config shows all keys)"),
            ("- a\n- b", "t.yaml:1: expected keys with values, such as \"node:\", at the top level"),
            ("node: [1, 2", "t.yaml:2: not YAML: did not find expected ',' or ']'"),
            ("node:\n\tname: x", "t.yaml:2: not YAML: found character that cannot start any token"),
        ])
    func mistakes(text: String, expected: String) {
        #expect(throws: ConfigurationFailure.self) { try Self.load(text) }
        do {
            _ = try Self.load(text)
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test("SIP sockets with options, and options that do not fit the transport")
    func socketOptions() throws {
        let configuration = try Self.load(
            """
            scscf: {name: x}
            sip:
              listen:
                - {at: "tls:[::1]:5061", client-certificates: required, advertise: edge.example.org}
                - {at: ws:127.0.0.1:8080, origins: [https://phone.example.org], path: /sip}
                - sctp:127.0.0.1:5060
            tls: {certificate: c.pem, key: k.pem, trust: [r.pem], minimum-version: "1.3"}
            """)
        let settings = configuration.nodeSettings
        let first = ListenerID(rawValue: 0)
        #expect(settings.listeners[first]?.transport == .tls)
        #expect(settings.listeners[first]?.sentByHost == "edge.example.org")
        #expect(settings.listenerOptions[first]?.clientCertificates == .required)
        let web = settings.listenerOptions[ListenerID(rawValue: 1)]?.webSocket
        #expect(web?.origins == ["https://phone.example.org"])
        #expect(web?.path == "/sip")
        #expect(settings.listeners[ListenerID(rawValue: 2)]?.transport == .sctp)
        #expect(settings.tls.certificate == "c.pem")
        #expect(settings.tls.trust == ["r.pem"])
        #expect(settings.tls.minimumVersion == .tls13)
        #expect(settings.tls.keyLog == nil)
        let again = try ConfigurationLoader(Self.keys).load(yaml: configuration.documented, file: "printed")
        #expect(again == configuration)
    }

    @Test("All mistakes of a file are told at once")
    func several() {
        do {
            _ = try Self.load("node: {nam: x}\nsip:\n  lisen: []\nscscf: {name: [], strict: 3}")
        } catch {
            #expect(error.problems.count == 4)
            #expect(error.problems.map(\.line) == [1, 3, 4, 4])
        }
    }

    @Test("A missing, unreadable or binary file is one sentence")
    func files() {
        let loader = ConfigurationLoader(Self.keys)
        for (path, sentence) in [
            ("/nowhere/x.yaml", "/nowhere/x.yaml: the file does not exist"),
            ("/", "/: the file cannot be read: EISDIR (is a directory)"),
            ("/bin/sh", "/bin/sh: the file is not UTF-8 text"),
            ("/dev/zero", "/dev/zero: the file is too large: more than 1 MiB"),
        ] {
            #expect(throws: ConfigurationFailure([problem(path, sentence)])) { try loader.load(file: path) }
        }
        func problem(_ path: String, _ text: String) -> ConfigurationFailure.Problem {
            .init(file: path, line: nil, String(text.dropFirst(path.count + 2)))
        }
    }

    @Test("--print-config writes a file that reads back as the same configuration, every key documented")
    func printed() throws {
        let configuration = try Self.load(
            """
            scscf: {name: "sip:s; \\"x\\"", capabilities: [7]}
            hosts: {hss.example.org: "[::1]:3868"}
            diameter: {peers: [{host: hss.example.org, address: "::1"}]}
            """)
        let text = configuration.documented
        let again = try ConfigurationLoader(Self.keys).load(yaml: text, file: "printed")
        #expect(again == configuration)
        #expect(again.text("scscf.name") == "sip:s; \"x\"")
        for key in Self.keys { #expect(text.contains(key.documentation.split(separator: "\n")[0])) }
        #expect(text.contains("# advertise:"))
    }

    @Test("The defaults are of their kinds")
    func defaults() {
        #expect(ConfigurationLoader(Self.keys).defaults.text("node.name") == "pcscf")
    }

    @Test("A peer whose name has no address is a mistake of the file")
    func unknownHost() throws {
        let configuration = try Self.load(
            "scscf: {name: x}\ndiameter: {peers: [{host: hss.example.org, address: hss.example.org}]}")
        #expect(
            throws: ConfigurationFailure([
                .init(
                    file: "f", line: nil,
                    "\"diameter.peers\": \"hss.example.org\" of peer hss.example.org is not in \"hosts\"")
            ])
        ) { try configuration.peers(file: "f") }
    }
}
