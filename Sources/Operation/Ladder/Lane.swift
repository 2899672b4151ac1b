/// A vertical line of the ladder, from the phone inwards; beyond the core the phone that is called.
package enum Lane: Int, CaseIterable, Comparable, Sendable {
    case ue, pcscf, icscf, scscf, hss, callee

    /// nil for an application server, which the ladder does not draw.
    package init?(_ function: CoreFunction) {
        switch function {
        case .pcscf: self = .pcscf
        case .icscf: self = .icscf
        case .scscf: self = .scscf
        case .hss: self = .hss
        case .tas: return nil
        }
    }

    /// nil for the phones, which are none of the core.
    package var function: CoreFunction? {
        switch self {
        case .ue, .callee: nil
        case .pcscf: .pcscf
        case .icscf: .icscf
        case .scscf: .scscf
        case .hss: .hss
        }
    }

    package var title: String { function?.title ?? (self == .ue ? "UE" : "Callee") }

    package var isPhone: Bool { function == nil }

    package static func < (left: Lane, right: Lane) -> Bool { left.rawValue < right.rawValue }

    /// The neighbour that SIP goes to next when it goes inwards.
    var inner: Lane? { self == .callee ? .pcscf : self < .scscf ? Lane(rawValue: rawValue + 1) : nil }

    var outer: Lane? {
        self == .callee ? .pcscf : self > .ue && self < .hss ? Lane(rawValue: rawValue - 1) : nil
    }
}
