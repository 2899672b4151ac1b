import Octets
import SDP
import SIP

/// Why a session description cannot be gone on with.
enum MediaFault: Error, Equatable, Sendable {
    case unreadable(SDPError)
    /// An answer that RFC 3264 forbids.
    case forbidden(OfferAnswerFault)
    case nothingInCommon
    case unexpected

    /// What an offer with this fault is refused with, RFC 3261 §21.4.26.
    var status: Status {
        switch self {
        case .unreadable: .badRequest
        case .forbidden, .nothingInCommon, .unexpected: .notAcceptableHere
        }
    }
}

extension MediaFault: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreadable(let error): "the session description cannot be read: \(error)"
        case .forbidden(let fault): "the answer does not fit the offer: \(fault)"
        case .nothingInCommon: "no audio codec in common"
        case .unexpected: "an answer to no offer"
        }
    }
}

/// The audio stream of a call at one end: what each side has described and what has come of it, RFC 3264.
struct CallMedia: Equatable, Sendable {
    /// What this side wants of the stream; the peer may want less.
    var isOnHold = false
    var preconditions: Preconditions
    /// Where audio goes to; nil before offer and answer.
    private(set) var remote: Endpoint?
    /// As this side sees it.
    private(set) var direction = MediaDirection.inactive
    /// The payload type to send, and what it stands for.
    private(set) var format: (payloadType: UInt8, codec: Codec)?
    /// The peer's new description breaks RFC 3264 §8 against its last one.
    private(set) var changeFault: OfferAnswerFault?

    private let local: Endpoint
    private let codecs: PhoneCodecs
    private let sessionID: UInt64
    private var version: UInt64 = 0
    private var own: SessionDescription?
    private var peer: SessionDescription?
    /// Our offer has no answer yet.
    private var isOffering = false
    /// The audio stream among the m= lines.
    private var index = 0

    init(at local: Endpoint, codecs: PhoneCodecs, sessionID: UInt64, preconditions: Bool) {
        self.local = local
        self.codecs = codecs
        self.sessionID = sessionID
        self.preconditions = Preconditions(isSupported: preconditions)
    }

    static func == (left: CallMedia, right: CallMedia) -> Bool {
        left.own == right.own && left.peer == right.peer && left.isOffering == right.isOffering
            && left.isOnHold == right.isOnHold && left.preconditions == right.preconditions
    }

    var isAgreed: Bool { remote != nil }
    /// The peer wants no audio from us.
    var isHeldByPeer: Bool { peer?.media(at: index).map { $0.hold != .none } ?? false }

    // MARK: Offer and answer

    /// A new offer: the first one, or the last description with what has changed since (§8).
    mutating func offer() -> [UInt8] {
        version += 1
        var description: SessionDescription
        if let own {
            description = own
            description.setSessionVersion(version)
        } else {
            description = blank
            append(codecs.formats, transport: "RTP/AVP", to: &description)
        }
        description.setDirection(isOnHold ? isHeldByPeer ? .inactive : .sendOnly : .sendAndReceive, .media(index))
        preconditions.write(to: &description, .media(index), confirms: false)
        own = description
        isOffering = true
        return description.serialized()
    }

    /// The answer to an offer of the peer's (§6): the first audio stream with a codec of ours, all others turned down.
    mutating func answer(_ body: OctetSlice) throws(MediaFault) -> [UInt8] {
        let offer = try Self.read(body)
        guard let (stream, line, formats) = try choose(from: offer) else { throw .nothingInCommon }
        note(offer)
        version += 1
        index = stream.index
        preconditions.receive(stream)
        // The virtual phone's resources are there as soon as it is known for what.
        if preconditions.isRemoteReady { preconditions.isLocalReady = true }
        var description = blank
        for offered in offer.media {
            guard offered.index == stream.index else {
                description.appendRejection(of: offered)
                continue
            }
            append(formats, transport: line.transport.equals("RTP/AVPF") ? "RTP/AVPF" : "RTP/AVP", to: &description)
        }
        let wish = stream.direction.reversed
        let answered = MediaDirection(sends: wish.sends, receives: wish.receives && !isOnHold)
        description.setDirection(answered, .media(index))
        preconditions.write(to: &description, .media(index), confirms: true)
        let streams: [NegotiatedStream]
        do throws(OfferAnswerFault) {
            streams = try offer.negotiate(answer: description)
        } catch {
            throw .forbidden(error)
        }
        own = description
        isOffering = false
        try settle(streams, theirs: stream, direction: { $0.reversed }, payloadType: { $0.offered })
        return description.serialized()
    }

