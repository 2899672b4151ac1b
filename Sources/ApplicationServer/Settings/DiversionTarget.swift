import Octets
import SIP

/// Where calls are diverted to: an address, or the user's mailbox.
package enum DiversionTarget: Hashable, Sendable, CustomStringConvertible {
    /// A SIP or SIPS URI with a user, or a telephone number; in the form in which it was given.
    case address(String)
    case voicemail

    /// What an operator or a configuration writes: a URI, `+` and digits, or `voicemail`.
    package init(_ text: String) throws(SettingFault) {
        guard text != "voicemail" else {
            self = .voicemail
            return
        }
        let uri = text.hasPrefix("+") ? "tel:\(text)" : text
        do throws(SIPSyntaxError) {
            switch try URI(parsing: uri) {
            case .sip(let sip): guard sip.user != nil, sip.headers.isEmpty else { throw SIPSyntaxError(.uri, at: 0) }
            case .tel: break
            case .other: throw SIPSyntaxError(.uri, at: 0)
            }
        } catch {
            throw .value(text, expected: "a SIP or tel URI, a number that begins with +, or voicemail")
        }
        self = .address(uri)
    }

    package var description: String {
        switch self {
        case .address(let text): text
        case .voicemail: "voicemail"
        }
    }

    /// The Request-URI of the diverted call; a number becomes a SIP URI of the domain (RFC 3261 §19.1.6).
    ///
    /// - Parameters:
    ///   - served: who diverts: whose mailbox it is (RFC 4458 §2 `target`).
    ///   - voicemail: the voice mail system's URI.
    /// - Returns: nil when that leads nowhere.
    func uri(of served: PublicIdentityText, voicemail: SIPURI?, domain: String) -> SIPURI? {
        switch self {
        case .voicemail:
            guard var uri = voicemail else { return nil }
            uri.parameters.set("target", served)
            return uri
        case .address(let text):
            do throws(SIPSyntaxError) {
                switch try URI(parsing: text) {
                case .sip(let uri): return uri
                case .tel(let number): return SIPURI(number, host: OctetSlice(domain))
                case .other: return nil
                }
            } catch {
                return nil
            }
        }
    }
}

/// The text of a public user identity: what `PublicIdentity.text` is.
typealias PublicIdentityText = String
