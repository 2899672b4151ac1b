import Diameter

/// What a P-CSCF needs to know to be the application function of a PCRF, TS 29.214.
package struct PolicyControlSettings: Sendable {
    /// What becomes of a session that the PCRF refuses, or does not answer for. Calls for help go on in any case.
    package enum Failure: String, Sendable, CaseIterable {
        /// It goes on, with a warning.
        case allow
        /// An offer is refused, an answer ends the session.
        case deny
    }

    package var origin: DiameterOrigin
    /// The PCRF's.
    package var realm: DiameterIdentity
    /// nil leaves it to Diameter's routing, until one has answered for a session.
    package var host: DiameterIdentity?
    package var sessions: SessionIDGenerator
    package var failure = Failure.allow
    /// How long a description waits for the PCRF's word.
    package var patience = Duration.seconds(2)
    /// Whether we want to hear when the bearer of a phone's signalling is lost, TS 29.214 §4.4.5.
    package var watchesSignalling = false
    /// AF-Application-Identifier, by which the PCRF knows the service; empty for none.
    package var application = ""
    /// Called-Station-Id: the APN of the phones; nil for none.
    package var accessPoint: String?

    package init(
        origin: DiameterOrigin, realm: DiameterIdentity, host: DiameterIdentity? = nil, sessions: SessionIDGenerator
    ) {
        self.origin = origin
        self.realm = realm
        self.host = host
        self.sessions = sessions
    }
}
