import IMS

/// Where a node's charging records go; nowhere unless the configuration says so.
package struct ChargingOutlets {
    package var file: ChargingFile?
    package var spool: AccountingSpool?

    package init(file: ChargingFile? = nil, spool: AccountingSpool? = nil) {
        self.file = file
        self.spool = spool
    }

    func write(_ record: ChargingRecord, to log: ObservationLog) {
        if let notice = file?.write(record, at: .now) { log.write(notice) }
    }

    /// - Parameter octets: nil when the record has arrived.
    func keep(_ number: UInt64, _ octets: [UInt8]?, _ log: ObservationLog) {
        let notice = octets.map { spool?.keep(number, $0) } ?? spool?.done(number)
        if let notice { log.write(notice) }
    }
}
