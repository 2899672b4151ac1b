import Cx
import Octets
import SIP
import ServiceTriggers

/// What an operator decides about sessions; the defaults are those of the lab.
package struct SessionSettings: Sendable {
    /// The sockets of the node: what its Record-Routes name.
    package var listeners: [ListenerID: SIPListener] = [:]
    /// Key of the seals in our Record-Routes, 16 octets; nil for one of this start only, which ends the calls under way
    /// when the node is started again.
    package var sealKey: [UInt8]?

    /// Addresses of application servers: who may originate for a user (P-Served-User). Loopback always may.
    package var applicationServers: Set<IPAddress> = []
    /// How long an application server may be silent before its default handling (TS 24.229 §5.4.3.2 leaves it open).
    package var serverPatience = Duration.seconds(2)
    /// How long one that has said 100 may take to send the request on, or to answer it.
    package var serverDecision = Duration.seconds(10)
    /// How long a server that was silent is passed over without being asked again.
    package var serverRest = Duration.seconds(10)
    /// Application servers that one request may visit for one user.
    package var maximumInvocations = 32
    /// Steps that the filter criteria of one request may cost at one stage.
    package var evaluationBudget = ServiceCriteria.standardBudget
    /// By SharedIFCSetID, TS 29.228 Annex B.
    package var sharedCriteria: [Int: [InitialFilterCriteria]] = [:]

    /// Requests on their way at the same time, answered INVITEs for 32 s more (RFC 6026 §8.4); beyond that 503.
    package var maximumRequests = 200_000
    /// Original dialog identifiers that are waited for.
    package var maximumChains = 200_000
    /// Dialogs that are followed; those beyond pass unseen.
    package var maximumDialogs = 200_000
    /// Profiles of unregistered users that are kept, and for how long.
    package var maximumUnregistered = 20_000
    package var unregisteredTime = Duration.seconds(300)
    /// What we ask of session timers on the way, RFC 4028 §8.
    package var sessionTimer = SessionTimerPolicy(interval: nil)

    /// Domains of others inside our trust domain (RFC 3325 §2.3), in lower case: they are told identities that want to
    /// stay private, where the phone is, and whom to charge.
    package var trustedDomains: Set<String> = []
    /// Where emergency calls go, RFC 5031: the first entry that names the service or one above it.
    package var emergencyRoutes: [EmergencyRoute] = []

    package var numbers = NumberSettings()

    package struct EmergencyRoute: Sendable, Equatable {
        package var service: ServiceURN
        /// SIP URI of the E-CSCF or the PSAP.
        package var uri: String

        package init(service: ServiceURN, uri: String) {
            self.service = service
            self.uri = uri
        }
    }

    package init() {}
}
