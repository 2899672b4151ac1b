import Octets

extension SessionDescription {
    /// Takes this description as an offer and checks an answer against it, RFC 3264 §6.
    ///
    /// - Returns: what has become of each stream, in order.
    package func negotiate(answer: SessionDescription) throws(OfferAnswerFault) -> [NegotiatedStream] {
        guard answer.mediaCount == mediaCount else {
            throw .mediaCount(offered: mediaCount, answered: answer.mediaCount)
        }
        guard session.values(of: .timing) == answer.session.values(of: .timing) else { throw .timing }
        guard self == answer || session.value(of: .origin) != answer.session.value(of: .origin) else { throw .origin }
        var streams: [NegotiatedStream] = []
        streams.reserveCapacity(mediaCount)
        let answers = answer.media
        for offered in media { streams.append(try Self.negotiate(offered, answers[offered.index])) }
        return streams
    }

    private static func negotiate(
        _ offered: MediaDescription, _ answered: MediaDescription
    ) throws(OfferAnswerFault) -> NegotiatedStream {
        let index = offered.index
        let offer: (line: MediaLine, connection: Connection?)
        let answer: (line: MediaLine, connection: Connection?)
        do throws(SDPError) {
            offer = (try offered.line, try offered.connection)
            answer = (try answered.line, try answered.connection)
        } catch {
            throw .unreadable(error)
        }
        guard offer.line.type == answer.line.type else { throw .mediaType(stream: index) }
        if offered.isRejected {
            guard answered.isRejected else { throw .portForRejected(stream: index) }
            return .rejected(index)
        }
        guard !answered.isRejected else { return .rejected(index) }
        guard let theirs = offer.connection, let mine = answer.connection else {
            throw .missingConnection(stream: index)
        }
        guard theirs.isMulticast == mine.isMulticast else { throw .multicast(stream: index) }
        let directions = (offered.direction, answered.direction)
        let formats = NegotiatedStream.commonFormats((offered, offer.line), (answered, answer.line))
        if theirs.isMulticast {
            // §6.2: one view of the stream for all, and no format beyond those offered.
            guard theirs == mine, offer.line.port == answer.line.port, directions.0 == directions.1,
                formats.count == answer.line.formats.count
            else { throw .multicastChanged(stream: index) }
            return NegotiatedStream(index: index, isAccepted: true, direction: directions.0, formats: formats)
        }
        guard directions.0.isAnswerable(by: directions.1) else {
            throw .direction(stream: index, offered: directions.0, answered: directions.1)
        }
        guard !formats.isEmpty else { throw .noCommonFormat(stream: index) }
        return NegotiatedStream(index: index, isAccepted: true, direction: directions.1.reversed, formats: formats)
    }
}
