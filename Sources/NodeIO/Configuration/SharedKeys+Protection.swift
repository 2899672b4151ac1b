import Octets
import SIP

// How a node finds others by name, and how it protects itself: keys of every function that speaks SIP.
extension SharedKeys {
    package static var dns: [ConfigurationKey] {
        [
            ConfigurationKey(
                "dns.enabled", .boolean, default: "true",
                """
                Whether names that are not in hosts are looked up in the domain name system (RFC 3263): NAPTR, SRV, then A
                and AAAA, of which the next is tried when one fails.
                """),
            ConfigurationKey(
                "dns.servers", .list(of: .host), default: "[]",
                "The name servers, in order of preference; [] for those of /etc/resolv.conf."),
            ConfigurationKey(
                "dns.timeout", .duration(.milliseconds(100) ... .seconds(30)), default: "1s",
                "How long a name server may take before the next one is asked; doubled with each round."),
            ConfigurationKey(
                "dns.tries", .integer(1...10), default: "2", "How often each name server is asked."),
        ]
    }

    /// - Parameter perSource: requests a second of one address, by default; 0 for no limit.
    package static func overload(perSource: Int) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "sip.overload.admission", .boolean, default: "true",
                """
                Whether new requests are refused (503, Retry-After) while all wait too long; requests of dialogs, answers to
                challenges and emergency calls are refused last.
                """),
            ConfigurationKey(
                "sip.overload.target-delay", .duration(.milliseconds(1) ... .seconds(5)), default: "50ms",
                "The wait that may stand; more, for a tenth of a second and longer, is overload."),
            ConfigurationKey(
                "sip.overload.feedback", .boolean, default: "true",
                "RFC 7339: whether neighbours are told how much to send, and obeyed when they tell us."),
            ConfigurationKey(
                "sip.overload.priorities", .list(of: .text), default: "[]",
                "Values of Resource-Priority (RFC 4412) that are treated like emergency calls, such as esnet.0."),
            ConfigurationKey(
                "sip.overload.per-source-rate", .integer(0...1_000_000), default: "\(perSource)",
                "Messages a second that one address may send (IPv6: one /64); more are dropped unread. 0: no limit."),
            ConfigurationKey(
                "sip.overload.per-source-burst", .integer(1...1_000_000), default: "\(max(1, 2 * perSource))",
                "Messages that one address may send at once."),
            ConfigurationKey(
                "sip.overload.exempt", .list(of: .address), default: "[127.0.0.1, '::1']",
                "Addresses without such a limit: the nodes of our core, phones behind one address translator."),
        ]
    }
}

extension Configuration {
    package var usesDNS: Bool { boolean("dns.enabled") }

    package var locatorSettings: LocatorSettings {
        var settings = LocatorSettings()
        settings.usesDNS = usesDNS
        return settings
    }

    package var dnsSettings: DNSSettings {
        var settings = DNSSettings()
        settings.servers = list("dns.servers").compactMap { value in
            guard case .host(let host) = value else { return nil }
            return "\(Endpoint(host.address, host.port ?? 53))"
        }
        settings.timeout = duration("dns.timeout")
        settings.tries = integer("dns.tries")
        return settings
    }

    package var overloadSettings: OverloadSettings {
        var settings = OverloadSettings()
        settings.isAdmissionControlled = boolean("sip.overload.admission")
        settings.admission.target = duration("sip.overload.target-delay")
        settings.givesFeedback = boolean("sip.overload.feedback")
        settings.priorities = Set(texts("sip.overload.priorities").map { OctetSlice($0.lowercased()) })
        let rate = integer("sip.overload.per-source-rate")
        if rate > 0 {
            var perSource = SourceSettings(rate: rate, burst: integer("sip.overload.per-source-burst"))
            perSource.exempt = Set(addresses("sip.overload.exempt"))
            settings.perSource = perSource
        }
        return settings
    }
}
