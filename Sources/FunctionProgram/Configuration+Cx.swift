import Cx
import Diameter
import NodeIO
import Rf
import Rx

extension Configuration {
    /// A CSCF as a Diameter node: it asks over Cx and takes RTR and PPR.
    package func cxClient(_ originStateID: UInt32) -> LocalNode {
        cxNode(originStateID, commands: [.registrationTermination, .pushProfile])
    }

    /// The Diameter settings of a CSCF. RTR and PPR are taken from its HSSs alone: the configured peers, and behind an
    /// agent the hosts of the realm that it is configured with.
    package func cxClientSettings(_ peers: [PeerConfiguration]) -> DiameterSettings {
        var settings = diameterSettings
        let servers = CommandSenders.Names(
            hosts: Set(peers.filter { !$0.isAgent }.map(\.identity)),
            realms: Set(peers.filter(\.isAgent).map(\.realm)))
        settings.senders.restrict(.registrationTermination, to: servers)
        settings.senders.restrict(.pushProfile, to: servers)
        return settings
    }

    /// An HSS as a Diameter node.
    package func cxServer(_ originStateID: UInt32) -> LocalNode {
        cxNode(
            originStateID, commands: [.userAuthorization, .serverAssignment, .locationInfo, .multimediaAuth])
    }

    /// A P-CSCF as a Diameter node: it tells what it has carried, and asks for bearers.
    package func proxyNode(_ originStateID: UInt32, speaksRx: Bool) -> LocalNode {
        var applications: [DiameterApplication] = []
        if accountingRealm != nil {
            applications.append(DiameterApplication(id: RfDictionary.application, isAccounting: true))
        }
        if speaksRx {
            applications.append(
                DiameterApplication(
                    id: RxDictionary.application, vendor: CxDictionary.vendor3GPP,
                    commands: [.reAuthorization, .abortSession]))
        }
        return diameterNode(originStateID, applications)
    }

    /// The Diameter settings of a P-CSCF that asks a PCRF of that realm, or that host: RAR and ASR are taken from nobody
    /// else.
    package func proxySettings(policyRealm realm: DiameterIdentity?, host: DiameterIdentity?) -> DiameterSettings {
        var settings = diameterSettings
        guard let realm else { return settings }
        let servers =
            host.map { CommandSenders.Names(hosts: [$0]) } ?? CommandSenders.Names(realms: [realm])
        settings.senders.restrict(.reAuthorization, to: servers)
        settings.senders.restrict(.abortSession, to: servers)
        return settings
    }

    private func cxNode(_ originStateID: UInt32, commands: Set<CommandCode>) -> LocalNode {
        var applications = [
            DiameterApplication(id: CxDictionary.application, vendor: CxDictionary.vendor3GPP, commands: commands)
        ]
        if declares("charging.rf-realm"), accountingRealm != nil {
            applications.append(DiameterApplication(id: RfDictionary.application, isAccounting: true))
        }
        return diameterNode(originStateID, applications)
    }

    /// This node as a Diameter peer that speaks these applications.
    package func diameterNode(_ originStateID: UInt32, _ applications: [DiameterApplication]) -> LocalNode {
        LocalNode(
            originHost: DiameterIdentity(text("diameter.origin-host")),
            originRealm: DiameterIdentity(text("diameter.origin-realm")),
            applications: applications,
            hostAddresses: endpoints("diameter.listen").map(\.address).isEmpty
                ? [.loopback] : endpoints("diameter.listen").map(\.address),
            originStateID: originStateID)
    }
}
