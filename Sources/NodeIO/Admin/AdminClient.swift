import Glibc
import IMS
import Octets

/// Asks a running node over its admin socket. Blocks its thread; for command-line tools.
package struct AdminClient: Sendable {
    package let path: String
    package var timeout: Duration

    package init(path: String, timeout: Duration = .seconds(5)) {
        self.path = path
        self.timeout = timeout
    }

    /// Sends one command and reads its report.
    package func ask(_ command: Command) throws(AdminFailure) -> Report {
        guard path.utf8.count <= AdminServer.longestPath else { throw AdminFailure(.badPath, path: path) }
        guard let descriptor = UnixSocket.connect(path) else {
            switch errno {
            case ENOENT, ECONNREFUSED, ENOTDIR: throw AdminFailure(.notRunning, path: path)
            case EACCES, EPERM: throw AdminFailure(.noPermission, path: path)
            case let code: throw AdminFailure(.broken(SystemError.sentence(code: code)), path: path)
            }
        }
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + timeout
        try send(Array((command.request + "\n").utf8), descriptor, by: deadline)
        return try receive(descriptor, by: deadline)
    }

    private func send(_ octets: [UInt8], _ descriptor: CInt, by deadline: ContinuousClock.Instant) throws(AdminFailure)
    {
        var sent = 0
        while sent < octets.count {
            try wait(for: POLLOUT, descriptor, until: deadline)
            let count = octets.withUnsafeBytes {  // send(2) takes a pointer
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + sent }, octets.count - sent,
                    CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            }
            if count > 0 { sent += count } else if count < 0, errno != EAGAIN, errno != EINTR { throw ended() }
        }
    }

    private func receive(_ descriptor: CInt, by deadline: ContinuousClock.Instant) throws(AdminFailure) -> Report {
        var line: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            try wait(for: POLLIN, descriptor, until: deadline)
            let count = recv(descriptor, &room, room.count, CInt(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw ended() }
            if let end = room[..<count].firstIndex(of: 0x0A) {
                line.append(contentsOf: room[..<end])
                break
            }
            line.append(contentsOf: room[..<count])
        }
        guard let report = Report(json: line) else { throw AdminFailure(.broken("its answer is no JSON"), path: path) }
        return report
    }

    private func ended() -> AdminFailure {
        AdminFailure(.broken("the node closed the connection before it had answered"), path: path)
    }

    private func wait(
        for events: Int32, _ descriptor: CInt, until deadline: ContinuousClock.Instant
    ) throws(AdminFailure) {
        let left = (deadline - .now).wholeMilliseconds
        guard left > 0 else { throw AdminFailure(.timeout(timeout), path: path) }
        var descriptor = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        guard poll(&descriptor, 1, left) != 0 else { throw AdminFailure(.timeout(timeout), path: path) }
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: CInt { CInt(clamping: Int64(milliseconds.rounded(.up))) }
}

/// Why a node could not be asked.
package struct AdminFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Cause: Sendable, Equatable {
        case notRunning, noPermission, timeout(Duration), badPath, broken(String)
    }

    package let cause: Cause
    package let path: String

    package init(_ cause: Cause, path: String) {
        self.cause = cause
        self.path = path
    }

    package var description: String {
        switch cause {
        case .notRunning: "no node answers at \(path): it is not running, or it uses another admin socket"
        case .noPermission: "no permission to use \(path): run this as the user who started the node"
        case .timeout(let span): "the node at \(path) did not answer within \(span)"
        case .badPath: "\(path) is too long for a socket's path: at most \(AdminServer.longestPath) octets"
        case .broken(let reason): "cannot talk to the node at \(path): \(reason)"
        }
    }
}
