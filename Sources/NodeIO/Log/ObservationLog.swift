import Glibc
import IMS

/// Writes observations as lines: JSON for programs, text for people.
///
/// A log must never stop a node. Lines gather until `flush()` and leave in pieces that the kernel takes without
/// blocking (at most PIPE_BUF octets after `poll` has said that there is room); what does not fit in time is dropped
/// and counted, and a line says so when the stream takes lines again. SIGPIPE is ignored by `runNode`.
package final class ObservationLog {
    package enum Format: String, Sendable, CaseIterable {
        case json, text
    }

    private let descriptor: Int32
    private let role: String
    private let format: Format
    private let level: Observation.Level
    private let clock: () -> timespec

    private var pending: [UInt8] = []
    /// Lines that were lost, in all and since the last that was not.
    package private(set) var dropped = 0
    private var droppedUntold = 0

    /// As many octets as wait for a stream that does not take them.
    private static var pendingLimit: Int { 256 << 10 }
    /// POSIX's PIPE_BUF on Linux: a write of this size to a pipe that polls writable does not block.
    private static var piece: Int { 4096 }

    /// - Parameter format: nil chooses text for a terminal and JSON for everything else.
    package init(
        role: String, level: Observation.Level = .info, format: Format? = nil, descriptor: Int32 = STDERR_FILENO,
        clock: @escaping () -> timespec = ObservationLog.wallClock
    ) {
        self.descriptor = descriptor
        self.role = role
        self.level = level
        self.format = format ?? (isatty(descriptor) == 1 ? .text : .json)
        self.clock = clock
    }

    package static func wallClock() -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now
    }

    /// Takes a line; it leaves with the next `flush()`.
    package func write(_ observation: Observation) {
        guard observation.level >= level else { return }
        guard pending.count < Self.pendingLimit else {
            dropped += 1
            droppedUntold += 1
            return
        }
        let line = LogLine(observation, role: role, time: clock())
        append(line)
        if pending.count >= Self.pendingLimit / 4 { flush() }
    }

    private func append(_ line: LogLine) {
        let text = format == .json ? line.json : line.text
        pending.append(contentsOf: text.utf8)
        pending.append(0x0A)
    }

    /// Hands the kernel what it takes now.
    package func flush() {
        guard !pending.isEmpty else { return }
        if droppedUntold > 0, canWrite {
            let sentence = "\(droppedUntold) lines of this log were lost: its reader was too slow or its disk full"
            droppedUntold = 0
            append(LogLine(Observation(.warning, sentence), role: role, time: clock()))
        }
        var start = 0
        while start < pending.count, canWrite {
            let end = endOfPiece(from: start)
            let written = pending.withUnsafeBytes {  // write(2) takes a pointer
                Glibc.write(descriptor, $0.baseAddress.map { $0 + start }, end - start)
            }
            if written > 0 {
                start += written
            } else if written < 0, errno == EAGAIN || errno == EINTR {
                break
            } else {
                lose(from: start)
                return
            }
        }
        pending.removeFirst(start)
    }

    private var canWrite: Bool {
        var descriptor = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) == 1
    }

    /// The end of the last whole line that fits into a piece, or of the piece.
    private func endOfPiece(from start: Int) -> Int {
        let limit = min(pending.count, start + Self.piece)
        guard limit < pending.count, let newline = pending[start..<limit].lastIndex(of: 0x0A) else { return limit }
        return newline + 1
    }

    /// The stream refuses (disk full, reader gone): what waits is gone, the node is not.
    private func lose(from start: Int) {
        let lines = pending[start...].count { $0 == 0x0A }
        dropped += lines
        droppedUntold += lines
        pending.removeAll(keepingCapacity: true)
    }
}
