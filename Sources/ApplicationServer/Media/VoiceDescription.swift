import Octets
import RTP
import SDP

/// The session description of a call whose audio this server plays and records, RFC 3264: G.711, AMR in both band widths as
/// it comes, keys by RFC 4733.
struct VoiceDescription: Sendable {
    private(set) var formats: VoiceFormats?
    /// Where our audio goes to.
    private(set) var remote: Endpoint?
    private let local: Endpoint
    private let sessionID: UInt64
    private var version: UInt64 = 0
    /// Of ours that has no answer yet.
    private var offer: SessionDescription?

    init(at local: Endpoint, sessionID: UInt64) {
        self.local = local
        self.sessionID = sessionID
    }

    /// The answer to an offer: the first audio stream in which we have a codec of speech; all others are turned down.
    ///
    /// - Returns: nil when there is none, or the offer cannot be read: 488.
    mutating func answer(_ body: OctetSlice) -> [UInt8]? {
        do throws(SDPError) {
            let offer = try SessionDescription(parsing: body)
            guard let (stream, line, choices) = try Self.choose(from: offer) else { return nil }
            guard let address = try stream.connection?.ipAddress else { return nil }
            var answer = blank()
            for offered in offer.media {
                guard offered.index == stream.index else {
                    answer.appendRejection(of: offered)
                    continue
                }
                append(choices, line.transport.equals("RTP/AVPF") ? "RTP/AVPF" : "RTP/AVP", to: &answer)
                answer.setDirection(stream.direction.reversed, .media(stream.index))
            }
            take(choices, at: Endpoint(address, line.port), stream.direction)
            self.offer = nil
            return answer.serialized()
        } catch {
            return nil
        }
    }

    /// An offer of ours, where the caller made none.
    mutating func makeOffer() -> [UInt8] {
        var description = blank()
        append(Self.ownChoices, "RTP/AVP", to: &description)
        description.setDirection(.sendAndReceive, .media(0))
        offer = description
        return description.serialized()
    }

    /// The answer to our offer. - Returns: false when no audio comes of it.
    mutating func accept(_ body: OctetSlice) -> Bool {
        guard let offer else { return false }
        self.offer = nil
        do {
            let answer = try SessionDescription(parsing: body)
            let streams = try offer.negotiate(answer: answer)
            guard let stream = streams.first, stream.isAccepted, let theirs = answer.media(at: 0),
                let address = try theirs.connection?.ipAddress
            else { return false }
            var choices: [Choice] = []
            for format in stream.formats {
                guard var choice = Self.ownChoices.first(where: { OctetSlice("\($0.received)") == format.offered }),
                    let sent = format.answered.decimal.flatMap({ UInt8(exactly: $0) })
                else { continue }
                choice.sent = sent
                choices.append(choice)
            }
            guard choices.contains(where: { $0.codec != nil }) else { return false }
            take(choices, at: Endpoint(address, try theirs.line.port), theirs.direction)
            return true
        } catch {
            return false
        }
    }

    // MARK: Steps

    /// A payload type with its meaning.
    private struct Choice {
        var sent: UInt8
        var received: UInt8
        /// nil for keys.
        var codec: VoiceCodec?
        var encoding: String
        var parameters: String?
    }

    private static let ownChoices = [
        Choice(sent: 8, received: 8, codec: .g711(.aLaw), encoding: "PCMA/8000"),
        Choice(sent: 0, received: 0, codec: .g711(.muLaw), encoding: "PCMU/8000"),
        Choice(sent: 101, received: 101, encoding: "telephone-event/8000", parameters: "0-15"),
    ]

    /// - Parameter direction: as the peer sees it.
    private mutating func take(_ choices: [Choice], at endpoint: Endpoint, _ direction: MediaDirection) {
        let speech = choices.compactMap { choice in
            choice.codec.map { VoiceFormats.Format($0, sent: choice.sent, received: choice.received) }
        }
        formats = VoiceFormats(
            speech, events: choices.first { $0.codec == nil }?.received, maySend: direction.receives)
        remote = endpoint
    }

    private static func choose(
        from offer: SessionDescription
    ) throws(SDPError) -> (MediaDescription, MediaLine, [Choice])? {
        for stream in offer.media where !stream.isRejected {
            let line = try stream.line
            guard line.type.equals("audio"), line.transport.equals("RTP/AVP") || line.transport.equals("RTP/AVPF")
            else { continue }
            let types = stream.payloadTypes
            let choices = line.formats.compactMap { format -> Choice? in
                guard let codec = types.codec(of: format), codec.channels == 1,
                    let number = format.decimal.flatMap({ UInt8(exactly: $0) })
                else { return nil }
                return choice(codec, number, stream.parameters(of: format)?.text.string ?? "")
            }
            if choices.contains(where: { $0.codec != nil }) { return (stream, line, choices) }
        }
        return nil
    }

    private static func choice(_ codec: Codec, _ number: UInt8, _ parameters: String) -> Choice? {
        let name = codec.name.string.uppercased()
        switch (name, codec.clockRate) {
        case ("PCMA", 8_000): return Choice(sent: number, received: number, codec: .g711(.aLaw), encoding: "PCMA/8000")
        case ("PCMU", 8_000): return Choice(sent: number, received: number, codec: .g711(.muLaw), encoding: "PCMU/8000")
        case ("TELEPHONE-EVENT", 8_000):
            return Choice(sent: number, received: number, encoding: "telephone-event/8000", parameters: "0-15")
        case ("AMR", 8_000), ("AMR-WB", 16_000):
            let words = parameters.split(separator: ";").map { OctetSlice(String($0)).trimmed.string.lowercased() }
            // RFC 4867 §8.1: what changes the payload beyond what is read here.
            let others = ["crc=1", "robust-sorting=1", "interleaving"]
            guard !words.contains(where: { word in others.contains { word.hasPrefix($0) } }) else { return nil }
            let isOctetAligned = words.contains("octet-align=1")
            return Choice(
                sent: number, received: number,
                codec: .amr(name == "AMR" ? .narrowband : .wideband, isOctetAligned: isOctetAligned),
                encoding: "\(name)/\(codec.clockRate)", parameters: isOctetAligned ? "octet-align=1" : nil)
        default: return nil
        }
    }

    private mutating func blank() -> SessionDescription {
        version += 1
        return SessionDescription(
            origin: Origin(username: "-", sessionID: sessionID, sessionVersion: version, address: local.address),
            address: local.address)
    }

    private func append(_ choices: [Choice], _ transport: StaticString, to description: inout SessionDescription) {
        let level = SessionDescription.Level.media(description.mediaCount)
        description.appendMedia(
            "audio", port: local.port, transport: transport, formats: choices.map { OctetSlice("\($0.received)") })
        for choice in choices {
            description.addAttribute("rtpmap", OctetSlice("\(choice.received) \(choice.encoding)"), to: level)
            if let parameters = choice.parameters {
                description.addAttribute("fmtp", OctetSlice("\(choice.received) \(parameters)"), to: level)
            }
        }
        description.addAttribute("ptime", "20", to: level)
    }
}
