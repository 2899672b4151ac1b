/// The functions of a core, in the order in which they are started: who is called stands before who calls.
package enum CoreFunction: String, CaseIterable, Sendable {
    case hss, tas, scscf, icscf, pcscf

    /// Without which there is no core. The others run when the profile has a configuration for them.
    package static let required = allCases.filter { $0 != .tas }

    /// As people write it.
    package var title: String {
        switch self {
        case .hss: "HSS"
        case .tas: "TAS"
        case .scscf: "S-CSCF"
        case .icscf: "I-CSCF"
        case .pcscf: "P-CSCF"
        }
    }

    /// Whether it has to reach the HSS before a phone can register.
    package var asksHSS: Bool { self == .icscf || self == .scscf }
}
