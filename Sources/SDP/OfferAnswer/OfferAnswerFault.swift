/// What an answer or a new offer does that RFC 3264 forbids. Streams by their index, from 0.
package enum OfferAnswerFault: Error, Equatable, Sendable {
    /// It cannot be read so far as to be compared.
    case unreadable(SDPError)

    // The answer, §6.
    /// Another number of m= lines than the offer.
    case mediaCount(offered: Int, answered: Int)
    /// Another t= line than the offer's.
    case timing
    /// It differs from the offer under the same o= line.
    case origin
    case mediaType(stream: Int)
    /// A port for a stream that was offered without one (§8.2).
    case portForRejected(stream: Int)
    /// Neither the stream nor the session has a c= line.
    case missingConnection(stream: Int)
    /// Unicast answered by multicast or the other way round (§6.1, §6.2).
    case multicast(stream: Int)
    /// Of a multicast stream: another address, port or direction than offered, or a format beyond the offer's (§6.2).
    case multicastChanged(stream: Int)
    case direction(stream: Int, offered: MediaDirection, answered: MediaDirection)
    case noCommonFormat(stream: Int)

    // A new offer or answer of the same party, §8.
    /// More than the version has changed in the o= line.
    case otherSession
    /// The version or the session identifier does not fit into 63 bits (§5).
    case numberTooLarge
    case version(previous: UInt64, next: UInt64)
    /// The same version for another description.
    case changedWithoutVersion
    case fewerMedia(previous: Int, next: Int)
    /// A payload type stands for another codec than before (§8.3.2).
    case payloadType(stream: Int, UInt8)
}

extension OfferAnswerFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let error): "\(error)"
        case .mediaCount(let offered, let answered): "\(answered) m= lines in the answer to \(offered)"
        case .timing: "the t= line of the answer differs from the offer's"
        case .origin: "the answer has the o= line of the offer"
        case .mediaType(let stream): "the answer changes the media type of stream \(stream)"
        case .portForRejected(let stream): "the answer has a port for stream \(stream), offered without one"
        case .missingConnection(let stream): "no c= line for stream \(stream)"
        case .multicast(let stream): "unicast and multicast in offer and answer of stream \(stream)"
        case .multicastChanged(let stream): "the answer changes the multicast stream \(stream)"
        case .direction(let stream, let offered, let answered):
            "stream \(stream) was offered \(offered.token) and answered \(answered.token)"
        case .noCommonFormat(let stream): "no format of the offer in the answer for stream \(stream)"
        case .otherSession: "the o= line names another session than before"
        case .numberTooLarge: "a number of the o= line exceeds 63 bits"
        case .version(let previous, let next): "session version \(next) after \(previous)"
        case .changedWithoutVersion: "a changed description under the same session version"
        case .fewerMedia(let previous, let next): "\(next) m= lines after \(previous)"
        case .payloadType(let stream, let type): "payload type \(type) of stream \(stream) has got another meaning"
        }
    }
}
