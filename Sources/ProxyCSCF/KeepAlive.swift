import SIP

extension SIPMessage {
    /// RFC 6223 §4.4: a phone that offers keep-alives in its Via is told that we take them, and how often we advise them.
    ///
    /// - Parameter seconds: 0 leaves it to the phone.
    mutating func takeKeepAlives(every seconds: Int) {
        do throws(SIPSyntaxError) {
            guard var via = try first(Via.self), via.offersKeepAlive, via.keepAliveInterval == nil else { return }
            via.parameters.set("keep", "\(seconds)")
            replaceFirstValue(via)
        } catch {
            return  // a Via that came with the request and was read before
        }
    }
}
