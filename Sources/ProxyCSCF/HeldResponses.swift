import SIP

/// Responses on their way to server transactions, some of which wait for somebody's word. Those of one transaction keep
/// their order: those behind one that waits wait too.
struct HeldResponses<Question: Equatable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var message: SIPMessage
        let passage: Passage?
        /// That it waits for.
        var question: Question?
    }

    private var queues: [ServerTransactionID: [Entry]] = [:]

    mutating func hold(
        _ response: SIPMessage, _ passage: Passage?, _ server: ServerTransactionID, for question: Question
    ) {
        queues[server, default: []].append(Entry(message: response, passage: passage, question: question))
    }

    /// Whether a response has to wait behind others; it is kept then.
    mutating func queue(_ response: SIPMessage, _ passage: Passage?, _ server: ServerTransactionID) -> Bool {
        guard queues[server] != nil else { return false }
        queues[server]?.append(Entry(message: response, passage: passage, question: nil))
        return true
    }

    /// What waited for a question may go, changed as need be. - Returns: all that may go now.
    mutating func release(
        _ question: Question, of server: ServerTransactionID, _ change: (inout SIPMessage) -> Void = { _ in }
    ) -> [(message: SIPMessage, passage: Passage?)] {
        guard var queue = queues[server], let place = queue.firstIndex(where: { $0.question == question }) else {
            return []
        }
        queue[place].question = nil
        change(&queue[place].message)
        let ready = queue.prefix { $0.question == nil }.map { ($0.message, $0.passage) }
        queue.removeFirst(ready.count)
        queues[server] = queue.isEmpty ? nil : queue
        return ready
    }

    /// Nothing of a transaction goes any more.
    mutating func drop(_ server: ServerTransactionID) { queues[server] = nil }
}
