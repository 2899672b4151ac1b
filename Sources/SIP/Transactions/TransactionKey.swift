import Octets

/// What makes two requests the same server transaction, RFC 3261 §17.2.3, as 128 bits under a secret key.
///
/// With the magic cookie: branch, sent-by and method. Without (RFC 2543): Request-URI, tags, Call-ID, CSeq and the
/// whole top Via. Nobody without the key can build two requests that meet in one value, so the value alone decides.
struct TransactionKey: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// - Parameters:
    ///   - method: that of the transaction looked for; INVITE for an ACK, any for a CANCEL (§9.2).
    ///   - toTag: plays a part only without the magic cookie.
    init(
        _ request: borrowing SIPMessage, via: Via, as method: Method, toTag: OctetSlice?, secret: (UInt64, UInt64)
    ) {
        var hash = KeyedHash(key: secret)
        if Self.hasMagicCookie(via) {
            hash.combine(octet: 1)
            Self.combine(via.branch, into: &hash)
            hash.combine(lowercased: via.host)
            hash.combine(number: UInt64(via.port ?? 0))
        } else {
            hash.combine(octet: 2)
            Self.combineLegacy(request, into: &hash)
            Self.combine(toTag, into: &hash)
        }
        hash.combine(octet: method.token.rawValue)
        if method.token == .other { hash.combine(method.octets) }
        (high, low) = hash.finish()
    }

    /// Of a request that comes in: its own method and To tag.
    init(_ request: borrowing SIPMessage, via: Via, secret: (UInt64, UInt64)) {
        let toTag = Self.hasMagicCookie(via) ? nil : request.toTag
        self.init(request, via: via, as: request.method, toTag: toTag, secret: secret)
    }

    /// What an INVITE without magic cookie and the ACK for its refusal have in common: all but the To tag, which the
    /// ACK has from the response.
    init(legacyInvite request: borrowing SIPMessage, secret: (UInt64, UInt64)) {
        var hash = KeyedHash(key: secret)
        hash.combine(octet: 3)
        Self.combineLegacy(request, into: &hash)
        (high, low) = hash.finish()
    }

    /// §8.2.2.2: what two copies of one request have in common that came by different ways.
    init(merging request: borrowing SIPMessage, secret: (UInt64, UInt64)) {
        var hash = KeyedHash(key: secret)
        hash.combine(octet: 5)
        Self.combine(request.fromTag, into: &hash)
        Self.combine(request.callID, into: &hash)
        Self.combine(request.firstValue(.cseq), into: &hash)
        (high, low) = hash.finish()
    }

    /// The key of the ACK for a response with this To tag, from that of `legacyInvite`.
    func acknowledgement(toTag: OctetSlice?, secret: (UInt64, UInt64)) -> TransactionKey {
        var hash = KeyedHash(key: secret)
        hash.combine(octet: 4)
        hash.combine(number: high)
        hash.combine(number: low)
        Self.combine(toTag, into: &hash)
        let (high, low) = hash.finish()
        return TransactionKey(high: high, low: low)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    func hash(into hasher: inout Hasher) { hasher.combine(low) }

    /// The To tag of responses that the stack makes itself: the same for every retransmission (§8.2.7), and known again
    /// in the ACK.
    var tag: String { String(high, radix: 16) }

    /// RFC 3261 §8.1.1.7.
    static func hasMagicCookie(_ branch: OctetSlice) -> Bool {
        branch.count > 7 && branch[branch.start..<branch.start + 7].equalsIgnoringCase("z9hG4bK")
    }

    static func hasMagicCookie(_ via: Via) -> Bool { via.branch.map(hasMagicCookie) ?? false }

    private static func combineLegacy(_ request: borrowing SIPMessage, into hash: inout KeyedHash) {
        combine(request.requestURI, into: &hash)
        combine(request.fromTag, into: &hash)
        combine(request.callID, into: &hash)
        hash.combine(number: UInt64(request.cseq?.number ?? 0))
        combine(request.firstValue(.via), into: &hash)
    }

    private static func combine(_ slice: OctetSlice?, into hash: inout KeyedHash) {
        if let slice { hash.combine(slice) }
        hash.combine(octet: 0)
    }
}
