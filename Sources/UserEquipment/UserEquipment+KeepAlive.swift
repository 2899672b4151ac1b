import IMS
import Octets
import SIP

// Keep-alives of a registered phone, RFC 5626 §4.4, as often as the P-CSCF's Flow-Timer says. That a pong stays away shows
// in the next request: what comes back over a flow is the driver's, not ours.
extension UserEquipment {
    package mutating func takeKeepAlives() -> [FlowPing] {
        defer { pings.removeAll() }
        return pings
    }

    /// A procedure has ended: from now on, or no more.
    mutating func armKeepAlive(_ name: String, at now: Instant) {
        guard let handset = handsets[name] else { return }
        guard handset.registration.state == .registered, let seconds = handset.registration.flowTimer, seconds > 0
        else {
            handsets[name]?.pingAt = nil
            return
        }
        let next = now + pause(seconds)
        handsets[name]?.pingAt = next
        alarms.schedule(.keepAlive(name), at: next)
    }

    mutating func ping(_ name: String, at now: Instant) {
        guard let due = handsets[name]?.pingAt, due <= now else { return }
        if let ping = FlowPing(over: access(of: name).hop, entropy: &entropy) { pings.append(ping) }
        armKeepAlive(name, at: now)
    }

    /// §4.4: drawn anew each time, between 80 % and 100 % of what the server wants.
    private mutating func pause(_ seconds: Int) -> Duration {
        let whole = UInt64(clamping: min(seconds, 86_400)) * 1_000
        return .milliseconds(Int64(whole - entropy.next64() % (whole / 5 + 1)))
    }
}
