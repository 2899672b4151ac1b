import Octets

/// The early dialogs of one branch, RFC 6228 §6: for which of them the caller still has to hear that they are over.
struct EarlyDialogs: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var tag: OctetSlice
        var isReported = false
    }

    private var entries: [Entry] = []

    /// Phones behind one branch that ring at once; what is beyond gets no 199 of ours.
    private static let limit = 32

    /// Takes note of a provisional response other than 100.
    /// - Returns: false for a 199 that the caller has had already and that was not sent reliably.
    mutating func receive(_ response: SIPMessage) -> Bool {
        guard let tag = response.toTag else { return true }
        let isEnd = response.status == .earlyDialogTerminated
        guard let index = entries.firstIndex(where: { $0.tag == tag }) else {
            if entries.count < Self.limit { entries.append(Entry(tag: tag, isReported: isEnd)) }
            return true
        }
        guard isEnd else { return true }
        let isNews = !entries[index].isReported || response.listContains(.require, token: "100rel")
        entries[index].isReported = true
        return isNews
    }

    /// The tags of those that a final response has ended unheard.
    mutating func terminate() -> [OctetSlice] {
        let unheard = entries.filter { !$0.isReported }.map(\.tag)
        entries = []
        return unheard
    }

    /// §6: whether 199 responses of ours are wanted: an INVITE outside a dialog, whose sender knows 199 and does not
    /// require provisional responses to be reliable, which a proxy's cannot be.
    static func areReported(for request: SIPMessage) -> Bool {
        request.method == .invite && request.toTag == nil && request.listContains(.supported, token: "199")
            && !request.listContains(.require, token: "100rel")
            && !request.listContains(.proxyRequire, token: "100rel")
    }
}
