import Octets

/// What makes two requests the same server transaction, RFC 3261 §17.2.3, as 128 bits under a secret key.
///
/// With the magic cookie: branch, sent-by and method. Without (RFC 2543): Request-URI, tags, Call-ID, CSeq and the
/// whole top Via. ACK and CANCEL ask for the key of their INVITE. Nobody without the key can build two requests that
/// meet in one value, so the value alone decides.
struct TransactionKey: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// What of the method takes part: an ACK belongs to its INVITE.
    enum Purpose: Equatable {
        case ownMethod
        case invite
    }

    init(_ request: borrowing SIPMessage, via: Via, for purpose: Purpose, secret: (UInt64, UInt64)) {
        var hash = KeyedHash(key: secret)
        let method = purpose == .invite ? Method.invite : request.method
        if let branch = via.branch, Self.hasMagicCookie(branch) {
            hash.combine(octet: 1)
            hash.combine(branch)
            hash.combine(octet: 0)
            hash.combine(lowercased: via.host)
            hash.combine(number: UInt64(via.port ?? 0))
        } else {
            hash.combine(octet: 2)
            Self.combine(request.requestURI, into: &hash)
            Self.combine(request.fromTag, into: &hash)
            Self.combine(request.callID, into: &hash)
            hash.combine(number: UInt64(request.cseq?.number ?? 0))
            Self.combine(request.firstValue(.via), into: &hash)
            // An ACK has the To tag of the response, its INVITE has not; `ServerRecord.localTag` is compared for it.
            if method != .invite { Self.combine(request.toTag, into: &hash) }
        }
        hash.combine(octet: method.token.rawValue)
        if method.token == .other { hash.combine(method.octets) }
        (high, low) = hash.finish()
    }

    func hash(into hasher: inout Hasher) { hasher.combine(low) }

    /// RFC 3261 §8.1.1.7.
    static func hasMagicCookie(_ branch: OctetSlice) -> Bool {
        branch.count > 7 && branch[branch.start..<branch.start + 7].equalsIgnoringCase("z9hG4bK")
    }

    private static func combine(_ slice: OctetSlice?, into hash: inout KeyedHash) {
        if let slice { hash.combine(slice) }
        hash.combine(octet: 0)
    }
}
