import Octets
import SIP

/// What a user dials to see or change his services: the procedures of TS 22.030 §6.5.2 and the service codes of its Annex B
/// (the text was not at hand), and the shorter codes that North American networks have.
///
///     *21*NUMBER#  **21*NUMBER#   activate          #21#    deactivate        *72NUMBER  *73   CFU, and off
///     *61*NUMBER**SECONDS#        (no reply only)   ##21#   erase             *90NUMBER  *91   busy
///     *21#                        activate again    *#21#   interrogate       *92NUMBER  *93   no reply
///     *33*PIN#  #33*PIN#  *#33#   barring: 33 outgoing, 331 international, 35 incoming calls
package struct ServiceCode: Equatable, Sendable {
    package enum Operation: Equatable, Sendable { case activate, deactivate, erase, interrogate }

    package var operation: Operation
    package var conditions: [ForwardingCondition]
    /// A code for barring has no conditions, and the PIN in the place of the number.
    package var barring: BarringProgram?
    /// As it was dialled; nil when none was.
    package var number: String?
    /// Seconds until a call is diverted for no reply.
    package var seconds: Int?

    package init(
        _ operation: Operation, _ conditions: [ForwardingCondition], number: String? = nil, seconds: Int? = nil
    ) {
        self.operation = operation
        self.conditions = conditions
        self.number = number
        self.seconds = seconds
    }

    package enum Reading: Equatable, Sendable {
        case none
        case code(ServiceCode)
        /// It begins like a code, but is none of ours.
        case unknown
    }

    /// What a dialled text is. Numbers with `*` or `#` in front that are no codes are `unknown`.
    package static func read(_ dialled: String) -> Reading {
        guard let first = dialled.first, first == "*" || first == "#" else { return .none }
        if dialled.hasSuffix("#") { return bracketed(dialled) }
        return short(dialled)
    }

    // MARK: Steps

    private static func bracketed(_ dialled: String) -> Reading {
        let operation: Operation
        var rest = dialled.dropLast()
        switch rest.prefix(2) {
        case "*#": operation = .interrogate
        case "##": operation = .erase
        case "**": operation = .activate
        default: operation = rest.first == "*" ? .activate : .deactivate
        }
        rest = rest.drop { $0 == "*" || $0 == "#" }
        // SC*SIA*SIB*SIC: the code, the number, the basic service (which we do not tell apart), the time.
        let fields = rest.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        if let program = BarringProgram(code: fields[0]) { return barring(program, operation, fields) }
        guard let conditions = services[fields[0]], fields.count <= 4 else { return .unknown }
        var code = ServiceCode(operation, conditions)
        if fields.count > 1, !fields[1].isEmpty { code.number = fields[1] }
        if fields.count > 3 {
            guard let seconds = Int(fields[3]), Setting.noReplyTimes.contains(seconds), conditions.contains(.noReply)
            else { return .unknown }
            code.seconds = seconds
        }
        guard code.number.map(isNumber) ?? true else { return .unknown }
        return .code(code)
    }

    private static func barring(_ program: BarringProgram, _ operation: Operation, _ fields: [String]) -> Reading {
        guard fields.count <= 2, fields.count == 1 || isNumber(fields[1]) else { return .unknown }
        var code = ServiceCode(operation == .erase ? .deactivate : operation, [])
        code.barring = program
        code.number = fields.count > 1 ? fields[1] : nil
        return .code(code)
    }

    /// Annex B: 002 all, 004 all conditional.
    private static let services: [String: [ForwardingCondition]] = [
        "21": [.unconditional], "67": [.busy], "61": [.noReply], "62": [.notReachable],
        "002": [.unconditional, .busy, .noReply, .notReachable], "004": [.busy, .noReply, .notReachable],
    ]

    private static func short(_ dialled: String) -> Reading {
        let code = dialled.prefix(3)
        let number = String(dialled.dropFirst(3))
        guard let (condition, isOn) = shortCodes[String(code)] else { return .unknown }
        guard isOn else { return number.isEmpty ? .code(ServiceCode(.deactivate, [condition])) : .unknown }
        guard number.isEmpty || isNumber(number) else { return .unknown }
        return .code(ServiceCode(.activate, [condition], number: number.isEmpty ? nil : number))
    }

    private static let shortCodes: [String: (ForwardingCondition, isOn: Bool)] = [
        "*72": (.unconditional, true), "*73": (.unconditional, false), "*90": (.busy, true), "*91": (.busy, false),
        "*92": (.noReply, true), "*93": (.noReply, false),
    ]

    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        return (1...32).contains(digits.utf8.count) && digits.utf8.allSatisfy(ASCII.isDigit)
    }
}

extension SIPMessage {
    /// What has been dialled: the number of a tel URI, or the user part without its parameters; visual separators off.
    var dialled: String? {
        do throws(SIPSyntaxError) {
            switch try parsedRequestURI() {
            case .tel(let number): return number.digits
            case .sip(let uri):
                guard let user = uri.user?.withoutURIEscapes else { return nil }
                let end = user.firstIndex(of: UInt8(ascii: ";")) ?? user.end
                return user[user.start..<end].string
            case .other: return nil
            }
        } catch { return nil }
    }
}
