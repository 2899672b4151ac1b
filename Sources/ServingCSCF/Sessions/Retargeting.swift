import Octets
import SIP

/// History-Info at the change from the called identity to a contact, RFC 7044 §9 and §10; TS 24.229 §5.4.3.3.
enum Retargeting {
    /// Whether the caller, or a server before us, wants to know.
    static func isRecorded(for request: SIPMessage) -> Bool {
        request.contains(.historyInfo) || request.listContains(.supported, token: "histinfo")
    }

    /// Adds the entry of the contact below that of the called identity, which is made when nobody has (§9.1).
    ///
    /// - Parameters:
    ///   - request: with the contact as Request-URI.
    ///   - called: the Request-URI before.
    ///   - branch: from 1, the number of this target among those of the request (§10.3 rule 3).
    static func record(in request: inout SIPMessage, from called: OctetSlice, branch: UInt32) {
        var last: HistoryIndex?
        do {
            last = try request.all(HistoryInfo.self).last?.index
        } catch {
            return  // entries that cannot be read are left to those who wrote them
        }
        if last == nil {
            let first = HistoryIndex([1])
            request.append(HistoryInfo(uri: called, index: first))
            last = first
        }
        guard let last else { return }
        request.append(HistoryInfo(uri: request.requestURI, index: last.child(branch), .registeredContact(last)))
    }
}
