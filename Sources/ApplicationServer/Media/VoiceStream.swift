import IMS
import Octets
import RTP

/// The server's end of a call's audio: plays what it is told to, records what it hears, tells the keys that are pressed.
///
/// Nothing is mixed and nothing decoded but G.711: speech in AMR goes into its recording and out of it frame by frame.
package struct VoiceStream: MediaStream {
    package static let interval = Duration.milliseconds(20)

    package enum Order: Equatable, Sendable {
        /// In the place of what is being played; `.played` tells the end by this number.
        case play([Clip], Int)
        case record(RecordingLimits)
        /// Ends the recording.
        case stop
        /// Offer and answer have changed the formats.
        case use(VoiceFormats)
    }

    package enum Event: Equatable, Sendable {
        case played(Int)
        case pressed(Key)
        /// nil when nothing was said.
        case recorded(Recording?)
    }

    private var formats: VoiceFormats
    private let source: UInt32
    private let firstTimestamp: UInt32
    private var sequence: UInt16
    /// Of 20 ms each.
    private var elapsed: UInt32 = 0
    private var clips: [Clip] = []
    /// How far the first of them has been played, in units of 20 ms.
    private var position = 0
    private var isPlaying = false
    private var turn = 0
    private var isTalking = false
    private var recorder: VoiceRecorder?
    private var keys = KeyReceiver()
    private var events: [Event] = []

    package init(_ formats: VoiceFormats, entropy: inout Entropy) {
        self.formats = formats
        source = entropy.next32()
        firstTimestamp = entropy.next32()
        sequence = UInt16(truncatingIfNeeded: entropy.next32())
    }

    package mutating func take(_ order: Order) {
        switch order {
        case .play(let clips, let turn):
            self.clips = clips
            self.turn = turn
            position = 0
            isPlaying = true
        case .record(let limits): recorder = VoiceRecorder(limits)
        case .stop: endRecording()
        case .use(let formats): self.formats = formats
        }
    }

    package mutating func takeEvents() -> [Event] {
        defer { events.removeAll() }
        return events
    }

    /// The call is over: what has been recorded by now.
    package mutating func finish() -> Recording? {
        defer { recorder = nil }
        return recorder?.recording
    }

    // MARK: Media

    package mutating func receive(_ octets: [UInt8]) {
        guard let packet = RTPPacket(octets) else { return }
        if packet.payloadType == formats.events {
            if let key = keys.receive(packet), events.count < 16 { events.append(.pressed(key)) }
            return
        }
        guard let format = formats.speech.first(where: { $0.received == packet.payloadType }) else { return }
        recorder?.receive(packet, format.codec)
    }

    package mutating func next() -> [UInt8]? {
        elapsed &+= 1
        if recorder?.tick() == true { endRecording() }
        // Who holds us hears nothing, and misses nothing.
        guard formats.maySend else { return nil }
        var octets: [UInt8]?
        switch played() {
        case .packet(let packet): octets = packet
        case .nothing: break
        case .silence: octets = silence()
        }
        if octets == nil { isTalking = false }
        return octets
    }

    // MARK: Steps

    private mutating func endRecording() {
        guard let recorder else { return }
        self.recorder = nil
        events.append(.recorded(recorder.recording))
    }

    /// What is sent in these 20 ms.
    private enum Turn {
        case packet([UInt8])
        /// Between frames of AMR: silence of another codec does not go there.
        case nothing
        case silence
    }

    private mutating func played() -> Turn {
        guard isPlaying else { return .silence }
        while let clip = clips.first {
            switch clip {
            case .tone(let frequency, let milliseconds) where position < milliseconds / 20:
                defer { position += 1 }
                guard let own = formats.own else { return .silence }
                let samples = Tone(frequency: Double(frequency)).samples(160, from: position * 160)
                return .packet(packet(samples.map(own.law.encode), own.payloadType, 160))
            case .silence(let milliseconds) where position < milliseconds / 20:
                position += 1
                return .silence
            case .recording(let recording) where position < units(recording):
                defer { position += 1 }
                return packet(of: recording).map(Turn.packet) ?? .nothing
            case .tone, .silence, .recording:
                clips.removeFirst()
                position = 0
            }
        }
        isPlaying = false
        events.append(.played(turn))
        return .silence
    }

    private func units(_ recording: Recording) -> Int {
        guard formats.canPlay(recording) else { return 0 }
        switch recording {
        case .g711(_, let samples): return (samples.count + 159) / 160
        case .amr(_, let frames): return frames.count
        }
    }

    private mutating func packet(of recording: Recording) -> [UInt8]? {
        switch recording {
        case .g711(let law, let samples):
            guard let own = formats.own else { return nil }
            let part = Array(samples[position * 160..<min(position * 160 + 160, samples.count)])
            return packet(law.convert(part, to: own.law), own.payloadType, 160)
        case .amr(let codec, let frames):
            guard let format = formats.amr(codec), frames[position].type != AMR.noData else { return nil }
            let payload = AMRPayload([frames[position]])
            return packet(
                payload.octets(codec, isOctetAligned: format.isOctetAligned), format.payloadType, codec.clockRate / 50)
        }
    }

    /// A packet of silence keeps the way open for what comes back; only where we can make one.
    private mutating func silence() -> [UInt8]? {
        guard let own = formats.own else { return nil }
        return packet([UInt8](repeating: own.law.silence, count: 160), own.payloadType, 160)
    }

    private mutating func packet(_ payload: [UInt8], _ payloadType: UInt8, _ ticks: UInt32) -> [UInt8] {
        defer {
            sequence &+= 1
            isTalking = true
        }
        return RTPPacket(
            payloadType: payloadType, isMarked: !isTalking, sequence: sequence,
            timestamp: firstTimestamp &+ elapsed &* ticks, source: source, payload: OctetSlice(payload)
        ).octets
    }
}
