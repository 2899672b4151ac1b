import Octets

/// The answers of a redirect server, RFC 3261 §8.3.
package enum Redirection {
    /// 302, or 301 when the user has moved for good, with the places to try instead. Never the one that was asked for:
    /// with no other left it is a 404. Require and unknown methods do not matter to a redirection.
    package static func response(
        to request: SIPMessage, contacts: [Contact], isPermanent: Bool = false, toTag: String
    ) -> SIPMessage {
        let others = contacts.filter { !$0.isWildcard && !isRequestURI($0.address.uri, of: request) }
        guard !others.isEmpty else { return .response(.notFound, to: request, toTag: toTag) }
        let status: Status = isPermanent ? .movedPermanently : .movedTemporarily
        var response = SIPMessage.response(status, to: request, toTag: toTag)
        for contact in others { response.append(contact) }
        return response
    }

    private static func isRequestURI(_ uri: OctetSlice, of request: SIPMessage) -> Bool {
        do throws(SIPSyntaxError) {
            return try URI(parsing: uri).matches(request.parsedRequestURI())
        } catch {
            return uri == request.requestURI
        }
    }
}
