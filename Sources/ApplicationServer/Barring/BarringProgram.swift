/// The barrings that a user may switch himself, with his PIN: TS 22.030 Annex B (not at hand).
package enum BarringProgram: Equatable, Sendable {
    /// 33
    case outgoing
    /// 331
    case outgoingInternational
    /// 35
    case incoming

    init?(code: String) {
        switch code {
        case "33": self = .outgoing
        case "331": self = .outgoingInternational
        case "35": self = .incoming
        default: return nil
        }
    }

    var title: String {
        switch self {
        case .outgoing: "Barring of outgoing calls"
        case .outgoingInternational: "Barring of international calls"
        case .incoming: "Barring of incoming calls"
        }
    }

    private var flag: WritableKeyPath<ServiceSettings, Bool> {
        switch self {
        case .outgoing: \.outgoingBarring.isAll
        case .outgoingInternational: \.outgoingBarring.isInternational
        case .incoming: \.incomingBarring.isAll
        }
    }

    func isActive(in settings: ServiceSettings) -> Bool { settings[keyPath: flag] }

    func set(_ isActive: Bool, in settings: inout ServiceSettings) { settings[keyPath: flag] = isActive }
}
