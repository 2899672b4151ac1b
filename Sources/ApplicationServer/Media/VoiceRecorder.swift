import Octets
import RTP

/// When a recording ends by itself, and what is none.
package struct RecordingLimits: Equatable, Sendable {
    package var longest: Duration
    /// So long nothing but silence ends it.
    package var silence: Duration
    /// Less speech than this is nothing.
    package var least: Duration

    package init(longest: Duration, silence: Duration, least: Duration) {
        self.longest = longest
        self.silence = silence
        self.least = least
    }
}

/// Puts what a stream receives on a time line: late packets find their place, lost ones leave silence.
///
/// The codec of the first packet is that of the recording; speech in another one is left out.
struct VoiceRecorder: Sendable {
    /// The mean of a packet's samples above which somebody speaks: 48 dB below full scale.
    private static let loudness = 128
    /// A time stamp that leads further than this from what came last begins a new reckoning: another source, a hold.
    private static let widest = 250

    private let limits: RecordingLimits
    private var codec: VoiceCodec?
    private var source: UInt32 = 0
    /// The time stamp that stands for `base`.
    private var origin: UInt32 = 0
    private var base = 0
    private var samples: [UInt8] = []
    private var frames: [AMRFrame] = []
    /// Since the beginning, of 20 ms each.
    private var elapsed = 0
    private var lastSpeech = 0
    /// Where speech begins and ends on the time line, in units of 20 ms.
    private var begin: Int?
    private var end = 0
    private var spoken = 0

    init(_ limits: RecordingLimits) { self.limits = limits }

    /// 20 ms have passed. - Returns: whether the recording has come to its end.
    mutating func tick() -> Bool {
        elapsed += 1
        return elapsed >= Self.units(limits.longest) || elapsed - lastSpeech >= Self.units(limits.silence)
    }

    mutating func receive(_ packet: RTPPacket, _ codec: VoiceCodec) {
        if self.codec == nil {
            self.codec = codec
            rebase(packet)
        }
        guard self.codec == codec else { return }
        if packet.source != source { rebase(packet) }
        switch codec {
        case .g711(let law): place(packet, law)
        case .amr(let amr, let isOctetAligned):
            guard let payload = AMRPayload(packet.payload, amr, isOctetAligned: isOctetAligned) else { return }
            place(payload.frames, amr, packet)
        }
    }

    /// From the first word to the last, half a second more at the end; nil when nothing was said.
    var recording: Recording? {
        guard let codec, let begin, spoken >= Self.units(limits.least) else { return nil }
        let (first, last) = (max(0, begin - 25), end + 25)
        switch codec {
        case .g711(let law):
            return .g711(law, Array(samples[min(first * 160, samples.count)..<min(last * 160, samples.count)]))
        case .amr(let amr, _): return .amr(amr, Array(frames[min(first, frames.count)..<min(last, frames.count)]))
        }
    }

    // MARK: Steps

    private static func units(_ span: Duration) -> Int { Int(clamping: span.wholeNanoseconds / 20_000_000) }

    /// What comes now goes on where the recording ends.
    private mutating func rebase(_ packet: RTPPacket) {
        source = packet.source
        origin = packet.timestamp
        base = length
    }

    /// Samples or frames.
    private var length: Int {
        if case .amr = codec { return frames.count }
        return samples.count
    }

    /// Where on the time line a packet belongs.
    ///
    /// - Parameters:
    ///   - unit: time stamp units of a sample or frame.
    ///   - widest: of samples or frames.
    /// - Returns: nil beyond the longest recording, and for a packet that is much too late.
    private mutating func position(_ packet: RTPPacket, unit: Int, widest: Int) -> Int? {
        var position = base + Int(Int32(bitPattern: packet.timestamp &- origin)) / unit
        if abs(position - length) > widest {
            rebase(packet)
            position = base
        }
        let room = Self.units(limits.longest) * (unit == 1 ? 160 : 1)
        return position >= 0 && position < room ? position : nil
    }

    private mutating func place(_ packet: RTPPacket, _ law: G711) {
        guard let start = position(packet, unit: 1, widest: Self.widest * 160), packet.payload.count <= 2_400 else {
            return
        }
        let missing = start + packet.payload.count - samples.count
        if missing > 0 { samples.append(contentsOf: repeatElement(law.silence, count: missing)) }
        var sum = 0
        for index in packet.payload.indices {
            let octet = packet.payload[index]
            samples[start + index - packet.payload.start] = octet
            sum += abs(Int(law.decode(octet)))
        }
        if sum > Self.loudness * packet.payload.count {
            heard(start / 160, (start + packet.payload.count + 159) / 160)
        }
    }

    private mutating func place(_ new: [AMRFrame], _ codec: AMR, _ packet: RTPPacket) {
        guard let start = position(packet, unit: Int(codec.clockRate / 50), widest: Self.widest) else { return }
        let missing = start + new.count - frames.count
        if missing > 0 { frames.append(contentsOf: repeatElement(.noData, count: missing)) }
        for (index, frame) in new.enumerated() {
            frames[start + index] = frame
            if !codec.isSilence(frame.type) { heard(start + index, start + index + 1) }
        }
    }

    private mutating func heard(_ first: Int, _ last: Int) {
        lastSpeech = elapsed
        spoken += last - first
        begin = min(begin ?? first, first)
        end = max(end, last)
    }
}
