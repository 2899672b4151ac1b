import Cx
import Octets
import SDP
import SIP

/// Makes triggers ready within a bound on all expressions of a profile.
struct TriggerCompiler {
    /// Instructions of all expressions together.
    static let maximumSize = 262_144

    var table: ExpressionTable
    private var size = 0

    init(_ table: ExpressionTable) { self.table = table }

    mutating func compile(_ trigger: ServicePointTrigger) -> CompiledTrigger {
        do throws(TriggerFault) {
            return CompiledTrigger(test: try test(trigger), source: trigger)
        } catch {
            return CompiledTrigger(test: .unusable(error), source: trigger)
        }
    }

    private mutating func test(_ trigger: ServicePointTrigger) throws(TriggerFault) -> CompiledTrigger.Test {
        switch trigger.condition {
        case .requestURI(let text):
            let octets = OctetSlice(text)
            return .requestURI(octets, Self.parsed(octets))
        case .method(let text):
            // Only a REGISTER has a type (TS 29.228 Annex B.2.3, as reported; its text was not at hand).
            let method = Method(text)
            return .method(method, RegistrationTypes(method == .register ? trigger.registrationTypes : []))
        case .sipHeader(let name, let content):
            if Self.isPlain(name) { return .header(HeaderName(name), content: try self.content(content)) }
            return .headers(name: try self.name(name, ignoresCase: true), content: try self.content(content))
        case .sessionCase(let sessionCase):
            return .sessionCase(sessionCase)
        case .sessionDescription(let line, let content):
            return .lines(try lines(line), content: try self.content(content))
        }
    }

    /// A letter, with or without `=`, or an expression of letters.
    private mutating func lines(_ text: String) throws(TriggerFault) -> LineTypes {
        let letters = text.hasSuffix("=") ? String(text.dropLast()) : text
        let expression = try name(letters, ignoresCase: false)
        let types = LineTypes(LineType.allCases.filter { expression.isWhole(OctetSlice([$0.rawValue])) })
        guard !types.isEmpty else { throw .unknownLine(text) }
        return types
    }

    private mutating func name(_ text: String, ignoresCase: Bool) throws(TriggerFault) -> Expression {
        do throws(ExpressionError) {
            return try expression(text, ignoresCase: ignoresCase)
        } catch {
            throw .nameExpression(error)
        }
    }

    private mutating func content(_ text: String?) throws(TriggerFault) -> Expression? {
        guard let text else { return nil }
        do throws(ExpressionError) {
            return try expression(text, ignoresCase: false)
        } catch {
            throw .contentExpression(error)
        }
    }

    private mutating func expression(_ text: String, ignoresCase: Bool) throws(ExpressionError) -> Expression {
        guard size < Self.maximumSize else { throw .tooMany }
        let expression = try table.expression(text, ignoresCase: ignoresCase)
        size += expression.size
        return expression
    }

    /// A name that means itself as an expression, too.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                ASCII.isAlpha($0) || ASCII.isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    static func parsed(_ text: OctetSlice) -> URI? {
        do { return try URI(parsing: text) } catch { return nil }
    }
}
