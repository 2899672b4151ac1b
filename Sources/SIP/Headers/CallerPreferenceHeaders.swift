import Octets

/// Accept-Contact, RFC 3841 §9.2; one predicate a value: `*;audio;require`.
package struct AcceptContact: SIPHeader, Equatable {
    package static var name: HeaderName { .acceptContact }
    package var parameters: Parameters
    package let features: FeatureSet

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        parameters = try Parameters(parsingStar: text)
        features = try FeatureSet(parameters)
        for flag: StaticString in ["require", "explicit"] where parameters.count(of: flag) > 1 {
            throw SIPSyntaxError(.duplicate, at: text.start)
        }
    }

    /// Contacts that do not match are left out.
    package var isRequired: Bool { parameters.contains("require") }
    /// Contacts that do not say they match count as if they did not.
    package var isExplicit: Bool { parameters.contains("explicit") }

    package func write(to writer: inout OctetWriter) {
        writer.write(UInt8(ascii: "*"))
        parameters.write(to: &writer)
    }
}

/// Reject-Contact, RFC 3841 §9.2; one predicate a value.
package struct RejectContact: SIPHeader, Equatable {
    package static var name: HeaderName { .rejectContact }
    package var parameters: Parameters
    package let features: FeatureSet

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        parameters = try Parameters(parsingStar: text)
        features = try FeatureSet(parameters)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(UInt8(ascii: "*"))
        parameters.write(to: &writer)
    }
}

/// Feature-Caps, RFC 6809 §6.2: what those on the path can do; one value for each of them.
package struct FeatureCaps: SIPHeader, Equatable {
    package static var name: HeaderName { .featureCaps }
    package var parameters: Parameters
    package let features: FeatureSet

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        parameters = try Parameters(parsingStar: text)
        features = try FeatureSet(parameters)
        // A feature-capability indicator always begins with a plus sign.
        guard parameters.all.allSatisfy({ $0.name.first == UInt8(ascii: "+") && $0.name.count > 1 }) else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(UInt8(ascii: "*"))
        parameters.write(to: &writer)
    }
}

/// Request-Disposition, RFC 3841 §9.1; one directive a value. Others than these do not exist.
package enum RequestDisposition: String, SIPHeader, CaseIterable {
    case proxy, redirect
    case cancel
    case noCancel = "no-cancel"
    case fork
    case noFork = "no-fork"
    case recurse
    case noRecurse = "no-recurse"
    case parallel, sequential
    case queue
    case noQueue = "no-queue"

    package static var name: HeaderName { .requestDisposition }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        let directive = Self.allCases.first { text.equalsIgnoringCase(OctetSlice($0.rawValue)) }
        guard let directive else { throw SIPSyntaxError(.malformed, at: text.start) }
        self = directive
    }

    package func write(to writer: inout OctetWriter) { writer.write(rawValue) }

    /// The directive that cannot stand beside it.
    private var opposite: RequestDisposition {
        switch self {
        case .proxy: .redirect
        case .redirect: .proxy
        case .cancel: .noCancel
        case .noCancel: .cancel
        case .fork: .noFork
        case .noFork: .fork
        case .recurse: .noRecurse
        case .noRecurse: .recurse
        case .parallel: .sequential
        case .sequential: .parallel
        case .queue: .noQueue
        case .noQueue: .queue
        }
    }

    /// What a request asks for; of each type of directive there is one at most.
    package static func directives(of request: SIPMessage) throws(SIPSyntaxError) -> Set<RequestDisposition> {
        let directives = Set(try request.all(RequestDisposition.self))
        guard !directives.contains(where: { directives.contains($0.opposite) }) else {
            throw SIPSyntaxError(.duplicate, .requestDisposition)
        }
        return directives
    }
}

extension Parameters {
    /// `"*" *( SEMI … )`
    fileprivate init(parsingStar text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard scanner.take(UInt8(ascii: "*")) else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        try self.init(parsingHeader: scanner.rest)
    }
}
