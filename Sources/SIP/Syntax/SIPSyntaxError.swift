import Octets

/// What is wrong with a message of the peer's, in which header and where.
package struct SIPSyntaxError: Error, Equatable, Sendable {
    package enum What: Equatable, Sendable {
        /// Start line: RFC 3261 §7.1, §7.2.
        case startLine
        /// A version other than SIP/2.0: 505.
        case version
        /// A status code outside 100…699.
        case statusCode
        /// A header line without name and colon, or a line that does not end in CRLF: §7.3.1, §25.1.
        case headerLine
        /// The value does not follow the grammar of its header.
        case malformed
        /// A header that the message cannot do without: §8.1.1, §20.
        case missing
        /// A header, or a parameter in one, more often than once: §7.3.1.
        case duplicate
        /// A number beyond its range.
        case outOfRange
        /// The CSeq names another method than the start line: §8.1.1.5.
        case methodMismatch
        /// Fewer octets than Content-Length says: §18.3.
        case truncatedBody
        /// A URI: §19.1.1, RFC 3966.
        case uri
        /// More octets, lines or parameters than `ParseLimits` allows.
        case limit
    }

    package var what: What
    package var header: HeaderName?
    /// Index of the octet in the message, or in the text that was given to the parser.
    package var offset: Int

    @inline(never)
    package init(_ what: What, _ header: HeaderName? = nil, at offset: Int = 0) {
        self.what = what
        self.header = header
        self.offset = offset
    }

    /// The same error, said of a header.
    func of(_ name: HeaderName) -> SIPSyntaxError {
        var error = self
        if error.header == nil { error.header = name }
        return error
    }

    /// The status to refuse a request with, RFC 3261 §21.4.1, §21.4.10, §21.5.6.
    package var status: Status {
        switch what {
        case .version: .versionNotSupported
        case .limit: header == nil ? .messageTooLarge : .badRequest
        case .startLine, .statusCode, .headerLine, .malformed, .missing, .duplicate, .outOfRange, .methodMismatch,
            .truncatedBody, .uri:
            .badRequest
        }
    }
}

extension SIPSyntaxError: CustomStringConvertible {
    /// For people and reason phrases. Octets from outside are not repeated.
    package var description: String {
        let name = header.map { $0.token == .other ? "header" : "\($0)" } ?? "message"
        return switch what {
        case .startLine: "malformed start line at octet \(offset)"
        case .version: "SIP version not supported"
        case .statusCode: "status code outside 100 to 699"
        case .headerLine: "malformed header line at octet \(offset)"
        case .malformed: "malformed \(name) at octet \(offset)"
        case .missing: "missing \(name)"
        case .duplicate: "more than one value in \(name) at octet \(offset)"
        case .outOfRange: "number out of range in \(name)"
        case .methodMismatch: "CSeq method differs from the request's"
        case .truncatedBody: "body shorter than Content-Length"
        case .uri: header == nil ? "malformed URI at octet \(offset)" : "malformed URI in \(name) at octet \(offset)"
        case .limit: "\(name) too large"
        }
    }
}
