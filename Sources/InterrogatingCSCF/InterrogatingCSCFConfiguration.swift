import Cx
import Diameter
import Octets
import SIP

/// What an I-CSCF is told at start.
package struct InterrogatingCSCFConfiguration: Sendable {
    /// The home domains whose users we look up, in lower case.
    package var servedDomains: Set<String>
    /// The S-CSCFs that we may choose from, in order of preference.
    package var servingCSCFs: [ServingCSCFCandidate]
    package var origin: LocalOrigin
    /// The realm of the HSS.
    package var destinationRealm: DiameterIdentity
    package var locator: StaticLocator
    /// Addresses that may send us requests; empty means anyone. Our P-CSCFs and peers, TS 33.210's trust boundary.
    package var trustedPeers: Set<IPAddress>

    package init(
        servedDomains: Set<String>, servingCSCFs: [ServingCSCFCandidate], origin: LocalOrigin,
        destinationRealm: DiameterIdentity, locator: StaticLocator, trustedPeers: Set<IPAddress> = []
    ) {
        self.servedDomains = servedDomains
        self.servingCSCFs = servingCSCFs
        self.origin = origin
        self.destinationRealm = destinationRealm
        self.locator = locator
        self.trustedPeers = trustedPeers
    }
}
