import Octets

/// What is asked of rtpengine, in its ng protocol: a cookie and a bencoded dictionary in one datagram. Its answer has the
/// same cookie; a question that comes twice is answered twice, and done once.
struct MediaRelayQuestion: Sendable {
    /// A description on its way.
    struct Description: Sendable {
        let isAnswer: Bool
        /// Of the one who offers, and of the one who answers when it is known.
        let offerer: OctetSlice
        let answerer: OctetSlice?
        let content: OctetSlice
        /// Where its sender is, when that is a phone: the description may name an address behind a translator.
        let source: IPAddress?
    }

    let call: MediaRelay.Call
    let description: Description?

    func datagram(_ cookie: UInt64) -> [UInt8] {
        var entries: [OctetSlice: Bencode] = ["call-id": .text(call.name)]
        if let description {
            entries["command"] = .text(description.isAnswer ? "answer" : "offer")
            entries["from-tag"] = .text(description.offerer)
            if let answerer = description.answerer { entries["to-tag"] = .text(answerer) }
            entries["sdp"] = .text(description.content)
            entries["replace"] = .list([.text("origin"), .text("session-connection")])
            if let source = description.source {
                entries["received-from"] = .list([.text(source.isV6 ? "IP6" : "IP4"), .text(source.description)])
                entries["flags"] = .list([.text("SIP-source-address")])
            }
        } else {
            entries["command"] = .text("delete")
        }
        var writer = OctetWriter(reserving: 256 + (description?.content.count ?? 0))
        writer.write(String(cookie, radix: 16))
        writer.write(ASCII.space)
        Bencode.dictionary(entries).write(to: &writer)
        return writer.octets
    }
}

/// What came of it.
enum MediaRelayAnswer: Equatable, Sendable {
    /// The description as it goes on; nil for other questions.
    case done(OctetSlice?)
    /// In the relay's words.
    case refused(String)

    /// nil for a datagram that is none.
    static func parse(_ datagram: OctetSlice) -> (cookie: UInt64, answer: MediaRelayAnswer)? {
        guard let space = datagram.firstIndex(of: ASCII.space),
            let cookie = UInt64(datagram[datagram.start..<space].string, radix: 16)
        else { return nil }
        do throws(Bencode.Fault) {
            let reply = try Bencode(parsing: datagram[space + 1..<datagram.end])
            guard let result = reply["result"]?.text else { return nil }
            if result.equals("ok") { return (cookie, .done(reply["sdp"]?.text)) }
            return (cookie, .refused(reply["error-reason"]?.text?.string ?? result.string))
        } catch {
            return nil
        }
    }
}
