import Octets

/// Loop detection, RFC 3261 §16.6 step 8 and §16.3 step 4 as replaced by RFC 5393 §4.2.
///
/// The mark covers what decides about a request's further way: Request-URI and Route. We take both as the request
/// *leaves*, where RFC 5393 takes them as it arrived: a request that leaves as it has left before is going round, and
/// the roles need not carry a value from one end of their procedures to the other. As it leaves in the same form
/// whenever it has arrived in the same form, no loop escapes. Call-ID and CSeq number keep transactions apart should
/// two marks ever meet (§4.2.4). The mark does not depend on the method, so that CANCEL and ACK keep the branch of
/// their INVITE (§4.2.1).
package enum LoopDetection {
    /// The mark for our Via; nil for a request of our own, which cannot have been here before.
    static func mark(forwarding request: SIPMessage) -> UInt64? {
        request.contains(.via) ? mark(of: request) : nil
    }

    static func mark(of request: SIPMessage) -> UInt64 {
        var hash = KeyedHash(key: (0, 0))
        if let callID = request.callID { hash.combine(callID) }
        hash.combine(number: UInt64(request.cseq?.number ?? 0))
        hash.combine(request.requestURI)
        hash.combine(octet: 0)
        if request.contains(.route) {
            for route in HeaderValues(request, .route) {
                hash.combine(route)
                hash.combine(octet: 0)
            }
        }
        return hash.finish().0
    }

    /// Whether a request that is ready to be forwarded has left this node in the same form before: 482.
    /// - Parameter isOwn: whether a sent-by is one of this node's.
    package static func isLooping(
        _ request: SIPMessage, isOwn: (_ host: OctetSlice, _ port: UInt16?) -> Bool
    ) throws(SIPSyntaxError) -> Bool {
        var mark: UInt64?
        for value in HeaderValues(request, .via) {
            let via: Via
            do { via = try Via(parsing: value) } catch { throw error.of(.via) }
            guard isOwn(via.host, via.port), let text = via.branch, let theirs = ClientBranch(parsing: text)?.loopMark
            else { continue }
            let ours = mark ?? self.mark(of: request)
            mark = ours
            if theirs == ours { return true }
        }
        return false
    }
}
