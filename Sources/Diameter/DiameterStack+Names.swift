extension DiameterStack {
    /// Who is at the other end of an association; nil while nobody has said so.
    package func identity(of association: AssociationID) -> DiameterIdentity? {
        guard case .peer(let index, _)? = associations[association]?.owner else { return nil }
        return table[index].identity
    }
}
