import Cx

/// An S-CSCF that we know by configuration.
package struct ServingCSCFCandidate: Equatable, Sendable {
    /// Its SIP URI, the Server-Name of Cx.
    package var name: String
    package var capabilities: Set<UInt32>

    package init(_ name: String, capabilities: Set<UInt32> = []) {
        self.name = name
        self.capabilities = capabilities
    }
}

/// S-CSCF assignment from the capabilities in a UAA or LIA, TS 29.228 §6.7.
///
/// Names given by the HSS steer: the first that has not been tried wins, known to us or not. Otherwise every mandatory
/// capability must be offered, most optional ones win, and of equals the first configured. Absent capabilities mean
/// that any S-CSCF will do.
package func selectServingCSCF(
    for needed: ServerCapabilities?, among pool: [ServingCSCFCandidate], except tried: Set<String>
) -> String? {
    if let named = needed?.serverNames.first(where: { !tried.contains($0) }) { return named }
    let mandatory = Set(needed?.mandatory ?? [])
    let optional = Set(needed?.optional ?? [])
    var best: (name: String, matches: Int)?
    for candidate in pool where mandatory.isSubset(of: candidate.capabilities) && !tried.contains(candidate.name) {
        let matches = optional.intersection(candidate.capabilities).count
        if matches > (best?.matches ?? -1) { best = (candidate.name, matches) }
    }
    return best?.name
}
