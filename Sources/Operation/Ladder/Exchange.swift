/// A message between two nodes: what one sent and the other received.
package struct Arrow: Equatable, Sendable {
    package var from: Lane
    package var to: Lane
    /// When it left; when it came, where the sender's trace has it not.
    package var start: Int64
    /// nil when the other side's trace has it not.
    package var end: Int64?
    package var message: TracedMessage
    /// A copy of an earlier one: a retransmission.
    package var isRepeated: Bool
}

/// What several nodes' traces say together: arrows in the order of time, and what was noted at them.
///
/// Send and receive are paired by their octets, which are the same on both sides. The clocks are one clock: all nodes of
/// a host count nanoseconds of its monotonic clock.
package struct Exchange: Equatable, Sendable {
    package let arrows: [Arrow]
    package let notes: [TracedNote]

    package init(_ entries: TraceEntries) {
        arrows = Self.pair(entries.messages)
        notes = entries.notes.sorted { $0.nanoseconds < $1.nanoseconds }
    }

    private init(arrows: [Arrow], notes: [TracedNote]) {
        self.arrows = arrows
        self.notes = notes
    }

    private static func pair(_ messages: [TracedMessage]) -> [Arrow] {
        var received: [[UInt8]: [TracedMessage]] = [:]
        for message in messages.sorted(by: { $0.nanoseconds < $1.nanoseconds }) where !message.isSent {
            received[message.octets, default: []].append(message)
        }
        var arrows: [Arrow] = []
        for message in messages.sorted(by: { $0.nanoseconds < $1.nanoseconds }) where message.isSent {
            // A node may send to itself: the S-CSCF of both users does.
            let match =
                received[message.octets]?.firstIndex { $0.lane != message.lane }
                ?? received[message.octets]?.indices.first
            let other = match.flatMap { received[message.octets]?.remove(at: $0) }
            guard let to = other?.lane ?? message.otherLane else { continue }
            var message = message
            message.isProtected = message.isProtected || other?.isProtected == true
            arrows.append(
                Arrow(
                    from: message.lane, to: to, start: message.nanoseconds, end: other?.nanoseconds, message: message,
                    isRepeated: false))
        }
        for message in received.values.joined() {
            guard let from = message.otherLane else { continue }
            arrows.append(
                Arrow(
                    from: from, to: message.lane, start: message.nanoseconds, end: message.nanoseconds,
                    message: message,
                    isRepeated: false))
        }
        // What came and what it made the node send have one time: what is known from its coming alone goes first.
        arrows.sort {
            ($0.start, $0.message.isSent ? 1 : 0, $0.from.rawValue)
                < ($1.start, $1.message.isSent ? 1 : 0, $1.from.rawValue)
        }
        // A request to a node whose trace is not here, another HSS for one, has come there when its answer comes back.
        for index in arrows.indices where arrows[index].end == nil {
            let request = arrows[index]
            let answer = arrows[(index + 1)...].first { request.message.isAnswered(by: $0.message) }
            if let answer, answer.to == request.from { arrows[index].end = answer.start }
        }
        var seen: Set<[UInt8]> = []
        for index in arrows.indices { arrows[index].isRepeated = !seen.insert(arrows[index].message.octets).inserted }
        return arrows
    }

    /// What belongs to these calls and users. Diameter answers follow their requests by Session-Id.
    package func about(callIDs: Set<String>, identities: Set<String>) -> Exchange {
        var sessions: Set<String> = []
        for arrow in arrows {
            if case .diameter(_, _, _, let session, let named) = arrow.message.content, !session.isEmpty,
                !named.isDisjoint(with: identities)
            {
                sessions.insert(session)
            }
        }
        return Exchange(
            arrows: arrows.filter { arrow in
                switch arrow.message.content {
                case .request(_, let callID), .response(_, _, let callID): callIDs.contains(callID)
                case .diameter(_, _, _, let session, let named):
                    sessions.contains(session) || !named.isDisjoint(with: identities)
                }
            },
            notes: notes.filter { note in
                note.callID.map { callIDs.contains($0) } ?? false || !note.identities.isDisjoint(with: identities)
            })
    }

    package var callIDs: Set<String> {
        Set(
            arrows.compactMap { arrow in
                switch arrow.message.content {
                case .request(_, let callID), .response(_, _, let callID): callID
                case .diameter: nil
                }
            })
    }

    package var refusals: [TracedNote] { notes.filter(\.isRefusal) }

    /// Without provisional responses and repetitions: what the procedures of the specification show.
    package var essentials: [Arrow] { arrows.filter { !$0.isRepeated && !$0.message.isProvisional } }

    /// The messages as the specification writes them, hops through proxies folded:
    /// `REGISTER–UAR–UAA–REGISTER–MAR–MAA–401`.
    package var sequence: String {
        var labels: [String] = []
        for arrow in essentials where labels.last != arrow.message.shortLabel {
            labels.append(arrow.message.shortLabel)
        }
        return labels.joined(separator: "–")
    }
}

extension TracedMessage {
    fileprivate func isAnswered(by other: TracedMessage) -> Bool {
        guard case .diameter(let command, _, true, let session, _) = content,
            case .diameter(let reply, _, false, session, _) = other.content
        else { return false }
        return command.dropLast() == reply.dropLast()
    }

    /// Where the other end of an arrow is when only one side tells of it.
    fileprivate var otherLane: Lane? {
        switch content {
        case .request: isSent ? lane.inner : lane.outer
        case .response: isSent ? lane.outer : lane.inner
        case .diameter:
            if lane != .hss {
                .hss
            } else {
                CoreFunction.allCases.first { peer.hasPrefix($0.rawValue) }.map { Lane($0) }
            }
        }
    }
}
