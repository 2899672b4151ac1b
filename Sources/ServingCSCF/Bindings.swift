import IMS
import Octets
import SIP

/// What a REGISTER wants done with the bindings, RFC 3261 §10.3 steps 6 and 7.
enum ContactUpdate: Sendable {
    /// No Contact: only tell what is bound.
    case fetch
    /// `Contact: *` with `Expires: 0`.
    case removeAll
    case change([ContactWish])

    var isFetch: Bool {
        switch self {
        case .fetch: true
        case .removeAll, .change: false
        }
    }
}

/// One Contact value of a REGISTER.
struct ContactWish: Sendable {
    /// As it is to be stored: `<uri>` and the parameters without `expires`.
    var value: OctetSlice
    /// Where the URI lies, counted from the start of `value`.
    var uriRange: Range<Int>
    var uri: OctetSlice { OctetSlice(value.base, uriRange) }
    var parsed: SIPURI
    var instanceID: OctetSlice?
    var registrationID: Int?
    var q: Int
    /// RFC 5627 §4.2: the REGISTER says `Supported: gruu`.
    var hasGRUU: Bool
    /// Granted; 0 removes.
    var seconds: Int
    var isEmergency: Bool { parsed.isForEmergency }
}

/// Why an update of bindings does not happen; none of it happens then (§10.3: "atomically").
enum BindingFailure: Error, Equatable, Sendable {
    /// Same Call-ID, and no higher CSeq than the binding's.
    case outOfOrder
    case tooManyContacts
}

/// The bindings after an update, RFC 3261 §10.3 steps 6 and 7: a pure function of what was bound and what is wanted.
///
/// Bindings belong to the private identity that made them (TS 24.229 §5.4.1.4): `*` and a contact of another phone with
/// the same URI leave those alone. A phone that comes back with the same instance-id replaces its binding whatever its
/// new address is; with `reg-id` on both, only that of the same flow (RFC 5626 §6).
///
/// Bindings for emergency calls stand apart: nothing but their time ends them, and they take no other's place
/// (TS 24.229 §5.4.8.2, §5.4.8.3).
func update(
    _ bindings: [Binding], by change: ContactUpdate, of identity: PrivateIdentity, in origin: BindingOrigin,
    limit: Int, policy: ServingCSCFConfiguration.ContactLimit, at now: Instant
) throws(BindingFailure) -> [Binding] {
    var result = bindings
    switch change {
    case .fetch: break
    case .removeAll:
        for binding in bindings where binding.privateIdentity == identity && !binding.isEmergency {
            guard !binding.isNewer(than: origin) else { throw .outOfOrder }
        }
        result.removeAll { $0.privateIdentity == identity && !$0.isEmergency }
    case .change(let wishes):
        for wish in wishes {
            var place: Int?
            var known: Binding?
            for index in result.indices.reversed()
            where result[index].privateIdentity == identity && result[index].isMeant(by: wish) {
                // A second Contact of the same request is no stale copy of the first.
                let isOwn = result[index].callID == origin.callID && !bindings.contains(result[index])
                guard isOwn || !result[index].isNewer(than: origin) else { throw .outOfOrder }
                let old = result.remove(at: index)
                if old.uri == wish.uri { known = old }
                place = index
            }
            guard wish.seconds > 0 else { continue }
            let binding = Binding(wish, of: identity, in: origin, after: known, at: now)
            result.insert(binding, at: place ?? result.endIndex)
        }
        try limitContacts(&result, to: limit, policy, besides: bindings)
    }
    return result
}

/// The limit is for emergency bindings by themselves; the oldest of those always makes room.
private func limitContacts(
    _ result: inout [Binding], to limit: Int, _ policy: ServingCSCFConfiguration.ContactLimit,
    besides known: [Binding]
) throws(BindingFailure) {
    for isEmergency in [false, true] {
        while result.count(where: { $0.isEmergency == isEmergency }) > max(1, limit) {
            let candidates = result.indices.filter { result[$0].isEmergency == isEmergency }
            guard policy == .replaceOldest || isEmergency,
                let oldest = candidates.min(by: { result[$0].expiry < result[$1].expiry }),
                known.contains(result[oldest])
            else { throw .tooManyContacts }
            result.remove(at: oldest)
        }
    }
}

extension Binding {
    /// Same Call-ID and no lower CSeq: `origin` is older, or the same request once more.
    fileprivate func isNewer(than origin: BindingOrigin) -> Bool { callID == origin.callID && cseq >= origin.cseq }

    func isMeant(by wish: ContactWish) -> Bool {
        guard isEmergency == wish.isEmergency else { return false }
        if let mine = instanceID, let theirs = wish.instanceID, mine == theirs,
            registrationID == nil || wish.registrationID == nil || registrationID == wish.registrationID
        {
            return true
        }
        if uri == wish.uri { return true }
        do {
            guard case .sip(let mine) = try URI(parsing: uri) else { return false }
            return mine.matches(wish.parsed)
        } catch {
            return false  // §19.1.4: what is no SIP URI equals none
        }
    }
}
