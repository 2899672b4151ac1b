import RTP

/// Speech as it was received.
package enum Recording: Equatable, Sendable {
    /// 8,000 samples a second.
    case g711(G711, [UInt8])
    /// A frame for each 20 ms.
    case amr(AMR, [AMRFrame])

    package var milliseconds: Int {
        switch self {
        case .g711(_, let samples): samples.count / 8
        case .amr(_, let frames): frames.count * 20
        }
    }

    /// As a file: WAVE, or what RFC 4867 §5 lays down.
    package var file: [UInt8] {
        switch self {
        case .g711(let law, let samples): WAVE.file(samples, law)
        case .amr(let codec, let frames): codec.file(frames)
        }
    }

    /// The ending of its file's name.
    package var fileExtension: String {
        switch self {
        case .g711: "wav"
        case .amr(.narrowband, _): "amr"
        case .amr(.wideband, _): "awb"
        }
    }

    /// nil for a file of another kind.
    package init?(file octets: [UInt8]) {
        for codec in [AMR.narrowband, .wideband] {
            if let frames = codec.frames(ofFile: octets) {
                self = .amr(codec, frames)
                return
            }
        }
        guard let samples = WAVE.samples(octets, as: .aLaw) else { return nil }
        self = .g711(.aLaw, samples)
    }
}

/// Something to be played.
package enum Clip: Equatable, Sendable {
    /// Hz, milliseconds.
    case tone(Int, Int)
    /// Milliseconds.
    case silence(Int)
    case recording(Recording)
}
