/// What is wrong with a body of several parts.
package enum MultipartError: Error, Equatable, Sendable {
    /// The Content-Type has no `boundary`, or one of more than 70 or of other characters: RFC 2046 §5.1.1.
    case boundary
    /// No line with the boundary begins the first part.
    case noParts
    /// No line with the boundary and two hyphens ends the last part.
    case unterminated
    /// A header line of a part without name and colon; the index of its first octet.
    case headerLine(at: Int)
    /// More parts, deeper nesting or more header lines than `MultipartLimits` allows.
    case limit
    /// A part to be written has a line that would end it.
    case boundaryInPart

    /// The status to refuse a request with that cannot be served without the body, RFC 3261 §21.4.1, §21.4.11.
    package var status: Status {
        switch self {
        case .limit: .requestEntityTooLarge
        case .boundary, .noParts, .unterminated, .headerLine, .boundaryInPart: .badRequest
        }
    }
}

extension MultipartError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .boundary: "multipart body without a usable boundary"
        case .noParts: "multipart body without parts"
        case .unterminated: "multipart body without its last boundary"
        case .headerLine(let offset): "malformed header line in a body part at octet \(offset)"
        case .limit: "multipart body with too many parts or levels"
        case .boundaryInPart: "body part contains the boundary"
        }
    }
}

/// How far a multipart body is read.
package struct MultipartLimits: Sendable, Equatable {
    /// In one multipart.
    package var parts = 32
    /// Multiparts inside each other; the outermost is the first.
    package var depth = 4
    /// Of one part.
    package var headerLines = 32

    package init() {}

    package static let standard = MultipartLimits()
}