    /// The peer's answer to our offer.
    mutating func accept(_ body: OctetSlice) throws(MediaFault) {
        guard isOffering, let own else { throw .unexpected }
        let answer = try Self.read(body)
        let streams: [NegotiatedStream]
        do throws(OfferAnswerFault) {
            streams = try own.negotiate(answer: answer)
        } catch {
            throw .forbidden(error)
        }
        note(answer)
        isOffering = false
        guard let theirs = answer.media(at: index) else { throw .nothingInCommon }
        preconditions.receive(theirs)
        try settle(streams, theirs: theirs, direction: { $0 }, payloadType: { $0.answered })
    }

    // MARK: Steps

    private static func read(_ body: OctetSlice) throws(MediaFault) -> SessionDescription {
        do throws(SDPError) { return try SessionDescription(parsing: body) } catch { throw .unreadable(error) }
    }

    private mutating func note(_ next: SessionDescription) {
        changeFault = nil
        do throws(OfferAnswerFault) { try peer?.check(next: next) } catch { changeFault = error }
        peer = next
    }

    private var blank: SessionDescription {
        var description = SessionDescription(
            origin: Origin(username: "-", sessionID: sessionID, sessionVersion: version, address: local.address),
            address: local.address)
        description.setBandwidth(.applicationSpecific, codecs.bandwidth, .session)
        return description
    }

    private func append(
        _ formats: [PhoneCodecs.Format], transport: StaticString, to description: inout SessionDescription
    ) {
        let level = SessionDescription.Level.media(description.mediaCount)
        description.appendMedia(
            "audio", port: local.port, transport: transport, formats: formats.map { OctetSlice("\($0.payloadType)") })
        for format in formats {
            description.addAttribute("rtpmap", OctetSlice("\(format.payloadType) \(format.encoding)"), to: level)
            if let parameters = format.parameters {
                description.addAttribute("fmtp", OctetSlice("\(format.payloadType) \(parameters)"), to: level)
            }
        }
        description.addAttribute("ptime", "20", to: level)
        description.addAttribute("maxptime", "240", to: level)
    }

    private func choose(
        from offer: SessionDescription
    ) throws(MediaFault) -> (MediaDescription, MediaLine, [PhoneCodecs.Format])? {
        for stream in offer.media where !stream.isRejected {
            let line: MediaLine
            do throws(SDPError) { line = try stream.line } catch { throw .unreadable(error) }
            guard line.type.equals("audio"), line.transport.equals("RTP/AVP") || line.transport.equals("RTP/AVPF")
            else { continue }
            let known = stream.payloadTypes
            let offered = line.formats.compactMap { format in
                known.codec(of: format).flatMap { codec in format.decimal.map { (UInt8(truncatingIfNeeded: $0), codec) }
                }
            }
            let common = codecs.formats.compactMap { mine in
                offered.first { $0.1 == mine.codec }.map { mine.as($0.0) }
            }
            if common.contains(where: { !$0.isEvents }) { return (stream, line, common) }
        }
        return nil
    }

    private mutating func settle(
        _ streams: [NegotiatedStream], theirs: MediaDescription, direction: (MediaDirection) -> MediaDirection,
        payloadType: (NegotiatedStream.Format) -> OctetSlice
    ) throws(MediaFault) {
        guard let stream = streams.first(where: { $0.index == index }), stream.isAccepted,
            let first = stream.formats.first, let codec = first.codec,
            let type = payloadType(first).decimal.flatMap({ UInt8(exactly: $0) })
        else { throw .nothingInCommon }
        do throws(SDPError) {
            guard let address = try theirs.connection?.ipAddress else { throw SDPError(.missing, .connection) }
            remote = Endpoint(address, try theirs.line.port)
        } catch {
            throw .unreadable(error)
        }
        self.direction = direction(stream.direction)
        format = (type, codec)
    }
}
