import Octets

/// The direction of a stream as its sender sees it, RFC 8866 §6.7.
package enum MediaDirection: Sendable, Hashable, CaseIterable {
    case sendAndReceive
    case sendOnly
    case receiveOnly
    case inactive

    package var token: StaticString {
        switch self {
        case .sendAndReceive: "sendrecv"
        case .sendOnly: "sendonly"
        case .receiveOnly: "recvonly"
        case .inactive: "inactive"
        }
    }

    package init(sends: Bool, receives: Bool) {
        self =
            switch (sends, receives) {
            case (true, true): .sendAndReceive
            case (true, false): .sendOnly
            case (false, true): .receiveOnly
            case (false, false): .inactive
            }
    }

    package var sends: Bool { self == .sendAndReceive || self == .sendOnly }
    package var receives: Bool { self == .sendAndReceive || self == .receiveOnly }

    /// The same stream seen from the other end.
    package var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }

    /// RFC 3264 §6.1: the answerer sends no more than the offerer receives, and the other way round.
    package func isAnswerable(by answer: MediaDirection) -> Bool {
        (!answer.sends || receives) && (!answer.receives || sends)
    }
}
