import IMS
import Octets
import SIP

/// One terminating INVITE whose user has provided for it, TS 24.604 §4.5.2.6.
///
///     offered ─ 180 ─▶ alerting ─ no reply ─▶ withdrawn ─ 4xx, silence ─▶ diverted
///        │                │                      ▲
///        ├─ no sign of life ─────────────────────╯
///        ├─ 486, 408, 503, 3xx … ────────────────────────────────────▶ diverted
///        ╰─ 2xx, or the caller gives up ─▶ settled
///
/// Withdrawn: the phone's INVITE has been cancelled and its end is awaited; a 2xx that crosses the CANCEL still wins.
struct DivertibleCall: Sendable {
    enum State: Equatable, Sendable {
        case offered, alerting
        case withdrawn(DiversionReason)
        case diverted, settled
    }

    /// What a response to the phone's INVITE means.
    enum Verdict: Equatable, Sendable {
        /// It goes its way.
        case pass
        /// It is kept from the caller; the call is diverted.
        case divert(DiversionReason, to: DiversionTarget, after: Status)
    }

    private(set) var state = State.offered
    private let targets: [ForwardingCondition: DiversionTarget]
    private let noReplyTime: Duration
    /// When the phone has said nothing by then, it is not reachable; when it rings, when ringing ends.
    private(set) var deadline: Instant?

    /// - Parameters:
    ///   - notReachableTime: how long a phone may leave the INVITE without any answer, when there is a rule for it.
    init(_ settings: ServiceSettings, noReplyTime: Duration, notReachableTime: Duration, at now: Instant) {
        var targets: [ForwardingCondition: DiversionTarget] = [:]
        for condition in ForwardingCondition.allCases { targets[condition] = settings.target(on: condition) }
        self.targets = targets
        self.noReplyTime = settings.noReplyTime.map { .seconds($0) } ?? noReplyTime
        deadline = targets[.notReachable] == nil ? nil : now + notReachableTime
    }

    /// A response of the phone, 100 not among them.
    mutating func receive(_ response: SIPMessage, at now: Instant) -> Verdict {
        guard let status = response.status else { return .pass }
        if status.isProvisional {
            if status != .trying { progress(status, at: now) }
            return .pass
        }
        guard !status.isSuccess else {
            settle()
            return .pass
        }
        return end(status, deflectedTo: Self.deflection(response))
    }

    /// The phone's transaction ended without a final response.
    mutating func failed() -> Verdict { end(.requestTimeout, deflectedTo: nil) }

    /// - Returns: whether the phone's INVITE is to be cancelled.
    mutating func fire(at now: Instant) -> Bool {
        guard let deadline, deadline <= now else { return false }
        self.deadline = nil
        switch state {
        case .offered: state = .withdrawn(.notReachable)
        case .alerting: state = .withdrawn(.noReply)
        case .withdrawn, .diverted, .settled: return false
        }
        return true
    }

    /// The caller gave up, or it is all over: nothing is diverted any more.
    mutating func settle() {
        state = .settled
        deadline = nil
    }

    // MARK: Steps

    private mutating func progress(_ status: Status, at now: Instant) {
        guard state == .offered else { return }
        deadline = nil
        guard status == .ringing else { return }  // 183: alive, not yet ringing
        state = .alerting
        if targets[.noReply] != nil { deadline = now + noReplyTime }
    }

    private mutating func end(_ status: Status, deflectedTo contact: DiversionTarget?) -> Verdict {
        let found = reason(of: status, isDeflected: contact != nil)
        guard let reason = found, let target = contact ?? reason.condition.flatMap({ targets[$0] }) else {
            settle()
            return .pass
        }
        state = .diverted
        deadline = nil
        return .divert(reason, to: target, after: status)
    }

    /// What a final response says of the phone. Which responses mean "not reachable" is a matter of TS 24.604, whose text
    /// was not at hand; the choice is that of the P-CSCF's and S-CSCF's own answers for a phone that is gone.
    private func reason(of status: Status, isDeflected: Bool) -> DiversionReason? {
        switch state {
        case .withdrawn(let reason): return reason
        case .diverted, .settled: return nil
        case .offered, .alerting: break
        }
        let isAlerting = state == .alerting
        if isDeflected { return isAlerting ? .deflectionWhileAlerting : .deflection }
        switch status {
        case .busyHere, .busyEverywhere: return .busy
        case .requestTimeout, .temporarilyUnavailable: return isAlerting ? .noReply : .notReachable
        case .serverInternalError, .serviceUnavailable, .serverTimeout, .flowFailed, .badGateway:
            return .notReachable
        default: return nil
        }
    }

    /// The first contact of a redirection that we can divert to.
    private static func deflection(_ response: SIPMessage) -> DiversionTarget? {
        guard response.status?.isRedirection == true else { return nil }
        do throws(SIPSyntaxError) {
            guard let contact = try response.first(Contact.self), !contact.isWildcard else { return nil }
            return Self.target(contact.address.uri.string)
        } catch {
            return nil
        }
    }

    private static func target(_ uri: String) -> DiversionTarget? {
        guard uri != "voicemail" else { return nil }
        do throws(SettingFault) { return try DiversionTarget(uri) } catch { return nil }
    }
}
