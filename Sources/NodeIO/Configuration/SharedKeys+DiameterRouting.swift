import Diameter
import Octets

// Where Diameter requests go, how long they may take, and what is made of peers that do not answer.
extension SharedKeys {
    static let diameterRouting = [
        ConfigurationKey(
            "diameter.routes", .records(route), default: "[]",
            """
            Ways to realms that are no peer's own (RFC 6733 §2.7); the entry that says realm and application goes before
            one that says less. Without an entry a request goes to the peers of its Destination-Realm.
            """),
        ConfigurationKey(
            "diameter.application-timeouts", .records(applicationTimeout), default: "[]",
            "How long answers of one application may take, where that is not diameter.request-timeout."),
        ConfigurationKey(
            "diameter.duplicate-window", .duration(.zero ... .seconds(600)), default: "240s",
            """
            How long a request and its answer are remembered, so that a copy that comes another way is not worked on
            again (RFC 6733 §3: 4 minutes). 0s: not at all.
            """),
        ConfigurationKey(
            "diameter.circuit.threshold", .integer(0...10_000), default: "5",
            "Requests in a row without an answer after which a peer gets no more for a while. 0: never."),
        ConfigurationKey(
            "diameter.circuit.first-pause", .duration(.milliseconds(100) ... .seconds(60)), default: "1s",
            "Then, how long; after it one request tries whether the peer answers again."),
        ConfigurationKey(
            "diameter.circuit.longest-pause", .duration(.milliseconds(100) ... .seconds(600)), default: "16s",
            "The pause doubles with every try in vain, up to this."),
    ]

    private static let route = [
        ConfigurationKey("realm", .checked(expected: "a domain name", isHostName), "any when absent"),
        ConfigurationKey("application", .checked(expected: application, isApplication), "any when absent"),
        ConfigurationKey(
            "action", .choice(["relay", "proxy", "redirect", "local"]), default: "relay",
            "what happens to such a request: it goes to one of the servers, or who asks is told them"),
        ConfigurationKey(
            "servers", .list(of: .checked(expected: "a host name", isHostName)), default: "[]",
            "Diameter identities: peers of ours, except for redirect"),
    ]

    private static let applicationTimeout = [
        ConfigurationKey(
            "application", .checked(expected: application, isApplication), required: true, "which application"),
        ConfigurationKey(
            "timeout", .duration(.milliseconds(100) ... .seconds(60)), required: true, "how long its answers may take"),
    ]

    private static let application = "cx, sh, rx or the number of an application"
    private static func isApplication(_ text: String) -> Bool { ApplicationID(configured: text) != nil }
}

extension ApplicationID {
    /// `cx`, `sh`, `rx` (TS 29.230 §6.1), or a number.
    fileprivate init?(configured text: String) {
        let number: UInt32? =
            switch text.lowercased() {
            case "cx": 16_777_216
            case "sh": 16_777_217
            case "rx": 16_777_236
            default: UInt32(text)
            }
        guard let number else { return nil }
        self.init(rawValue: number)
    }
}

extension Configuration {
    /// What `SharedKeys.diameterRouting` says.
    func applyDiameterRouting(to settings: inout DiameterSettings) {
        settings.routes = RealmRoutingTable(
            records("diameter.routes").map { record in
                RealmRoutingTable.Entry(
                    realm: record.optionalText("realm").map { DiameterIdentity($0) },
                    application: record.optionalText("application").flatMap { ApplicationID(configured: $0) },
                    Self.action(record.text("action"), record.texts("servers").map { DiameterIdentity($0) }))
            })
        for record in records("diameter.application-timeouts") {
            guard let application = ApplicationID(configured: record.text("application")) else { continue }
            settings.applicationTimeouts[application] = record.duration("timeout")
        }
        settings.duplicates.window = duration("diameter.duplicate-window")
        settings.circuit.threshold = integer("diameter.circuit.threshold")
        settings.circuit.firstPause = duration("diameter.circuit.first-pause")
        settings.circuit.longestPause = max(
            duration("diameter.circuit.longest-pause"), settings.circuit.firstPause)
    }

    private static func action(_ name: String, _ servers: [DiameterIdentity]) -> RealmRoutingTable.LocalAction {
        switch name {
        case "proxy": .proxy(servers)
        case "redirect": .redirect(servers.map { DiameterURI(host: $0) })
        case "local": .local
        default: .relay(servers)
        }
    }
}
