import Glibc
import IMS
import Octets

/// Charging records as JSON lines, appended to a file; TS 32.298 has CDRs in ASN.1, which nobody reads without a tool.
///
/// A record is in the kernel's hands when `write` returns, so that it outlives the process. What cannot be written (a full
/// disk) is counted and said once; it never stops a node. Moved away by logrotate, the file is made anew.
package final class ChargingFile {
    private let path: String
    private let role: String
    private let clock: () -> timespec
    private var descriptor: Int32 = -1
    private var inode: UInt64 = 0
    private var isFailing = false
    package private(set) var lost = 0

    /// - Throws: in a sentence, why nothing can be written there.
    package init(
        path: String, role: String, clock: @escaping () -> timespec = ObservationLog.wallClock
    ) throws(StartFailure) {
        self.path = path
        self.role = role
        self.clock = clock
        guard open() else {
            throw StartFailure(
                key: "charging.file", sentence: "\(path) cannot be written: \(String(cString: strerror(errno)))",
                hint: "its directory must be there and belong to whom this program runs as")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// - Returns: what the operator should know, once for each trouble and each end of one.
    package func write(_ record: ChargingRecord, at now: Instant) -> Observation? {
        var line = Array(line(record, at: now).utf8)
        line.append(0x0A)
        if hasMoved { reopen() }
        let written =
            descriptor < 0
            ? -1
            : line.withUnsafeBytes {  // write(2) takes a pointer
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
        guard written == line.count else {
            // The rest of a line that was cut by a full disk is not written later: a line feed keeps the next one whole.
            if written > 0 { _ = ftruncate(descriptor, lseek(descriptor, 0, SEEK_END) - off_t(written)) }
            lost += 1
            guard !isFailing else { return nil }
            isFailing = true
            return Observation(
                .error, "charging records are lost: \(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        guard isFailing else { return nil }
        isFailing = false
        return Observation(.notice, "charging records are written again; \(lost) were lost")
    }

    private func open() -> Bool {
        descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return false }
        inode = UInt64(status.st_ino)
        return true
    }

    private var hasMoved: Bool {
        var status = stat()
        return stat(path, &status) != 0 || UInt64(status.st_ino) != inode
    }

    private func reopen() {
        if descriptor >= 0 { close(descriptor) }
        _ = open()
    }

    private func line(_ record: ChargingRecord, at now: Instant) -> String {
        let wall = clock()
        func time(_ instant: Instant?) -> Report? {
            guard let instant else { return nil }
            let ago = (now - instant).components
            var time = timespec(
                tv_sec: wall.tv_sec - Int(ago.seconds), tv_nsec: wall.tv_nsec - Int(ago.attoseconds / 1_000_000_000))
            if time.tv_nsec < 0 { (time.tv_sec, time.tv_nsec) = (time.tv_sec - 1, time.tv_nsec + 1_000_000_000) }
            return .text(LogLine.timestamp(time))
        }
        var members: [Report.Member] = []
        func add(_ name: String, _ value: Report?) { if let value { members.append(.init(name, value)) } }
        func add(_ name: String, _ text: String?) { add(name, text.map { Report.text(String($0.prefix(512))) }) }
        add("ts", LogLine.timestamp(wall))
        add("node", role)
        add("record", record.kind.rawValue)
        add("icid", record.chargingID)
        add("orig_ioi", record.originatingOperator)
        add("term_ioi", record.terminatingOperator)
        add("side", record.side?.rawValue)
        add("method", record.method)
        add("call_id", record.callID)
        add("impi", record.privateIdentity)
        add("impu", record.user)
        add("calling", .list(record.callingParties.map { .text(String($0.prefix(512))) }))
        add("called", record.calledParty)
        add("requested", record.requestedParty)
        add("requested_at", time(record.requestedAt))
        add("answered_at", time(record.answeredAt))
        add("ended_at", time(record.endedAt))
        if let begun = record.answeredAt, let ended = record.endedAt {
            let lasted = (ended - begun).components
            add("seconds", .number(Double(lasted.seconds) + (Double(lasted.attoseconds) / 1e15).rounded() / 1000))
        }
        add("status", record.status.map { .integer($0) })
        add("expires", record.expires.map { .integer($0) })
        if !record.media.isEmpty { add("media", .list(record.media.map { .text($0) })) }
        if record.kind == .stop { add("cause", record.reason ?? "normal") }
        return Report.record(members).json
    }
}
