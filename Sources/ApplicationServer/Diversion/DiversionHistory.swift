import IMS
import Octets
import SIP

/// The history of a request, RFC 7044, as far as diversions go.
enum DiversionHistory {
    /// How often a request has been diverted: entries whose URI has a cause (RFC 4458 §2). Entries that cannot be read
    /// count too, so that nobody gets round the limit with them.
    static func diversions(of request: SIPMessage) -> Int {
        request.values(.historyInfo).reduce(0) { count, text in
            do throws(SIPSyntaxError) {
                guard case .sip(let uri) = try HistoryInfo(parsing: text).address.parsedURI() else { return count }
                return uri.parameters.contains("cause") ? count + 1 : count
            } catch {
                return count + 1
            }
        }
    }

    /// The entries of the diverted request, §9.1 to §10.4: those that came, one for the served user when he is not the
    /// last (§9.1), and the new target's, below his and `mp` by him (§10.3 rule 2, §10.4).
    ///
    /// The first attempt, towards the served user's own phones, does not change the target and leaves no entry of its own:
    /// so the served user's entry bears the Reason of its failure (§10.2), as in the call flows of TS 24.604.
    ///
    /// - Parameters:
    ///   - failure: the response that led to the diversion; nil when there was no attempt.
    ///   - hidesServed: the served user's entry is marked private (§10.1.1).
    static func diverting(
        _ request: SIPMessage, to target: SIPURI, after failure: Status?, hidesServed: Bool, domain: String
    ) -> [HistoryInfo] {
        var entries = readable(request)
        if entries.last.map({ names($0, request) }) != true {
            entries.append(missingEntry(request, behind: entries.last, domain))
        }
        let last = entries.count - 1
        if let failure { entries[last].embed(Reason(cause: Int(failure.rawValue))) }
        if hidesServed { entries[last].embed(Privacy(.history)) }
        let parent = entries[last].index ?? HistoryIndex([1])
        entries.append(HistoryInfo(uri: OctetSlice(target.text), index: parent.child(1), .mapped(parent)))
        return entries
    }

    /// What the caller is told in a 181 or another response (§9.4): nothing of a target that is to be kept secret.
    static func told(_ entries: [HistoryInfo], revealsTarget: Bool) -> [HistoryInfo] {
        revealsTarget ? entries : Array(entries.dropLast())
    }

    /// §9.4: whether the caller may be told at all.
    static func isTold(to request: SIPMessage) -> Bool {
        request.contains(.historyInfo) || request.listContains(.supported, token: "histinfo")
    }

    // MARK: Steps

    /// Beyond this many entries the oldest but the first are let go.
    private static let limit = 64

    private static func readable(_ request: SIPMessage) -> [HistoryInfo] {
        var entries: [HistoryInfo] = []
        for text in request.values(.historyInfo).prefix(limit) {
            do throws(SIPSyntaxError) { entries.append(try HistoryInfo(parsing: text)) } catch { continue }
        }
        return entries
    }

    /// Whether the entry is that of the Request-URI (§9.1), whatever parameters either of them has.
    private static func names(_ entry: HistoryInfo, _ request: SIPMessage) -> Bool {
        do throws(SIPSyntaxError) {
            guard let theirs = PublicIdentity(try entry.address.parsedURI()) else { return false }
            return PublicIdentity(try request.parsedRequestURI()) == theirs
        } catch {
            return false
        }
    }

    /// §9.1, §10.3: the first has index 1; behind another entry there is a gap, which a level of 0 stands for (rule 6).
    private static func missingEntry(_ request: SIPMessage, behind last: HistoryInfo?, _ domain: String) -> HistoryInfo
    {
        let index = last?.index.map { $0.child(0) } ?? HistoryIndex([1])
        do throws(SIPSyntaxError) {
            if case .tel(let number) = try request.parsedRequestURI() {
                return HistoryInfo(uri: OctetSlice(SIPURI(number, host: OctetSlice(domain)).text), index: index)
            }
        } catch {
            // The Request-URI has been read before; as text it will do, too.
        }
        return HistoryInfo(uri: request.requestURI, index: index)
    }
}
