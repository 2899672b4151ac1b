import Octets

/// Which of several contacts a caller would rather reach, RFC 3841 §7.2: a function of their feature sets.
package struct CallerPreferences: Sendable {
    /// A URI of the target set.
    package struct Candidate: Sendable {
        package var features: FeatureSet
        /// Thousandths; 1000 when the contact has none (§7.2.3).
        package var q: Int

        package init(_ features: FeatureSet, q: Int = 1000) {
            self.features = features
            self.q = q
        }
    }

    /// A candidate that is left, and how well it suits.
    package struct Choice: Sendable, Equatable {
        /// Into the candidates.
        package let index: Int
        package let q: Int
        /// Qa of §7.2.4, 0 to 1.
        package let preference: Double

        package init(index: Int, q: Int, preference: Double) {
            self.index = index
            self.q = q
            self.preference = preference
        }
    }

    private struct Predicate {
        var features: FeatureSet
        var isRequired: Bool
        var isExplicit: Bool
    }

    /// More predicates in one request are refused: each is matched with each contact.
    private static let limit = 16

    private var accepted: [Predicate] = []
    private var rejected: [FeatureSet] = []
    /// §7.2.2: made up from method and event package.
    package private(set) var isImplicit = false

    /// Accept-Contact and Reject-Contact of a request; without either, what its method and event package imply.
    package init(of request: SIPMessage) throws(SIPSyntaxError) {
        guard request.contains(.acceptContact) || request.contains(.rejectContact) else {
            isImplicit = true
            accepted = [Predicate(features: try Self.implied(by: request), isRequired: true, isExplicit: false)]
            return
        }
        for header in try request.all(AcceptContact.self) {
            accepted.append(
                Predicate(features: header.features, isRequired: header.isRequired, isExplicit: header.isExplicit))
        }
        rejected = try request.all(RejectContact.self).map(\.features)
        guard accepted.count <= Self.limit else { throw SIPSyntaxError(.limit, .acceptContact) }
        guard rejected.count <= Self.limit else { throw SIPSyntaxError(.limit, .rejectContact) }
    }

    /// The candidates that remain, best first: by q, and among equals by the caller's preference. One without features
    /// is not judged and counts as the best of its q.
    package func order(_ candidates: [Candidate]) -> [Choice] {
        var choices: [Choice] = []
        for (index, candidate) in candidates.enumerated() {
            guard !candidate.features.isEmpty else {
                choices.append(Choice(index: index, q: candidate.q, preference: 1))
                continue
            }
            guard let preference = preference(for: candidate.features) else { continue }
            choices.append(Choice(index: index, q: candidate.q, preference: preference))
        }
        // Nobody left by what the caller did not even say: all of them, who will answer 405 or 489 themselves.
        if choices.isEmpty, isImplicit {
            choices = candidates.enumerated().map { Choice(index: $0, q: $1.q, preference: 1) }
        }
        return choices.sorted { ($1.q, $1.preference, $0.index) < ($0.q, $0.preference, $1.index) }
    }

    // MARK: Steps

    /// nil when the contact is discarded.
    private func preference(for contact: FeatureSet) -> Double? {
        // Only what a contact says itself can have it rejected.
        let isRejected = rejected.contains { predicate in
            predicate.terms.allSatisfy { contact.contains($0.tag) } && predicate.matches(contact)
        }
        guard !isRejected else { return nil }
        var sum = 0.0
        var count = 0
        for predicate in accepted {
            guard predicate.features.matches(contact) else {
                if predicate.isRequired { return nil }
                continue
            }
            guard let score = score(of: contact, against: predicate) else { return nil }
            sum += score
            count += 1
        }
        // The average of none: nothing was asked for, or nothing that was asked for is there.
        guard count > 0 else { return accepted.isEmpty ? 1 : 0 }
        return sum / Double(count)
    }

    /// Figure 1 of §7.2.4; nil when the contact is discarded.
    private func score(of contact: FeatureSet, against predicate: Predicate) -> Double? {
        let terms = predicate.features.terms
        let said = terms.count { contact.contains($0.tag) }
        guard said < terms.count else { return 1 }
        guard predicate.isExplicit else { return Double(said) / Double(terms.count) }
        return predicate.isRequired ? nil : 0
    }

    /// §7.2.2: the method, and the event package of a request that subscribes.
    private static func implied(by request: SIPMessage) throws(SIPSyntaxError) -> FeatureSet {
        var terms = [FeatureSet.Term("sip.methods", .list([.init(.token(request.method.octets))]))]
        if request.method == .subscribe, let event = try request.first(Event.self) {
            terms.append(FeatureSet.Term("sip.events", .list([.init(.token(event.packageName))])))
        }
        return FeatureSet(terms)
    }
}
