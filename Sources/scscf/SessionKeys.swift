import NodeIO
import Octets
import SIP
import ServingCSCF

/// The part of the configuration that is about sessions and services.
enum SessionKeys {
    static let keys =
        [
            ConfigurationKey(
                "scscf.application-servers", .list(of: .address), default: "[]",
                """
                Addresses of application servers beside loopback: they may send requests, and originate for a user that
                they name in P-Served-User (RFC 5502).
                """),
            ConfigurationKey(
                "scscf.server-patience", .duration(.milliseconds(100) ... .seconds(30)), default: "2s",
                "How long an application server may be silent before its default handling (TS 29.228 Annex B)."),
            ConfigurationKey(
                "scscf.server-decision", .duration(.seconds(1) ... .seconds(180)), default: "10s",
                """
                How long one that has said 100 may take to send the request on or to say more, before its default handling.
                """),
            ConfigurationKey(
                "scscf.server-rest", .duration(.seconds(0) ... .seconds(3_600)), default: "10s",
                "How long a server that was silent is passed over without being asked again."),
            ConfigurationKey(
                "scscf.maximum-invocations", .integer(1...255), default: "32",
                "Application servers that one request may visit for one user."),
            ConfigurationKey(
                "scscf.maximum-requests", .integer(1...10_000_000), default: "200000",
                "Requests on their way at the same time, answered INVITEs for 32s more; beyond that 503."),
            ConfigurationKey(
                "scscf.maximum-sessions", .integer(0...10_000_000), default: "200000",
                "Sessions that are followed, two for a call between two users; those beyond pass unseen."),
            ConfigurationKey(
                "scscf.session-expires", .duration(.seconds(90) ... .seconds(86_400)), required: false,
                "Session timer that we ask for where the phones do not, RFC 4028 §8. None when absent."),
            ConfigurationKey(
                "scscf.minimum-session-expires", .duration(.seconds(90) ... .seconds(86_400)), default: "90s",
                "A shorter session timer is refused with 422 (RFC 4028 §8.1)."),
            ConfigurationKey(
                "scscf.unregistered-profile", .duration(.seconds(1) ... .seconds(86_400)), default: "5m",
                "How long the profile of a user who is not registered is kept."),
            ConfigurationKey(
                "scscf.trusted-domains", .list(of: .text), default: "[]",
                """
                Domains of others inside our trust domain (RFC 3325): they are told identities that want to stay private
                and where the phone is.
                """),
            ConfigurationKey(
                "scscf.emergency-routes",
                .records([
                    ConfigurationKey("service", .text, default: "sos", "the service, such as sos or sos.fire"),
                    ConfigurationKey("to", .text, required: true, "SIP URI of the E-CSCF or PSAP"),
                ]), default: "[]",
                "Where emergency calls go (RFC 5031); a more general service stands for those beneath it."),
            ConfigurationKey(
                "scscf.seal-key", .checked(expected: "32 hexadecimal digits") { Hex.decode($0)?.count == 16 },
                """
                Seals the Record-Routes; keep it over restarts, so that calls under way can be ended. Drawn anew at every
                start when absent.
                """),
        ] + NumberKeys.keys + SharedCriteria.keys

    static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        try NumberKeys.check(configuration, file)
        try SharedCriteria.check(configuration, file)
        for entry in configuration.records("scscf.emergency-routes") {
            guard emergencyRoute(entry) != nil else {
                throw ConfigurationFailure([
                    .init(
                        file: file, line: nil,
                        "\"scscf.emergency-routes\": \(entry.text("service")) is no service, or \(entry.text("to")) no SIP URI"
                    )
                ])
            }
        }
    }

    static func settings(
        _ configuration: Configuration, listeners: [ListenerID: SIPListener]
    ) -> SessionSettings {
        var settings = SessionSettings()
        settings.listeners = listeners
        settings.sealKey = configuration.optionalText("scscf.seal-key").flatMap(Hex.decode)
        settings.applicationServers = Set(configuration.addresses("scscf.application-servers"))
        settings.serverPatience = configuration.duration("scscf.server-patience")
        settings.serverDecision = configuration.duration("scscf.server-decision")
        settings.serverRest = configuration.duration("scscf.server-rest")
        settings.maximumInvocations = configuration.integer("scscf.maximum-invocations")
        settings.maximumRequests = configuration.integer("scscf.maximum-requests")
        settings.maximumChains = configuration.integer("scscf.maximum-requests")
        settings.maximumDialogs = configuration.integer("scscf.maximum-sessions")
        settings.sessionTimer = SessionTimerPolicy(
            interval: configuration.optionalDuration("scscf.session-expires").map { Int($0.components.seconds) },
            minimum: Int(configuration.duration("scscf.minimum-session-expires").components.seconds))
        settings.unregisteredTime = configuration.duration("scscf.unregistered-profile")
        settings.trustedDomains = Set(configuration.texts("scscf.trusted-domains").map { $0.lowercased() })
        settings.emergencyRoutes = configuration.records("scscf.emergency-routes").compactMap(emergencyRoute)
        settings.numbers = NumberKeys.settings(configuration)
        return settings
    }

    private static func emergencyRoute(_ entry: Configuration) -> SessionSettings.EmergencyRoute? {
        do {
            _ = try SIPURI(parsing: entry.text("to"))
            return SessionSettings.EmergencyRoute(
                service: try ServiceURN(parsing: OctetSlice("urn:service:" + entry.text("service"))),
                uri: entry.text("to"))
        } catch {
            return nil
        }
    }
}
