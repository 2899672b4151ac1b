import Octets
import SDP

/// The audio codecs that a phone offers and takes.
package enum PhoneCodecs: String, CaseIterable, Sendable {
    /// What a VoLTE phone offers first: AMR-WB and AMR (RFC 4867), then G.711.
    case volte
    /// G.711 alone, which the virtual phone can also speak and hear.
    case g711

    struct Format: Sendable {
        let payloadType: UInt8
        let codec: Codec
        let encoding: String
        var parameters: String?

        init(_ payloadType: UInt8, _ name: String, _ clockRate: UInt32, _ parameters: String? = nil) {
            self.payloadType = payloadType
            codec = Codec(name: OctetSlice(name), clockRate: clockRate)
            encoding = "\(name)/\(clockRate)"
            self.parameters = parameters
        }

        private init(_ payloadType: UInt8, _ other: Format) {
            self.payloadType = payloadType
            codec = other.codec
            encoding = other.encoding
            parameters = other.parameters
        }

        /// RFC 3264 §6.1: the answer keeps the offer's numbers.
        func `as`(_ payloadType: UInt8) -> Format { Format(payloadType, self) }

        /// RFC 4733: keys pressed, no audio.
        var isEvents: Bool { encoding.hasPrefix("telephone-event") }
    }

    /// In order of preference.
    var formats: [Format] { self == .volte ? Self.volteFormats : Self.g711Formats }

    /// b=AS of the session, kbit/s.
    var bandwidth: UInt64 { self == .volte ? 49 : 80 }

    private static let g711Formats = [
        Format(8, "PCMA", 8000), Format(0, "PCMU", 8000), Format(101, "telephone-event", 8000, "0-15"),
    ]
    private static let volteFormats =
        [
            Format(104, "AMR-WB", 16000, "mode-change-capability=2;max-red=220"),
            Format(102, "AMR", 8000, "mode-change-capability=2;max-red=220"),
        ] + g711Formats
}
