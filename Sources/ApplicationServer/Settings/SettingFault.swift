/// Why a setting of a user is not taken.
package enum SettingFault: Error, Equatable, CustomStringConvertible {
    case unknown(String)
    case value(String, expected: String)
    case identity(String)
    /// The table of users is full.
    case full(limit: Int)
    case noVoicemail
    /// Another user has this identity.
    case taken(String, by: String)

    package var description: String {
        switch self {
        case .unknown(let name):
            "there is no setting \(name); there are \(Setting.allCases.map(\.rawValue).joined(separator: ", "))"
        case .value(let text, let expected): "\"\(text)\" will not do: expected \(expected)"
        case .identity(let text): "\(text) is no public identity: expected a SIP or tel URI"
        case .noVoicemail: "there is no voice mail system: set tas.mailboxes, or tas.voicemail for another one"
        case .full(let limit): "settings are kept for \(limit) users at most"
        case .taken(let identity, let owner): "\(identity) is an identity of \(owner) already"
        }
    }
}
