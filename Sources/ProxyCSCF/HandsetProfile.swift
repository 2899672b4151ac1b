import IMS
import Octets
import SIP

/// How one family of phones is treated: named switches over what the P-CSCF does with phones at large. A switch that is nil
/// leaves what the configuration says for all.
///
/// "Item" below is a number of our notes on what phones do. What is published of single makes is said at each of them in
/// `builtIn`.
package struct HandsetProfile: Sendable, Equatable {
    /// What must come back in Security-Verify.
    package enum Verification: String, Sendable, CaseIterable {
        /// All that Security-Server had: RFC 3329 §2.3.1, item 6.
        case whole
        /// Algorithms, SPIs and ports; `q`, and `prot` and `mod` where they are what a phone takes them for anyhow (TS 33.203
        /// Annex H), may be left out. What somebody on the way could weaken is compared all the same.
        case terms
    }

    /// What becomes of `qop` in a challenge.
    package enum QualityOfProtection: String, Sendable, CaseIterable {
        case keep
        /// One phone is reported to have answered only a challenge of realm, nonce and algorithm (open5gs/open5gs issue 491);
        /// ck and ik, which went with qop there, never leave this P-CSCF. Item 3: where qop is offered, nc and cnonce come.
        case remove
    }

    /// What becomes of a request that wants of its proxy what this one does not have.
    package enum ProxyRequirement: String, Sendable, CaseIterable {
        /// 420, RFC 3261 §16.3 step 5.
        case refuse
        /// The option is taken off: the phone registers, without what it wanted.
        case ignore
    }

    /// What becomes of dialled service codes, `*21*NUMBER#`, in URIs that RFC 3966 does not allow.
    package enum ServiceCodes: String, Sendable, CaseIterable {
        /// They go on as `sip:…;user=phone` of the home domain, which RFC 3261 §19.1.6 allows.
        case rewrite
        /// 400 with the reason.
        case refuse
    }

    package var name: String
    /// Patterns of User-Agent (RFC 3261 §20.41), any of which names this family.
    package var userAgents: [WildcardPattern]
    /// Pairs for IPsec, the best first, out of those that this P-CSCF has at all: item 5 has phones of several releases.
    package var algorithms: [SecurityAlgorithms]?
    /// Whether the four associations are crossed: "some UEs need the four cross SAs too" (item 5).
    package var crossesAssociations: Bool?
    package var verification = Verification.whole
    package var qualityOfProtection = QualityOfProtection.keep
    package var proxyRequirement = ProxyRequirement.refuse
    package var serviceCodes = ServiceCodes.rewrite
    /// Item 9: Route is the P-CSCF and the Service-Route.
    package var routeMismatch: ProxyCSCFConfiguration.RouteMismatch?
    /// Item 9: P-Preferred-Identity is checked.
    package var identityMismatch: ProxyCSCFConfiguration.IdentityMismatch?
    /// Seconds between the keep-alives that phones are advised to send, RFC 6223; 0 leaves it to them.
    package var keepAlive: Int?
    /// Timers towards phones at sockets that have this profile (item 14): a transaction's timers are its socket's.
    package var t1: Duration?
    package var t2: Duration?
    package var t4: Duration?

    package init(_ name: String, userAgents: [WildcardPattern] = []) {
        self.name = name
        self.userAgents = userAgents
    }

    /// The timers of a socket with this profile.
    package func timers(else timers: TransactionTimers) -> TransactionTimers {
        TransactionTimers(t1: t1 ?? timers.t1, t2: t2 ?? timers.t2, t4: t4 ?? timers.t4)
    }

    /// What stands in a configuration for it, one line.
    package var summary: String {
        var parts = ["name: \(name)"]
        if !userAgents.isEmpty { parts.append("user-agents: [\(userAgents.map(\.text).joined(separator: ", "))]") }
        if let algorithms { parts.append("algorithms: [\(algorithms.map(\.description).joined(separator: ", "))]") }
        if let crossesAssociations { parts.append("cross-associations: \(crossesAssociations)") }
        parts.append("security-verify: \(verification.rawValue)")
        parts.append("qop: \(qualityOfProtection.rawValue)")
        parts.append("proxy-require: \(proxyRequirement.rawValue)")
        parts.append("service-codes: \(serviceCodes.rawValue)")
        if let routeMismatch { parts.append("route-mismatch: \(routeMismatch.rawValue)") }
        if let identityMismatch { parts.append("identity-mismatch: \(identityMismatch.rawValue)") }
        if let keepAlive { parts.append("keep-alive: \(keepAlive)") }
        for (name, span) in [("t1", t1), ("t2", t2), ("t4", t4)] {
            if let span { parts.append("\(name): \(Int(span.milliseconds))ms") }
        }
        return parts.joined(separator: ", ")
    }
}

extension HandsetProfile {
    /// What every phone is treated by that nothing else is known of.
    package static let generic = HandsetProfile("generic")

    /// The families that are known by name. Their patterns are what their makers publish or traces show:
    ///
    /// - Samsung: `useragent` of Samsung's imsprofile.json is `[PRODUCT_MODEL] Samsung IMS 6.0`, a trace has
    ///   `SM-G975W-G975WVLS5GUD1 Samsung IMS 6.0`; its timers there are T1 2 s and T2 16 s.
    /// - Apple: traces have `iOS/26.3 iPhone`. Its timers are those of item 14.
    /// - Pixel: Android's default `ims.ims_user_agent_string` is `#MANUFACTURER#_#MODEL#_Android#AV#_#BUILD#`
    ///   (CarrierConfigManager.Ims), traces have `Google_Pixel8_Android 16_BP4A.260205.001`; the timers there are those of
    ///   TS 24.229 table 7.7.1.
    ///
    /// Nothing published needs more than that of one make alone: what else they want, every phone gets.
    package static let builtIn: [HandsetProfile] = [
        generic, radio("samsung", "*Samsung IMS*"), radio("apple", "iOS/*iPhone*"), radio("pixel", "Google_Pixel*"),
    ]

    /// With the timers of TS 24.229 §7.7, whatever those of other phones are.
    private static func radio(_ name: String, _ pattern: String) -> HandsetProfile {
        var profile = HandsetProfile(name, userAgents: [WildcardPattern(pattern)])
        profile.t1 = .seconds(2)
        profile.t2 = .seconds(16)
        profile.t4 = .seconds(17)
        return profile
    }
}
