import IMS

/// What one user has of the supplementary services. As it is made, nothing is changed about a call.
package struct ServiceSettings: Equatable, Sendable {
    /// TS 24.604.
    package var forwarding: [ForwardingCondition: ForwardingRule] = [:]
    /// How long the phone rings before CFNR; the server's time when nil. Seconds.
    package var noReplyTime: Int?
    /// The caller is told by a 181 that the call is diverted.
    package var notifiesCaller = true
    /// The caller may learn where the call has gone.
    package var revealsTarget = true
    /// Whoever gets the call may learn who has diverted it.
    package var revealsDiverting = true
    /// TS 24.607: whether those who are called see who calls.
    package var originatingIdentity = OriginatingIdentity.shown
    /// TIR, TS 24.608: callers do not see who has answered.
    package var hidesConnected = false
    /// OIP, TS 24.607: the user sees who calls.
    package var seesCallers = true
    /// TIP, TS 24.608: the user sees who has answered.
    package var seesConnected = true
    /// TS 24.611.
    package var outgoingBarring = CallBarring()
    package var incomingBarring = CallBarring()
    /// ACR: calls without identity get 433.
    package var rejectsAnonymous = false
    /// Four digits with which the user may switch his barrings by code; nil when he may not.
    package var barringPIN: String?
    /// Calls that the user does not take are answered by his mailbox, where no rule of his says otherwise.
    package var hasMailbox = false
    /// Further public identities of the user.
    package var aliases: [PublicIdentity] = []

    package init() {}

    /// The rule that holds in a case. A user who is not logged in is one who cannot be reached, unless a rule of his
    /// says otherwise: there is no code to dial for CFNL. Behind all rules is the mailbox, which takes no call that could
    /// reach its user.
    func target(on condition: ForwardingCondition) -> DiversionTarget? {
        if let rule = forwarding[condition] {
            if rule.isActive { return rule.target }
        } else if condition == .notLoggedIn, let rule = forwarding[.notReachable], rule.isActive {
            return rule.target
        }
        return hasMailbox && condition != .unconditional ? .voicemail : nil
    }

    /// Without the rules that lead to a voice mail system: there is none.
    var withoutVoicemail: ServiceSettings {
        var settings = self
        settings.forwarding = forwarding.filter { $0.value.target != .voicemail }
        settings.hasMailbox = false
        return settings
    }
}
