import Diameter
import NodeIO
import ProxyCSCF

/// The configuration of Rx, TS 29.214: whether the network is asked for the bearers of sessions.
enum PolicyKeys {
    static let keys = [
        ConfigurationKey(
            "pcscf.rx-realm", .text,
            """
            Realm of the PCRF that is told of the media of sessions over Rx (TS 29.214); its peer, or an agent's, is in
            diameter.peers. Without it none is asked.
            """),
        ConfigurationKey("pcscf.rx-host", .text, "The PCRF's host, when one of the realm is meant."),
        ConfigurationKey(
            "pcscf.rx-failure", .choice(PolicyControlSettings.Failure.allCases.map(\.rawValue)), default: "allow",
            """
            A session that the PCRF refuses, or does not answer for: allow lets it go on with a warning, deny refuses it (403,
            488 or 503, with a Warning that says why) or ends it. Calls for help always go on.
            """),
        ConfigurationKey(
            "pcscf.rx-patience", .duration(.milliseconds(100) ... .seconds(30)), default: "2s",
            "How long an offer or answer waits for the PCRF's word."),
        ConfigurationKey(
            "pcscf.rx-signalling", .boolean, default: "false",
            """
            Whether the PCRF is asked to tell when the signalling of a registered phone is lost (TS 29.214 §4.4.5): its
            sessions are released then, and it is out of reach until it registers again. A session of Rx for each phone.
            """),
        ConfigurationKey(
            "pcscf.rx-application", .text, default: "urn:urn-7:3gpp-service.ims.icsi.mmtel",
            "AF-Application-Identifier, by which the PCRF knows the service; \"\" for none."),
        ConfigurationKey(
            "pcscf.rx-apn", .text, "Called-Station-Id: the APN of the phones' IMS connection, where the PCRF wants it."),
    ]

    /// nil without a PCRF.
    static func settings(_ configuration: Configuration, start: UInt32) -> PolicyControlSettings? {
        guard let realm = configuration.optionalText("pcscf.rx-realm") else { return nil }
        let origin = DiameterOrigin(
            host: DiameterIdentity(configuration.text("diameter.origin-host")),
            realm: DiameterIdentity(configuration.text("diameter.origin-realm")))
        var settings = PolicyControlSettings(
            origin: origin, realm: DiameterIdentity(realm),
            host: configuration.optionalText("pcscf.rx-host").map { DiameterIdentity($0) },
            sessions: SessionIDGenerator(originHost: origin.host, start: start))
        settings.failure = .init(rawValue: configuration.text("pcscf.rx-failure")) ?? .allow
        settings.patience = configuration.duration("pcscf.rx-patience")
        settings.watchesSignalling = configuration.boolean("pcscf.rx-signalling")
        settings.application = configuration.text("pcscf.rx-application")
        settings.accessPoint = configuration.optionalText("pcscf.rx-apn")
        return settings
    }
}
