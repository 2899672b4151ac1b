/// The order of reliable provisional responses at the client, RFC 3262 §4: one value an early dialog.
package struct ReliableProvisionalClient: Sendable, Equatable {
    package enum Verdict: Equatable, Sendable {
        /// Not sent reliably: no PRACK.
        case unreliable
        /// In order: a PRACK with this RAck.
        case acknowledge(RAck)
        /// Repeated, or one before it is missing: passed over, no PRACK.
        case discard
    }

    private var last: UInt32?

    package init() {}

    package mutating func receive(_ response: SIPMessage) -> Verdict {
        // §4: the option tag means nothing in a 100.
        guard let status = response.status, status.isProvisional, status != .trying,
            response.listContains(.require, token: "100rel"), let cseq = response.cseq
        else { return .unreliable }
        let number: UInt32
        do {
            guard let rseq = try response.first(RSeq.self) else { return .discard }
            number = rseq.number
        } catch {
            return .discard
        }
        if let last {
            guard last < .max, number == last + 1 else { return .discard }
        }
        last = number
        return .acknowledge(RAck(number, cseq))
    }
}
