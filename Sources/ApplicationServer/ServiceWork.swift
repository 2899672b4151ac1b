import IMS

/// What the server needs done outside its loop.
package enum ServiceWork: Equatable, Sendable { case store(StoreOrder) }

/// A change of the store. Done when it is safe on the disk.
package enum StoreOrder: Equatable, Sendable {
    /// Keeps a record under its kind and name, in the place of an older one.
    case put(StoredKind, name: String, [UInt8])
    case remove(StoredKind, name: String)
}

/// What became of it.
package enum ServiceWorkResult: Equatable, Sendable {
    case done
    /// One sentence.
    case failed(String)
}

/// The kinds of records that are kept.
package enum StoredKind: UInt8, CaseIterable, Sendable {
    /// `ServiceSettings.record` of a public identity.
    case settings = 1
    /// A message that waits for its recipient.
    case message = 2
}

/// A record as it is read when the server starts.
package struct StoredRecord: Equatable, Sendable {
    package var kind: StoredKind
    package var name: String
    package var octets: [UInt8]

    package init(_ kind: StoredKind, name: String, _ octets: [UInt8]) {
        self.kind = kind
        self.name = name
        self.octets = octets
    }
}
