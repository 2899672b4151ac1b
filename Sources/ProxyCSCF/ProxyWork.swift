import IMS

/// What a P-CSCF has done outside its loop.
package enum ProxyWork: Sendable, Equatable {
    case security(SecurityOrder)
}

/// What became of it.
package enum ProxyWorkResult: Sendable, Equatable {
    case security(SecurityOutcome)
}
