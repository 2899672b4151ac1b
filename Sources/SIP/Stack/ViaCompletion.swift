import Octets

// RFC 3261 §18.2.1, RFC 3581 §4: what the server transport writes into the top Via of a request.
extension SIPMessage {
    /// `received` when sent-by is not the address the request came from or the client asks by `rport`; `rport` gets
    /// the source port.
    mutating func completeVia(_ via: Via, source: Endpoint) {
        let asksForPort = via.parameters.contains("rport")
        guard asksForPort || IPAddress(via.host) != source.address else { return }
        var completed = via
        completed.parameters.set("received", OctetSlice("\(source.address)"))
        if asksForPort { completed.parameters.set("rport", OctetSlice("\(source.port)")) }
        removeFirstValue(.via)
        prepend(completed)
    }
}
