import IMS
import NodeIO
import Octets
import ProxyCSCF
import SIP

/// The configuration of handset profiles.
enum HandsetKeys {
    static let keys = [
        ConfigurationKey(
            "pcscf.handset-profiles", .records(profile), default: "[]",
            """
            Families of phones that are treated in a way of their own; an entry with the name of another takes its place.
            Whichever profile a phone has, by identity, socket, User-Agent or default, stands in the log once. Built in are

            """ + HandsetProfile.builtIn.map { "  {\($0.summary)}" }.joined(separator: "\n")),
        ConfigurationKey(
            "pcscf.handset-profile", .text, default: HandsetProfile.generic.name,
            "The profile of phones that nothing else names."),
        ConfigurationKey(
            "pcscf.handset-profile-at", .map(of: .text), default: "{}",
            """
            The profile of all that registers at a socket, named as in sip.listen, with the timers of the profile:
            {"udp:192.0.2.1:5060": samsung}.
            """),
        ConfigurationKey(
            "pcscf.handset-profile-of", .map(of: .text), default: "{}",
            "The profile of single subscribers, by private identity: {\"001010000000001@ims.example\": pixel}."),
    ]

    private static let profile = [
        ConfigurationKey("name", .text, required: true, "by which other keys and the log name it"),
        ConfigurationKey("like", .text, "a built-in profile, or one above, whose switches these change"),
        ConfigurationKey(
            "user-agents", .list(of: .text), default: "[]",
            "what User-Agent looks like, * for anything; case says nothing"),
        ConfigurationKey(
            "algorithms", .list(of: .text), default: "[]",
            "pairs out of pcscf.ipsec-algorithms, the best first; [] for all"
        ),
        ConfigurationKey(
            "cross-associations", .boolean,
            "instead of pcscf.ipsec-cross-associations: a few phones answer from the other port"),
        ConfigurationKey(
            "security-verify", .choice(HandsetProfile.Verification.allCases.map(\.rawValue)),
            "whether all of Security-Server must come back, or algorithms, SPIs and ports alone"),
        ConfigurationKey(
            "qop", .choice(HandsetProfile.QualityOfProtection.allCases.map(\.rawValue)),
            "whether a challenge keeps its qop: a phone is reported that answered only without"),
        ConfigurationKey(
            "proxy-require", .choice(HandsetProfile.ProxyRequirement.allCases.map(\.rawValue)),
            "whether an option in Proxy-Require that we do not have is a 420 (RFC 3261 §16.3)"),
        ConfigurationKey(
            "service-codes", .choice(HandsetProfile.ServiceCodes.allCases.map(\.rawValue)),
            "whether tel:*21*NUMBER%23, which RFC 3966 does not allow, goes on as sip:…;user=phone, or is a 400"),
        ConfigurationKey(
            "route-mismatch", .choice(ProxyCSCFConfiguration.RouteMismatch.allCases.map(\.rawValue)),
            "instead of pcscf.route-mismatch"),
        ConfigurationKey(
            "identity-mismatch", .choice(ProxyCSCFConfiguration.IdentityMismatch.allCases.map(\.rawValue)),
            "instead of pcscf.identity-mismatch"),
        ConfigurationKey("keep-alive", .integer(0...3_600), "seconds, instead of pcscf.keep-alive"),
        ConfigurationKey("t1", span, "timer T1 of sockets with this profile, instead of pcscf.phone-t1"),
        ConfigurationKey("t2", span, "timer T2 of such"),
        ConfigurationKey("t4", span, "timer T4 of such"),
    ]

    private static let span = ConfigurationKey.Kind.duration(.milliseconds(100) ... .seconds(60))

