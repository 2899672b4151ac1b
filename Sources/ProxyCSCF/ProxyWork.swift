import IMS

/// What a P-CSCF has done outside its loop.
package enum ProxyWork: Sendable, Equatable {
    case security(SecurityOrder)
    /// All in one transaction of the store.
    case keep([StoredRecord])
    /// A datagram for the media relay, whose answer comes as the command `media-relay`.
    case media([UInt8])
}

/// What became of it.
package enum ProxyWorkResult: Sendable, Equatable {
    case security(SecurityOutcome)
    case keep(StoreOutcome)
    /// It is on its way.
    case media
}
