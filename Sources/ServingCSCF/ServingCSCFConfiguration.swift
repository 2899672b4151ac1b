import Cx
import Diameter
import IMS
import Octets
import SIP

/// What an operator decides about an S-CSCF; the defaults are the `lab` profile's.
package struct ServingCSCFConfiguration: Sendable {
    /// Our SIP URI: Server-Name on Cx, host of the Service-Route.
    package var serverName: String
    /// Home network domains whose users we register, in lower case.
    package var domains: [String]
    /// Realm of our challenges. nil: the domain of the identity that registers.
    package var realm: String?

    package var originHost: DiameterIdentity
    package var originRealm: DiameterIdentity
    package var destinationRealm: DiameterIdentity
    /// nil: Diameter routing finds the HSS by the realm.
    package var destinationHost: DiameterIdentity?

    /// Shortest registration without 423, RFC 3261 §10.3 step 7.
    package var minimumExpires = 60
    package var defaultExpires = 3600
    /// Longer wishes are granted with this.
    package var maximumExpires = 7200

    /// Longest registration for emergency calls, TS 24.229 §5.4.8.2: the regulator's to say.
    package var maximumEmergencyExpires = 3600

    /// What is granted for an emergency: 0 when nothing is wanted, never less than the shortest registration.
    func emergencyExpires(_ requested: Int) -> Int {
        requested <= 0 ? 0 : min(max(requested, minimumExpires), max(maximumEmergencyExpires, minimumExpires))
    }

    /// TS 24.229 §5.4.1.1 and §7.8: how long a challenge waits for its response.
    package var registrationAwaitsAuthentication = Duration.seconds(240)
    /// Challenges of one private identity that may wait at the same time; the oldest gives way.
    package var maximumChallenges = 4
    /// Resynchronisations in a row before we give up.
    package var maximumResynchronisations = 2
    /// Whether charging records are made.
    package var charges = false
    /// Offer `qop="auth"` in challenges, RFC 2617 §3.2.1.
    package var offersQualityOfProtection = true
    package var reauthentication = Reauthentication.unprotected

    /// Whether requests other than REGISTER prove their sender.
    package var requestAuthentication = RequestAuthenticationPolicy.unprotected

    /// Contacts of one implicit registration set.
    package var maximumContacts = 5
    package var contactLimit = ContactLimit.replaceOldest
    /// Refuse a REGISTER that went past every P-CSCF: no Path.
    package var requiresPath = true

    /// Where the hosts of our requests are.
    package var locator = StaticLocator(hosts: [:], listeners: [:])
    /// Whether a host that `locator` does not know is looked up.
    package var usesDNS = false

    /// Leave with the HSS what another S-CSCF needs, and take over users by what is left there (TS 23.380 §4).
    package var restoresUsers = true

    /// What the HSS is told of us, TS 29.229 §7.1.1.
    var supportedFeatures: [SupportedFeatures] {
        restoresUsers ? [SupportedFeatures(featureList: .restoration)] : []
    }

    /// Who may send us SIP: our P- and I-CSCFs and application servers. Loopback is always trusted.
    package var trustedPeers: Set<IPAddress> = []
    /// REGISTERs that may wait for the HSS at the same time; beyond that 503.
    package var maximumProcedures = 20_000

    /// Which REGISTER is challenged, TS 24.229 §5.4.1.2.2.
    package enum Reauthentication: String, Sendable, CaseIterable {
        /// Every one.
        case always
        /// Not one that refreshes or ends a registration and came through its security association or TLS session.
        case unprotected
    }

    /// Which requests of users with SIP Digest are challenged with 407, TS 24.229 §5.4.3.6.1.
    package enum RequestAuthenticationPolicy: String, Sendable, CaseIterable {
        /// None: the P-CSCF knows its phones by their addresses.
        case never
        /// Those of phones that have not registered over TLS.
        case unprotected
    }

    /// Sessions, messages and services.
    package var sessions = SessionSettings()

    /// The secret in GRUUs (RFC 5627), 16 octets; nil for one of this start only.
    package var gruuKey: [UInt8]?

    /// With it registrations and subscriptions go to the embedded store; nil keeps nothing over a crash.
    package var clock: WallClock?

    /// Subscriptions to the registration state of one implicit registration set, and of all.
    package var maximumWatchersOfUser = 16
    package var maximumWatchers = 200_000

    /// What happens to a contact beyond the limit.
    package enum ContactLimit: String, Sendable, CaseIterable {
        case refuse
        case replaceOldest
    }

    package init(
        serverName: String, domains: [String], originHost: DiameterIdentity, originRealm: DiameterIdentity,
        destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity? = nil
    ) {
        self.serverName = serverName
        self.domains = domains.map { $0.lowercased() }
        self.originHost = originHost
        self.originRealm = originRealm
        self.destinationRealm = destinationRealm
        self.destinationHost = destinationHost
    }

    /// A4 of the attack table: nobody but our own proxies talks to us.
    func trusts(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let number) where number >> 24 == 127: true
        case .v6(0, 1): true
        case .v4, .v6: trustedPeers.contains(address)
        }
    }
}
