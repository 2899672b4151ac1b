/// Which node this is, for logs, reports and ladders.
package struct NodeIdentity: Equatable, Sendable {
    package enum Role: String, Sendable, CaseIterable {
        case pcscf, icscf, scscf, hss, tas, ue
        /// A plain SIP proxy.
        case proxy
    }

    package var role: Role
    package var name: String

    package init(_ role: Role, name: String) {
        self.role = role
        self.name = name
    }
}
