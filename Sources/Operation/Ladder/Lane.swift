/// A vertical line of the ladder, from the phone inwards; beyond the core the phone that is called, and one more that a call
/// is diverted to.
package enum Lane: Int, CaseIterable, Comparable, Sendable {
    case ue, pcscf, icscf, scscf, hss, tas, callee, third

    package init(_ function: CoreFunction) {
        switch function {
        case .pcscf: self = .pcscf
        case .icscf: self = .icscf
        case .scscf: self = .scscf
        case .hss: self = .hss
        case .tas: self = .tas
        }
    }

    /// nil for the phones, which are none of the core.
    package var function: CoreFunction? {
        switch self {
        case .ue, .callee, .third: nil
        case .pcscf: .pcscf
        case .icscf: .icscf
        case .scscf: .scscf
        case .hss: .hss
        case .tas: .tas
        }
    }

    package var title: String {
        switch self {
        case .ue: "UE"
        case .callee: "Callee"
        case .third: "Third"
        case .pcscf, .icscf, .scscf, .hss, .tas: function?.title ?? ""
        }
    }

    package var isPhone: Bool { function == nil }

    package static func < (left: Lane, right: Lane) -> Bool { left.rawValue < right.rawValue }

    /// The neighbour that SIP goes to next when it goes inwards.
    var inner: Lane? {
        switch self {
        case .ue, .callee, .third: .pcscf
        case .pcscf: .icscf
        case .icscf, .tas: .scscf
        case .scscf, .hss: nil
        }
    }

    var outer: Lane? {
        switch self {
        case .ue: nil
        case .pcscf: .ue
        case .icscf, .callee, .third: .pcscf
        case .scscf: .icscf
        case .hss, .tas: .scscf
        }
    }
}
