import Octets

/// A SIP method: a token for those we know, the text for the others. Case matters (RFC 3261 §7.1).
package struct Method: Hashable, Sendable {
    package enum Token: UInt8, CaseIterable, Sendable {
        case other, register, invite, ack, bye, cancel, options, prack, subscribe, notify, publish, info, refer,
            message, update

        var text: StaticString {
            switch self {
            case .other: ""
            case .register: "REGISTER"
            case .invite: "INVITE"
            case .ack: "ACK"
            case .bye: "BYE"
            case .cancel: "CANCEL"
            case .options: "OPTIONS"
            case .prack: "PRACK"
            case .subscribe: "SUBSCRIBE"
            case .notify: "NOTIFY"
            case .publish: "PUBLISH"
            case .info: "INFO"
            case .refer: "REFER"
            case .message: "MESSAGE"
            case .update: "UPDATE"
            }
        }
    }

    package let token: Token
    /// Only of `.other`.
    private let custom: OctetSlice?

    @inline(__always)
    init(_ token: Token) {
        self.token = token
        custom = nil
    }

    init(_ token: Token, custom: OctetSlice) {
        self.token = token
        self.custom = token == .other ? custom : nil
    }

    package init(_ text: OctetSlice) { self.init(Self.recognise(text), custom: text) }

    package init(_ text: String) { self.init(OctetSlice(text)) }

    static func recognise(_ text: OctetSlice) -> Token {
        for token in Token.allCases.dropFirst() where text.equals(token.text) { return token }
        return .other
    }

    package static let register = Method(.register)
    package static let invite = Method(.invite)
    package static let ack = Method(.ack)
    package static let bye = Method(.bye)
    package static let cancel = Method(.cancel)
    package static let options = Method(.options)
    package static let prack = Method(.prack)
    package static let subscribe = Method(.subscribe)
    package static let notify = Method(.notify)
    package static let publish = Method(.publish)
    package static let info = Method(.info)
    package static let refer = Method(.refer)
    package static let message = Method(.message)
    package static let update = Method(.update)

    package var octets: OctetSlice { custom ?? OctetSlice(token.text.description) }
    package var text: String { custom?.string ?? token.text.description }

    package func write(to writer: inout OctetWriter) {
        if let custom { writer.write(custom) } else { writer.write(token.text) }
    }
}

extension Method: CustomStringConvertible {
    package var description: String { text }
}