    static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        do throws(Misfit) { _ = try profiles(configuration) } catch {
            throw ConfigurationFailure([.init(file: file, line: nil, error.sentence)])
        }
    }

    /// A key whose value does not go with another's.
    struct Misfit: Error {
        let sentence: String
    }

    static func profiles(_ configuration: Configuration) throws(Misfit) -> HandsetProfiles {
        var profiles = HandsetProfiles()
        var names: Set<String> = []
        for record in configuration.records("pcscf.handset-profiles") {
            let profile = try profile(record, configuration, among: profiles)
            guard names.insert(profile.name).inserted else {
                throw Misfit(sentence: "\"pcscf.handset-profiles\" has two entries named \(profile.name)")
            }
            profiles.add(profile)
        }
        func index(_ name: String, _ key: String) throws(Misfit) -> HandsetProfiles.Index {
            guard let index = profiles.index(named: name) else { throw unknown(name, key, among: profiles) }
            return index
        }
        let bindings = configuration.sipBindings("sip.listen").map(\.description)
        for (socket, value) in configuration.map("pcscf.handset-profile-at") {
            guard let place = bindings.firstIndex(of: socket) else {
                throw Misfit(sentence: "\"pcscf.handset-profile-at\" names \(socket), which is not in sip.listen")
            }
            guard case .text(let name) = value else { continue }
            profiles.sockets[ListenerID(rawValue: UInt16(clamping: place))] = try index(
                name, "pcscf.handset-profile-at")
        }
        for (identity, value) in configuration.map("pcscf.handset-profile-of") {
            guard case .text(let name) = value else { continue }
            profiles.identities[OctetSlice(identity)] = try index(name, "pcscf.handset-profile-of")
        }
        profiles.standard = try index(configuration.text("pcscf.handset-profile"), "pcscf.handset-profile")
        return profiles
    }

    /// A transaction's timers are those of its socket, and what comes to a socket with a profile has the profile's.
    static func setTimers(
        of listeners: inout [ListenerID: SIPListener], _ profiles: HandsetProfiles, _ timers: TransactionTimers
    ) {
        for (id, listener) in listeners {
            let own = profiles[profiles.sockets[id] ?? profiles.standard].timers(else: timers)
            listeners[id]?.timers = own
            // What leaves a protected socket goes to a phone.
            if listener.isProtected { listeners[id]?.clientTimers = own }
        }
    }

    private static func unknown(_ name: String, _ key: String, among profiles: HandsetProfiles) -> Misfit {
        let names = profiles.all.map(\.name).joined(separator: ", ")
        return Misfit(sentence: "\"\(key)\" names the handset profile \(name); there are \(names)")
    }

    private static func profile(
        _ record: Configuration, _ configuration: Configuration, among profiles: HandsetProfiles
    ) throws(Misfit) -> HandsetProfile {
        var profile = HandsetProfile.generic
        if let name = record.optionalText("like") {
            guard let index = profiles.index(named: name) else {
                throw unknown(name, "pcscf.handset-profiles", among: profiles)
            }
            profile = profiles[index]
        }
        profile.name = record.text("name")
        profile.userAgents = record.texts("user-agents").map { WildcardPattern($0) }
        let pairs = record.texts("algorithms")
        let all = configuration.texts("pcscf.ipsec-algorithms")
        if let other = pairs.first(where: { !all.contains($0) }) {
            throw Misfit(
                sentence: "\"pcscf.handset-profiles\": \(profile.name) has the algorithms \(other), which are not in "
                    + "pcscf.ipsec-algorithms")
        }
        if !pairs.isEmpty { profile.algorithms = pairs.compactMap { SecurityAlgorithms($0) } }
        if record["cross-associations"] != nil { profile.crossesAssociations = record.boolean("cross-associations") }
        profile.verification = choice(record, "security-verify") ?? profile.verification
        profile.qualityOfProtection = choice(record, "qop") ?? profile.qualityOfProtection
        profile.proxyRequirement = choice(record, "proxy-require") ?? profile.proxyRequirement
        profile.serviceCodes = choice(record, "service-codes") ?? profile.serviceCodes
        profile.routeMismatch = choice(record, "route-mismatch") ?? profile.routeMismatch
        profile.identityMismatch = choice(record, "identity-mismatch") ?? profile.identityMismatch
        profile.keepAlive = record.optionalInteger("keep-alive") ?? profile.keepAlive
        profile.t1 = record.optionalDuration("t1") ?? profile.t1
        profile.t2 = record.optionalDuration("t2") ?? profile.t2
        profile.t4 = record.optionalDuration("t4") ?? profile.t4
        return profile
    }

    private static func choice<Value: RawRepresentable<String>>(_ record: Configuration, _ key: String) -> Value? {
        record.optionalText(key).flatMap(Value.init(rawValue:))
    }
}
