import Octets

/// What is given up first when not all can be done; by rank, the least first.
package enum RequestPriority: Int, Comparable, Sendable, CaseIterable {
    /// What begins something: first registrations, calls, subscriptions, messages.
    case ordinary
    /// What has cost work already: a REGISTER that answers a challenge, or refreshes what is registered.
    case continuing
    /// Of a dialog that stands: refused, a call would hang or go on being charged.
    case dialog
    /// RFC 5031 §4.2 `urn:service:sos`, or a Resource-Priority (RFC 4412) that the operator puts first.
    case emergency

    package static func < (left: RequestPriority, right: RequestPriority) -> Bool { left.rawValue < right.rawValue }

    package init(of request: borrowing SIPMessage, priorities: Set<OctetSlice>) {
        if Self.isSOS(request.requestURI) || Self.isPreferred(request, priorities) {
            self = .emergency
        } else if request.toTag != nil || request.method == .prack || request.method == .bye {
            self = .dialog
        } else if request.method == .register, Self.answersChallenge(request) {
            self = .continuing
        } else {
            self = .ordinary
        }
    }

    /// `urn:service:sos` and its sub-services, in any case.
    private static func isSOS(_ uri: OctetSlice) -> Bool {
        let prefix: StaticString = "urn:service:sos"
        let length = prefix.utf8CodeUnitCount
        guard uri.count >= length, uri[uri.start..<uri.start + length].equalsIgnoringCase(prefix) else { return false }
        return uri.count == length || uri[uri.start + length] == UInt8(ascii: ".")
    }

    private static func isPreferred(_ request: borrowing SIPMessage, _ priorities: Set<OctetSlice>) -> Bool {
        guard !priorities.isEmpty, request.contains(.resourcePriority) else { return false }
        return request.values(.resourcePriority).contains {
            priorities.contains(OctetSlice($0.trimmed.array.map(ASCII.lowercase)))
        }
    }

    /// A first REGISTER of IMS carries an Authorization with an empty nonce (TS 24.229 §5.1.1.2), so a nonce must be
    /// there.
    private static func answersChallenge(_ request: borrowing SIPMessage) -> Bool {
        guard let value = request.firstValue(.authorization) else { return false }
        return value.containsIgnoringCase("nonce=\"") && !value.containsIgnoringCase("nonce=\"\"")
    }
}
