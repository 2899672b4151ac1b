import Octets

/// `a=rtpmap`, RFC 8866 §6.6: what a payload type stands for.
package struct RTPMap: AttributeValue, Equatable {
    package static var attributeName: StaticString { "rtpmap" }

    /// 0 to 127.
    package let payloadType: UInt8
    package let codec: Codec

    package init?(_ value: OctetSlice) {
        var fields = FieldScanner(value)
        guard let payloadType = fields.next()?.decimal.flatMap({ UInt8(exactly: $0) }), payloadType < 128,
            let codec = fields.last().flatMap(Codec.init)
        else { return nil }
        self.payloadType = payloadType
        self.codec = codec
    }
}

/// An encoding with its clock rate, RFC 8866 §6.6; names are compared without case (§5.14).
package struct Codec: Sendable, Equatable {
    package let name: OctetSlice
    package let clockRate: UInt32
    /// 1 when nothing is said.
    package let channels: UInt32

    package init(name: OctetSlice, clockRate: UInt32, channels: UInt32 = 1) {
        self.name = name
        self.clockRate = clockRate
        self.channels = channels
    }

    /// `name/clock[/channels]`
    package init?(_ text: OctetSlice) {
        let (name, rest) = text.split(at: UInt8(ascii: "/"))
        guard name.isToken, let (clock, parameters) = rest?.split(at: UInt8(ascii: "/")),
            let clockRate = clock.decimal.flatMap({ UInt32(exactly: $0) }), clockRate > 0
        else { return nil }
        var channels: UInt32 = 1
        if let parameters {
            guard let number = parameters.decimal.flatMap({ UInt32(exactly: $0) }), number > 0 else { return nil }
            channels = number
        }
        self.init(name: name, clockRate: clockRate, channels: channels)
    }

    package static func == (left: Codec, right: Codec) -> Bool {
        left.name.equalsIgnoringCase(right.name) && left.clockRate == right.clockRate
            && left.channels == right.channels
    }

    /// What a payload type means without an rtpmap: tables 4 and 5 of RFC 3551 §6.
    package init?(staticPayloadType type: UInt8) {
        let name: OctetSlice
        var clockRate: UInt32 = 8000
        var channels: UInt32 = 1
        switch type {
        case 0: name = "PCMU"
        case 3: name = "GSM"
        case 4: name = "G723"
        case 5: name = "DVI4"
        case 6: (name, clockRate) = ("DVI4", 16000)
        case 7: name = "LPC"
        case 8: name = "PCMA"
        case 9: name = "G722"
        case 10: (name, clockRate, channels) = ("L16", 44100, 2)
        case 11: (name, clockRate) = ("L16", 44100)
        case 12: name = "QCELP"
        case 13: name = "CN"
        case 14: (name, clockRate) = ("MPA", 90000)
        case 15: name = "G728"
        case 16: (name, clockRate) = ("DVI4", 11025)
        case 17: (name, clockRate) = ("DVI4", 22050)
        case 18: name = "G729"
        case 25: (name, clockRate) = ("CelB", 90000)
        case 26: (name, clockRate) = ("JPEG", 90000)
        case 28: (name, clockRate) = ("nv", 90000)
        case 31: (name, clockRate) = ("H261", 90000)
        case 32: (name, clockRate) = ("MPV", 90000)
        case 33: (name, clockRate) = ("MP2T", 90000)
        case 34: (name, clockRate) = ("H263", 90000)
        default: return nil
        }
        self.init(name: name, clockRate: clockRate, channels: channels)
    }
}

/// What the payload types of one stream stand for: by its rtpmap attributes, or else by the static types of RFC 3551.
/// Made once and asked for every format, so that many of both cost no more than their sum.
package struct PayloadTypes: Sendable {
    /// By payload type; of two rtpmaps for one the first counts (RFC 8866 §6.6 allows one).
    private var mapped: [Codec?] = Array(repeating: nil, count: 128)

    init(_ section: Section) {
        for map in section.values(of: RTPMap.self) where mapped[Int(map.payloadType)] == nil {
            mapped[Int(map.payloadType)] = map.codec
        }
    }

    /// nil for what is no payload type, and for one without meaning.
    package func codec(of format: OctetSlice) -> Codec? {
        guard let type = Self.number(format) else { return nil }
        return mapped[Int(type)] ?? Codec(staticPayloadType: type)
    }

    /// The payload types that an rtpmap gives a meaning.
    var mappings: [(payloadType: UInt8, codec: Codec)] {
        mapped.indices.compactMap { index in mapped[index].map { (UInt8(index), $0) } }
    }

    private static func number(_ format: OctetSlice) -> UInt8? {
        format.decimal.flatMap { UInt8(exactly: $0) }.flatMap { $0 < 128 ? $0 : nil }
    }
}

/// `a=fmtp`, RFC 8866 §6.15: parameters of one format, separated by semicolons as far as its media type has them so.
package struct FormatParameters: AttributeValue, Equatable {
    package static var attributeName: StaticString { "fmtp" }

    package let format: OctetSlice
    package let text: OctetSlice

    package init?(_ value: OctetSlice) {
        var fields = FieldScanner(value)
        guard let format = fields.next(), !fields.isAtEnd else { return nil }
        self.format = format
        text = fields.rest
    }

    /// The value of a `name=value` parameter, empty for a name alone; names without case (§5.14). nil when missing.
    package subscript(_ name: StaticString) -> OctetSlice? {
        var rest: OctetSlice? = text
        while let part = rest {
            let (parameter, tail) = part.split(at: UInt8(ascii: ";"))
            let (found, value) = parameter.trimmed.split(at: UInt8(ascii: "="))
            if found.trimmed.equalsIgnoringCase(name) { return value?.trimmed ?? OctetSlice() }
            rest = tail
        }
        return nil
    }
}
