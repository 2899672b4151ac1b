/// How the media of phones go through a relay, rtpengine.
package struct MediaRelaySettings: Sendable, Equatable {
    package enum Use: String, Sendable, CaseIterable {
        /// That of phones behind an address translator: what they say of themselves is not where they are.
        case translated
        case always
    }

    /// What becomes of a session whose description the relay does not answer for.
    package enum Failure: String, Sendable, CaseIterable {
        /// It goes on without the relay, with a warning.
        case proceed
        /// An offer gets a 503; an answer goes on, its offer has gone.
        case refuse
    }

    package var use: Use
    package var failure: Failure
    /// Until then it is asked again, twice as late each time.
    package var patience: Duration

    package init(use: Use = .translated, failure: Failure = .proceed, patience: Duration = .seconds(1)) {
        self.use = use
        self.failure = failure
        self.patience = patience
    }
}
