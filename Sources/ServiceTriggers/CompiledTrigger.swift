import Cx
import Octets
import SDP
import SIP

/// A service point trigger made ready: names recognised, URIs parsed, expressions compiled.
struct CompiledTrigger: Sendable {
    enum Test: Sendable {
        case requestURI(OctetSlice, URI?)
        case method(Method, RegistrationTypes)
        /// nil content asks whether the header is there.
        case header(HeaderName, content: Expression?)
        case headers(name: Expression, content: Expression?)
        case sessionCase(ServicePointTrigger.SessionCase)
        case lines(LineTypes, content: Expression?)
        /// Never holds, negated or not.
        case unusable(TriggerFault)
    }

    let test: Test
    let source: ServicePointTrigger
    var isNegated: Bool { source.isNegated }
}

/// Which registrations a trigger means; none set means all.
struct RegistrationTypes: OptionSet, Sendable {
    let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(_ types: [ServicePointTrigger.RegistrationType]) {
        rawValue = types.reduce(0) { $0 | 1 << UInt8(truncatingIfNeeded: $1.rawValue) }
    }
}

/// A set of SDP lines by their letters.
struct LineTypes: Sendable {
    private var letters: UInt32 = 0

    init(_ types: [LineType]) {
        for type in types { letters |= 1 << UInt32(type.rawValue & 0x1F) }
    }

    func contains(_ type: LineType) -> Bool { letters & (1 << UInt32(type.rawValue & 0x1F)) != 0 }

    var isEmpty: Bool { letters == 0 }
}

/// Why a trigger cannot be evaluated.
package enum TriggerFault: Error, Hashable, Sendable {
    case nameExpression(ExpressionError)
    case contentExpression(ExpressionError)
    /// No line of a session description has this letter.
    case unknownLine(String)
    /// Only of a request: a header or line is longer than what is searched.
    case textTooLong
    /// Only of a request: its session description cannot be read.
    case unreadableDescription
}

extension TriggerFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nameExpression(let error): "the expression of its name is refused: \(error)"
        case .contentExpression(let error): "the expression of its content is refused: \(error)"
        case .unknownLine(let line): "no line of a session description is called \(line)"
        case .textTooLong: "the text to be searched is over \(Expression.maximumText) octets"
        case .unreadableDescription: "the session description cannot be read"
        }
    }
}
