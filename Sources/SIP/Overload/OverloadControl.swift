import Octets

/// The protection of one node from overload, and of its neighbours by RFC 7339: what the transaction layer asks before it
/// spends anything on a request.
package struct OverloadControl: Sendable {
    private let settings: OverloadSettings
    private var admission: AdmissionControl
    private var sources: SourceLimits?
    private var neighbours: NeighbourLoad
    private var refusals: Int
    private var refusalsFilled = Instant.zero

    /// How long what is received now has waited, as the driver last said.
    var waited = Duration.zero

    init(settings: OverloadSettings, entropy: Entropy) {
        self.settings = settings
        admission = AdmissionControl(settings: settings.admission)
        sources = settings.perSource.map { SourceLimits(settings: $0) }
        neighbours = NeighbourLoad(entropy: entropy)
        refusals = settings.refusalsPerSecond
    }

    var givesFeedback: Bool { settings.givesFeedback }
    var isLimiting: Bool { admission.isLimiting }
    var rate: Double? { admission.rate }

    /// Before a message is read; responses count too, for what begins like one need not be one.
    mutating func admits(messageFrom source: IPAddress, at now: Instant) -> Bool {
        sources?.admits(source, at: now) ?? true
    }

    /// Before a transaction is made of a new request.
    mutating func admits(_ request: borrowing SIPMessage, at now: Instant) -> Bool {
        guard settings.isAdmissionControlled else { return true }
        // Who is who matters only while there is a limit.
        let priority =
            admission.isLimiting ? RequestPriority(of: request, priorities: settings.priorities) : .ordinary
        return admission.admits(priority, waited: waited, at: now)
    }

    /// Whether one more refusal is answered; beyond that silence costs us less.
    mutating func answersRefusal(at now: Instant) -> Bool {
        if now - refusalsFilled >= .seconds(1) {
            refusals = settings.refusalsPerSecond
            refusalsFilled = now
        }
        guard refusals > 0 else { return false }
        refusals -= 1
        return true
    }

    /// The Retry-After of a refusal, spread so that they do not all come back at once (RFC 3261 §21.5.4). None for a
    /// client that knows RFC 7339, which is told more exactly (§5.10.2 there); phones and others do not, and would be
    /// back at once without it, so we give it to them in spite of that clause.
    func retryAfter(knowsFeedback: Bool, entropy: inout Entropy) -> Int? {
        guard !(knowsFeedback && settings.givesFeedback) else { return nil }
        let choices = UInt32(clamping: settings.retryAfter.count)
        return settings.retryAfter.lowerBound + Int(entropy.next32() % max(1, choices))
    }

    /// RFC 7339 §5.5: before a request is sent to a neighbour.
    mutating func permits(_ request: borrowing SIPMessage, to server: Endpoint, at now: Instant) -> Bool {
        guard settings.givesFeedback, neighbours.count > 0 else { return true }
        let priority = RequestPriority(of: request, priorities: settings.priorities)
        return neighbours.permits(priority, to: server, at: now)
    }

    mutating func received(_ via: Via, from server: Endpoint, at now: Instant) {
        guard settings.givesFeedback, let feedback = OverloadFeedback(via) else { return }
        neighbours.received(feedback, from: server, at: now)
    }

    /// RFC 7339 §5.2, §5.7: our own word at this moment.
    var feedback: OverloadFeedback {
        let loss = Int((admission.reduction * 100).rounded())
        return OverloadFeedback(
            loss: loss, validity: loss > 0 ? .milliseconds(500) : .zero, sequence: .init(admission.assessed))
    }

    /// Whether a request's Via asks for our word.
    func isAsked(_ via: Via) -> Bool { settings.givesFeedback && via.parameters.contains("oc") }
}
