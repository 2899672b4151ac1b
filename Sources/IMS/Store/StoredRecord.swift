/// A record of the embedded store: what a CSCF keeps over a crash, one for each registration, subscription and so on.
package struct StoredRecord: Equatable, Sendable {
    /// The first octet says what it is.
    package var key: [UInt8]
    /// nil takes the record out of the store.
    package var value: [UInt8]?

    package init(key: [UInt8], value: [UInt8]?) {
        self.key = key
        self.value = value
    }
}

/// What has come of a write.
package enum StoreOutcome: Equatable, Sendable {
    case written
    /// Why not, in a sentence.
    case failed(String)
}
