import RTP

/// How speech travels.
package enum VoiceCodec: Hashable, Sendable {
    case g711(G711)
    /// Octet-aligned or bandwidth-efficient, RFC 4867 §8.1 (not at hand).
    case amr(AMR, isOctetAligned: Bool)

    /// RTP timestamp units that 20 ms are.
    var ticks: UInt32 {
        switch self {
        case .g711: 160
        case .amr(let codec, _): codec.clockRate / 50
        }
    }
}

/// What offer and answer have made of a call's audio.
package struct VoiceFormats: Equatable, Sendable {
    package struct Format: Equatable, Sendable {
        package var codec: VoiceCodec
        /// The payload type that we send, and that we receive.
        package var sent: UInt8
        package var received: UInt8

        package init(_ codec: VoiceCodec, sent: UInt8, received: UInt8) {
            self.codec = codec
            self.sent = sent
            self.received = received
        }
    }

    /// In the order of preference; never empty.
    package var speech: [Format]
    /// The payload type of keys that come (RFC 4733); nil when they were not agreed on.
    package var events: UInt8?
    /// The peer wants to hear us: it has not put us on hold (RFC 3264 §8.4).
    package var maySend: Bool

    package init(_ speech: [Format], events: UInt8?, maySend: Bool = true) {
        self.speech = speech
        self.events = events
        self.maySend = maySend
    }

    /// The first that can carry what we make ourselves: tones, silence, G.711.
    var own: (law: G711, payloadType: UInt8)? {
        for format in speech { if case .g711(let law) = format.codec { return (law, format.sent) } }
        return nil
    }

    func amr(_ codec: AMR) -> (isOctetAligned: Bool, payloadType: UInt8)? {
        for format in speech {
            if case .amr(codec, let isOctetAligned) = format.codec { return (isOctetAligned, format.sent) }
        }
        return nil
    }

    /// Whether a recording can be heard in this call: AMR is not decoded here.
    func canPlay(_ recording: Recording) -> Bool {
        switch recording {
        case .g711: own != nil
        case .amr(let codec, _): amr(codec) != nil
        }
    }
}
