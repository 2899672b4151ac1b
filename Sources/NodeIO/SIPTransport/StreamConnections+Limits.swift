import NIOCore
import Octets

/// Time limits of connections, and the pings that find out dead ones.
extension StreamConnections {
    /// One look a second at all connections instead of a timer for each.
    func startSweeping() {
        guard sweep == nil, !isShutDown else { return }
        let period = TimeAmount(min(.seconds(1), limits.headerTimeout / 2, limits.handshakeTimeout / 2))
        let table = NIOLoopBound(self, eventLoop: loop)
        sweep = loop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in table.value.closeLateOnes() }
    }

    private func closeLateOnes() {
        let now = NIODeadline.now()
        var late: [(StreamConnection, String)] = []
        for connection in byID.values {
            if let reason = lateness(of: connection, now) { late.append((connection, reason)) }
        }
        for (connection, reason) in late {
            deliver(.noticed("connection closed: \(reason)", peer: connection.remote))
            connection.close()
        }
        if !late.isEmpty { deliver(.burstEnded) }
    }

    /// Why the connection has lived long enough; nil when it may go on.
    private func lateness(of connection: StreamConnection, _ now: NIODeadline) -> String? {
        switch connection.state {
        case .connecting:
            // TCP has its own time limit when we connect; a channel in hand is one whose handshake runs.
            guard connection.channel != nil, now - connection.opened > TimeAmount(limits.handshakeTimeout) else {
                return nil
            }
            return "no complete handshake in \(limits.handshakeTimeout)"
        case .closed: return nil
        case .open: break
        }
        let header = TimeAmount(limits.headerTimeout)
        if connection.isAccepted, !connection.hasHeader, now - connection.opened > header {
            return "no complete header in \(limits.headerTimeout)"
        }
        // Servers may send TLS records without a message in them (tickets); those who call us have no reason to.
        if connection.isAccepted, let since = connection.arrivingSince, now - since > header {
            return "message not complete in \(limits.headerTimeout)"
        }
        if now - connection.lastRead > TimeAmount(limits.idleTimeout) { return "idle for \(limits.idleTimeout)" }
        guard let longest = limits.keepAlive, !connection.isAccepted else { return nil }
        switch connection.flow.order(longest: TimeAmount(longest), lastRead: connection.lastRead, now: now) {
        case .nothing: return nil
        case .ping:
            connection.ping()
            return nil
        case .giveUp: return "no answer to a keep-alive in \(FlowKeepAlive.answerTime.nanoseconds / 1_000_000_000) s"
        }
    }
}
