import IMS
import Octets
import SIP

/// One challenge that waits for its response (TS 24.229 §5.4.1.2.1), from the 401 to the next REGISTER.
struct AuthenticationChallenge: Equatable, Sendable {
    /// What the right response is made of.
    enum Secret: Equatable, Sendable {
        /// RFC 3310 §3.3, RFC 4169 §2.1: the password of an AKA vector, and its RAND for a resynchronisation.
        case aka(DigestAlgorithm, password: [UInt8], rand: [UInt8])
        /// SIP Digest: H(A1), in hexadecimal digits, of the user in this realm.
        case digest(DigestAlgorithm, ha1: [UInt8], realm: OctetSlice)
    }

    /// AKA: Base64 of RAND‖AUTN, RFC 3310 §3.2. SIP Digest: what nobody guesses.
    let nonce: OctetSlice
    let secret: Secret
    /// §5.4.1.2.2: the response counts only under the Call-ID of the challenge.
    let callID: OctetSlice
    let publicIdentity: PublicIdentity
    /// How many AUTS led here.
    let resynchronisations: Int
    /// When timer reg-await-auth fires.
    let deadline: Instant
}

/// The challenges of all private identities.
///
/// Several of one identity may wait side by side: a REGISTER that anybody may send must not make the response to an
/// earlier challenge worthless. Each one is taken out by the first credentials that carry its nonce, right or wrong
/// (RFC 3310 §3.1: a RES serves once).
struct AuthenticationTable: Sendable {
    private struct Entry: Sendable {
        var identity: PrivateIdentity
        var challenges: [AuthenticationChallenge]
    }

    private var slots: [Entry?] = []
    private var free: [UInt32] = []
    private var index: [PrivateIdentity: UInt32] = [:]
    private var deadlines = SlotDeadlines()

    /// Private identities with a challenge.
    var count: Int { index.count }
    var nextDeadline: Instant? { deadlines.next }

    /// - Parameter limit: challenges that one identity may have; the oldest gives way.
    mutating func insert(_ challenge: AuthenticationChallenge, for identity: PrivateIdentity, limit: Int) {
        let slot: UInt32
        if let known = index[identity] {
            slot = known
        } else {
            slot = free.popLast() ?? UInt32(slots.count)
            if slot == slots.count { slots.append(nil) }
            slots[Int(slot)] = Entry(identity: identity, challenges: [])
            index[identity] = slot
        }
        if let count = slots[Int(slot)]?.challenges.count, count >= max(1, limit) {
            slots[Int(slot)]?.challenges.removeFirst(count + 1 - max(1, limit))
        }
        slots[Int(slot)]?.challenges.append(challenge)
        deadlines.require(slot, at: challenge.deadline)
    }

    /// Takes the challenge with this nonce out, if it was made under this Call-ID.
    mutating func take(nonce: OctetSlice, callID: OctetSlice, of identity: PrivateIdentity) -> AuthenticationChallenge?
    {
        guard let slot = index[identity],
            let place = slots[Int(slot)]?.challenges.firstIndex(where: { $0.nonce == nonce && $0.callID == callID })
        else { return nil }
        let challenge = slots[Int(slot)]?.challenges.remove(at: place)
        dropIfEmpty(slot)
        return challenge
    }

    mutating func removeAll(of identity: PrivateIdentity) {
        guard let slot = index[identity] else { return }
        slots[Int(slot)]?.challenges = []
        dropIfEmpty(slot)
    }

    /// The next challenge whose timer reg-await-auth has fired.
    mutating func popExpired(at now: Instant) -> (identity: PrivateIdentity, challenge: AuthenticationChallenge)? {
        while let slot = deadlines.popDue(at: now) {
            guard let entry = slots[Int(slot)], let deadline = entry.challenges.lazy.map(\.deadline).min() else {
                continue
            }
            deadlines.require(slot, at: deadline)
            guard deadline <= now, let place = entry.challenges.firstIndex(where: { $0.deadline == deadline }) else {
                continue
            }
            let challenge = entry.challenges[place]
            slots[Int(slot)]?.challenges.remove(at: place)
            dropIfEmpty(slot)
            return (entry.identity, challenge)
        }
        return nil
    }

    private mutating func dropIfEmpty(_ slot: UInt32) {
        guard let entry = slots[Int(slot)], entry.challenges.isEmpty else { return }
        index[entry.identity] = nil
        slots[Int(slot)] = nil
        free.append(slot)
    }
}
