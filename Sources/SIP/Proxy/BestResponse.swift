import Octets

/// The final responses of a request's branches, and the choice among them: RFC 3261 §16.7 steps 4, 6 and 7.
struct BestResponse: Sendable {
    private var responses: [SIPMessage] = []

    mutating func add(_ response: SIPMessage) { responses.append(response) }

    /// - Parameter isCancelled: the caller has cancelled, and expects a 487 (§9.1).
    /// - Returns: nil when there is none: 408, the caller's to make.
    func choose(isCancelled: Bool) -> SIPMessage? {
        var best: (response: SIPMessage, rank: Int)?
        for response in responses {
            guard let status = response.status else { continue }
            let rank = Self.rank(status, isCancelled: isCancelled)
            if let chosen = best, chosen.rank <= rank { continue }
            best = (response, rank)
        }
        guard var chosen = best?.response else { return nil }
        if chosen.status == .unauthorized || chosen.status == .proxyAuthenticationRequired {
            chosen = withAllChallenges(chosen)
        } else if chosen.status?.isRedirection == true {
            chosen = withAllContacts(chosen)
        }
        return chosen
    }

    /// Lowest first: 6xx, then by class; within 4xx those that tell how to ask again, and last what says least; within
    /// 5xx a 503 is last, for it is not passed on.
    private static func rank(_ status: Status, isCancelled: Bool) -> Int {
        switch status.rawValue {
        case 600...: 0
        case ..<400: 10
        case 487 where isCancelled: 20
        case 401, 407, 415, 420, 484: 21
        case 408: 23
        case 487: 24
        case ..<500: 22
        case 503: 31
        default: 30
        }
    }

    /// Step 7: the challenges of all other 401 and 407, unchanged.
    private func withAllChallenges(_ chosen: SIPMessage) -> SIPMessage {
        var merged = chosen
        var isFirst = true
        for response in responses
        where response.status == .unauthorized || response.status == .proxyAuthenticationRequired {
            // The chosen one is the first of its rank.
            if isFirst, response == chosen {
                isFirst = false
                continue
            }
            for name: HeaderName in [.wwwAuthenticate, .proxyAuthenticate] {
                for challenge in response.values(name) { merged.append(name, challenge) }
            }
        }
        return merged
    }

    /// Step 6, on To tags: contacts of several 3xx may go up in one. Those of the same status, each place once: a 301 says
    /// something else about its contacts than a 302.
    private func withAllContacts(_ chosen: SIPMessage) -> SIPMessage {
        let same = responses.filter { $0.status == chosen.status }
        guard same.count > 1 else { return chosen }
        var places: [Place] = []
        var merged = chosen
        merged.remove(.contact)
        for response in same {
            for text in response.values(.contact) where places.count < Self.contactLimit {
                let place = Place(text)
                guard !places.contains(where: place.matches) else { continue }
                places.append(place)
                merged.append(.contact, text)
            }
        }
        return merged
    }

    /// Contacts of one response that are passed on, when several are joined: each is compared with every other.
    private static let contactLimit = 64

    /// What a Contact leads to.
    private struct Place {
        let text: OctetSlice
        /// nil when it cannot be read; then only the same text is the same.
        let uri: URI?

        init(_ text: OctetSlice) {
            self.text = text
            do throws(SIPSyntaxError) { uri = try Contact(parsing: text).address.parsedURI() } catch { uri = nil }
        }

        func matches(_ other: Place) -> Bool {
            guard let uri, let otherURI = other.uri else { return text == other.text }
            return uri.matches(otherURI)
        }
    }
}
