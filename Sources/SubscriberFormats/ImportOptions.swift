/// How a file is to be understood.
package struct ImportOptions: Sendable {
    /// The home network domain of subscribers that name none.
    package var domain: String
    /// What stands in which column, where the file does not say it or says it otherwise. `-` for one that is not wanted.
    package var columns: [String]?
    package var transportKey: TransportKey?
    /// Which fields lie under the transport key.
    package var encrypted: Set<SubscriberField>
    /// Whether sequence numbers stay as they are. Otherwise they go forward by `sequenceNumberStep`: the file is a copy, and
    /// the system that it comes from may have given out more since.
    package var keepsSequenceNumbers: Bool
    /// The service profile of those that name none.
    package var serviceProfile: String?

    package init(
        domain: String, columns: [String]? = nil, transportKey: TransportKey? = nil,
        encrypted: Set<SubscriberField> = [.key, .opc, .op], keepsSequenceNumbers: Bool = false,
        serviceProfile: String? = nil
    ) {
        self.domain = domain
        self.columns = columns
        self.transportKey = transportKey
        self.encrypted = encrypted
        self.keepsSequenceNumbers = keepsSequenceNumbers
        self.serviceProfile = serviceProfile
    }

    /// In steps of SEQ: more challenges than a phone has had since the copy was made, and far below what a SIM takes as one
    /// step (2^28, TS 33.102 Annex C.2.1).
    package static let sequenceNumberStep: UInt64 = 1 << 16
}
