import Diameter
import Octets
import SIP

/// What a node binds and how much it takes, from its configuration.
package struct NodeSettings: Sendable {
    package var name: String
    /// The SIP sockets, numbered as the configuration lists them.
    package var listeners: [ListenerID: SIPListener] = [:]
    /// What they say beyond transport and address.
    package var listenerOptions: [ListenerID: SIPSocketOptions] = [:]
    /// Where Diameter peers may call us.
    package var diameterListen: [Endpoint] = []
    /// Where they may call us over TLS.
    package var diameterListenTLS: [Endpoint] = []
    package var diameterTransport = DiameterTransport.auto
    package var sctp = SCTPSettings()
    package var sctpTiming = SCTPTiming()
    package var associationLimits = AssociationLimits()
    package var sipLimits = SIPTransportLimits()
    package var sipSCTP = SIPSCTPSettings()
    /// The number of the first stream connection. A role that remembers flows over a restart needs one that is higher than
    /// all of earlier runs.
    package var firstConnection = ConnectionID(rawValue: 1)
    package var tls = TLSSettings()
    package var dns = DNSSettings()
    /// For the log, as the node comes up: what it has to do without.
    package var notices: [String] = []
    /// Path of the admin socket; nil for none.
    package var adminSocket: String?
    /// How long a drain may take.
    package var drainTime: Duration = .seconds(5)

    package init(name: String) { self.name = name }
}
