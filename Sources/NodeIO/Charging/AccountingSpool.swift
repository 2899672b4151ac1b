import Glibc
import IMS

/// The charging records that the Charging Data Function has not acknowledged, on disk.
///
/// One file, only appended to: `[length ≥ 1][number][octets]` for a record, `[0][number]` when it is done; length in 4 and
/// number in 8 octets of network byte order. When nothing waits any more it is cut to nothing. A record that was cut off
/// by a crash or a full disk is not there at the next start.
package final class AccountingSpool {
    private let descriptor: Int32
    private let path: String
    private var open: Set<UInt64> = []
    private var isFailing = false
    /// What was waiting at the start.
    package let kept: [(UInt64, [UInt8])]

    private static let longest = 1 << 20

    package init(path: String) throws(StartFailure) {
        self.path = path
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StartFailure(
                key: "charging.rf-spool", sentence: "\(path) cannot be opened: \(String(cString: strerror(errno)))",
                hint: "its directory must be there and belong to whom this program runs as")
        }
        let (records, whole) = Self.parse(Self.read(descriptor))
        kept = records.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        open = Set(records.keys)
        // A cut-off end would hide what is appended behind it.
        _ = ftruncate(descriptor, off_t(whole))
    }

    deinit { close(descriptor) }

    /// - Returns: what the operator should know, once for each trouble.
    package func keep(_ number: UInt64, _ octets: [UInt8]) -> Observation? {
        open.insert(number)
        return append(UInt32(clamping: octets.count), number, octets)
    }

    package func done(_ number: UInt64) -> Observation? {
        open.remove(number)
        if open.isEmpty {
            _ = ftruncate(descriptor, 0)
            return nil
        }
        return append(0, number, [])
    }

    private func append(_ length: UInt32, _ number: UInt64, _ octets: [UInt8]) -> Observation? {
        var entry: [UInt8] = []
        entry.reserveCapacity(12 + octets.count)
        for shift in stride(from: 24, through: 0, by: -8) {
            entry.append(UInt8(truncatingIfNeeded: length >> UInt32(shift)))
        }
        for shift in stride(from: 56, through: 0, by: -8) {
            entry.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
        entry += octets
        let end = lseek(descriptor, 0, SEEK_END)
        let written = entry.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }  // write(2) takes a pointer
        guard written == entry.count else {
            let why = String(cString: strerror(errno))
            if written > 0 { _ = ftruncate(descriptor, end) }
            guard !isFailing else { return nil }
            isFailing = true
            return Observation(
                .error, "\(path) cannot be written (\(why)): charging records that wait will not outlive a crash")
        }
        isFailing = false
        return nil
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = piece.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(octets.count))
            }
            guard count > 0 else { return octets }
            octets += piece[..<count]
        }
    }

    /// The records that are not done, and how far the file is whole.
    private static func parse(_ octets: [UInt8]) -> (records: [UInt64: [UInt8]], whole: Int) {
        var records: [UInt64: [UInt8]] = [:]
        var start = 0
        while octets.count - start >= 12 {
            let length = octets[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            let number = octets[start + 4..<start + 12].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard length <= longest, octets.count - start - 12 >= length else { break }
            records[number] = length == 0 ? nil : Array(octets[start + 12..<start + 12 + length])
            start += 12 + length
        }
        return (records, start)
    }
}
