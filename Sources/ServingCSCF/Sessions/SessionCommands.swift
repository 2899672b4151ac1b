import IMS
import Octets
import SIP
import ServiceTriggers

/// `sessions`: what goes through this node now.
extension ServingCSCF {
    /// `filter`: part of an identity or of the Call-ID; `offset` and `limit` (100 at first, 1,000 at most) page through
    /// the matches.
    func sessionReport(_ arguments: [String: String], at now: Instant) -> Report {
        guard let offset = Self.count(arguments["offset"], default: 0),
            let limit = Self.count(arguments["limit"], default: 100)
        else { return .error("offset and limit are numbers from 0.") }
        let filter = OctetSlice(arguments["filter"] ?? "").string
        var total = 0
        var page: [Report] = []
        for (key, entry) in tables.dialogs.all {
            let caller = entry.dialog.address(of: .caller).string
            let callee = entry.dialog.address(of: .callee).string
            let isMeant =
                filter.isEmpty || caller.contains(filter) || callee.contains(filter)
                || entry.user.text.contains(filter) || key.id.callID.string.contains(filter)
            guard isMeant else { continue }
            if total >= offset, page.count < min(limit, 1000) {
                page.append(
                    [
                        "user": .text(entry.user.text),
                        "direction": key.isTerminating ? "terminating" : "originating",
                        "caller": .text(caller),
                        "callee": .text(callee),
                        "callID": .text(key.id.callID.string),
                        "seconds": entry.dialog.confirmedAt.map { .integer(Int((now - $0).components.seconds)) }
                            ?? .null,
                        "expires": entry.dialog.nextDeadline.map {
                            .integer(Int(max(.zero, $0 - now).components.seconds))
                        } ?? .null,
                    ])
            }
            total += 1
        }
        return [
            "total": .integer(total), "offset": .integer(offset), "requests": .integer(tables.requests.count),
            "chains": .integer(tables.chains.count), "unregistered": .integer(tables.unregistered.count),
            "silentServers": .list(tables.servers.resting(at: now).map { .text($0) }),
            "silentGateways": .list(tables.gateways.resting(at: now).map { .text($0) }), "sessions": .list(page),
        ]
    }

    private static func count(_ text: String?, default value: Int) -> Int? {
        guard let text else { return value }
        guard let number = Int(text), number >= 0 else { return nil }
        return number
    }
}
