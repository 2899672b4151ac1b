import Octets

/// What a user agent can do or a caller wishes for, RFC 3840 §9: the feature parameters of a Contact, an Accept-Contact
/// or a Reject-Contact, read as the conjunction of RFC 3841 §8.
package struct FeatureSet: Sendable, Equatable {
    /// One feature tag with the values that it may have.
    package struct Term: Sendable, Equatable {
        /// Decoded by RFC 3841 §8, in lower case: `sip.audio`, `language`, `g.3gpp.icsi-ref`.
        package let tag: OctetSlice
        package let value: FeatureValue

        package init(_ tag: OctetSlice, _ value: FeatureValue) {
            self.tag = tag
            self.value = value
        }
    }

    /// Terms in one set and values in one list: matching takes each with each.
    static let limit = 64

    package let terms: [Term]

    package init(_ terms: [Term]) { self.terms = terms }

    /// Takes the feature parameters out of all of them; of a tag that stands twice, the first (RFC 3841 §7.2.3).
    package init(_ parameters: Parameters) throws(SIPSyntaxError) {
        var terms: [Term] = []
        for parameter in parameters.all where Self.isFeature(parameter.name) {
            let tag = Self.tag(parameter.name)
            guard !terms.contains(where: { $0.tag == tag }) else { continue }
            guard terms.count < Self.limit else { throw SIPSyntaxError(.limit, at: parameter.name.start) }
            terms.append(Term(tag, try FeatureValue(parsing: parameter.value)))
        }
        self.terms = terms
    }

    package var isEmpty: Bool { terms.isEmpty }

    /// The values of a tag by its decoded name; nil when the set says nothing of it.
    package subscript(_ tag: StaticString) -> FeatureValue? {
        terms.first { $0.tag.equalsIgnoringCase(tag) }?.value
    }

    package func contains(_ tag: OctetSlice) -> Bool { terms.contains { $0.tag == tag } }

    /// Whether some state of the agent satisfies both (RFC 3841 §7.2.4, matching of RFC 2533): no tag that both speak of
    /// has values that exclude each other.
    package func matches(_ other: FeatureSet) -> Bool {
        terms.allSatisfy { term in
            guard let theirs = other.terms.first(where: { $0.tag == term.tag }) else { return true }
            return term.value.intersects(theirs.value)
        }
    }

    /// RFC 3840 §9: one of the base set, or behind a plus sign.
    package static func isFeature(_ name: OctetSlice) -> Bool {
        name.first == UInt8(ascii: "+") || baseTags.contains { name.equalsIgnoringCase($0) }
    }

    private static let baseTags: [StaticString] = [
        "audio", "automata", "class", "duplex", "data", "control", "mobility", "description", "events", "priority",
        "methods", "schemes", "application", "video", "language", "type", "isfocus", "actor", "text", "extensions",
    ]

    /// RFC 3841 §8: the plus sign off, `!` and `'` to `:` and `/`, `sip.` before the base tags but for `language` and
    /// `type`, which are older than SIP's.
    private static func tag(_ name: OctetSlice) -> OctetSlice {
        let isOther = name.first == UInt8(ascii: "+")
        let isPlain = isOther || name.equalsIgnoringCase("language") || name.equalsIgnoringCase("type")
        var octets: [UInt8] = isPlain ? [] : Array("sip.".utf8)
        for index in name.indices.dropFirst(isOther ? 1 : 0) {
            switch name[index] {
            case UInt8(ascii: "!"): octets.append(UInt8(ascii: ":"))
            case UInt8(ascii: "'"): octets.append(UInt8(ascii: "/"))
            case let octet: octets.append(ASCII.lowercase(octet))
            }
        }
        return OctetSlice(octets)
    }
}

extension Contact {
    /// RFC 3840 §5: what the agent behind it can do.
    package func features() throws(SIPSyntaxError) -> FeatureSet { try FeatureSet(address.parameters) }
}
