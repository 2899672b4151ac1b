import Diameter
import IMS
import Octets

extension SharedKeys {
    /// Charging records of a CSCF.
    package static var charging: [ConfigurationKey] {
        [
            ConfigurationKey(
                "charging.file", .text,
                """
                The charging file, a JSON line for each record: sessions at their start, change and end, registrations,
                messages, calls that nobody took. A moved file is made anew. Without it none is written.
                """),
            ConfigurationKey(
                "charging.rf-realm", .text,
                """
                Realm of the Charging Data Function that records are sent to over Rf (TS 32.299); its peer, or an agent's, is
                in diameter.peers. Without it none are sent.
                """),
            ConfigurationKey(
                "charging.rf-host", .text, "The Charging Data Function's host, when one of the realm is meant."),
            ConfigurationKey(
                "charging.rf-spool", .text, default: "charging.spool",
                "Where records that the Charging Data Function has not acknowledged wait over a restart."),
            ConfigurationKey(
                "charging.rf-retry", .duration(.seconds(1) ... .seconds(3_600)), default: "10s",
                "How often a Charging Data Function that does not answer is tried."),
        ]
    }
}

extension Configuration {
    /// Whether the role has to make charging records.
    package var charges: Bool { optionalText("charging.file") != nil || accountingRealm != nil }

    package var accountingRealm: String? { optionalText("charging.rf-realm") }

    /// Opens what charging records go to, and makes the client of Rf.
    func charging(
        role: String, epoch: Int64
    ) throws(StartFailure) -> (outlets: ChargingOutlets, client: AccountingClient?) {
        guard declares("charging.file"), charges else { return (ChargingOutlets(), nil) }
        var outlets = ChargingOutlets()
        if let path = optionalText("charging.file") { outlets.file = try ChargingFile(path: path, role: role) }
        guard let realm = accountingRealm, let node = NodeIdentity.Role(rawValue: role) else { return (outlets, nil) }
        let spool = try AccountingSpool(path: text("charging.rf-spool"))
        outlets.spool = spool
        var settings = AccountingClient.Settings(
            origin: DiameterOrigin(host: text("diameter.origin-host"), realm: text("diameter.origin-realm")),
            realm: DiameterIdentity(realm), host: optionalText("charging.rf-host").map { DiameterIdentity($0) },
            node: node, epoch: epoch)
        settings.retry = duration("charging.rf-retry")
        return (outlets, AccountingClient(settings, kept: spool.kept))
    }
}
