import SIP

extension SIPMessage {
    /// RFC 5626 §5.4: the last proxy before a phone that keeps flows, which the registrar's `Require: outbound` confirms,
    /// says after how many seconds without keep-alives it takes the flow for dead. Over UDP that is the binding of an address
    /// translator (§4.4.2), over streams ours.
    mutating func setFlowTimer(_ registration: Registration, _ configuration: ProxyCSCFConfiguration) {
        remove(.flowTimer)
        guard registration.keepsFlow, listContains(.require, token: "outbound") else { return }
        let profile = configuration.handsets[registration.handset.index]
        let seconds =
            registration.arrival.transport.isReliable
            ? configuration.flowTimer : profile.keepAlive ?? configuration.keepAlive
        if seconds > 0 { append(FlowTimer(number: UInt32(clamping: seconds))) }
    }

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
