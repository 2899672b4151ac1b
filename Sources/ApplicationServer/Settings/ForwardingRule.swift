/// When calls of a user are diverted, TS 24.604 §4.2.1.
package enum ForwardingCondition: String, CaseIterable, Sendable {
    /// CFU: always.
    case unconditional
    /// CFB: the user is busy.
    case busy
    /// CFNR: the phone rings for a time and nobody answers.
    case noReply = "no-reply"
    /// CFNRc: the phone is registered but cannot be reached.
    case notReachable = "not-reachable"
    /// CFNL: no phone is registered.
    case notLoggedIn = "not-logged-in"
}

/// One diversion of one user. A rule that is not active keeps its target, so that it can be activated again by `*21#`.
package struct ForwardingRule: Hashable, Sendable {
    package var target: DiversionTarget
    package var isActive: Bool

    package init(_ target: DiversionTarget, isActive: Bool = true) {
        self.target = target
        self.isActive = isActive
    }

    /// `tel:+491`, or `off tel:+491` for one that is not active.
    package init?(setting text: String) throws(SettingFault) {
        guard text != "off" else { return nil }
        guard text.hasPrefix("off ") else {
            self.init(try DiversionTarget(text))
            return
        }
        self.init(try DiversionTarget(String(text.dropFirst(4))), isActive: false)
    }

    package var text: String { isActive ? "\(target)" : "off \(target)" }
}
