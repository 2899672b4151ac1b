import Octets

/// What offer and answer have made of one stream, RFC 3264 §6, §7.
package struct NegotiatedStream: Sendable, Equatable {
    /// One format of both sides. For RTP their payload types may differ: each side sends with the other's.
    package struct Format: Sendable, Equatable {
        package let offered: OctetSlice
        package let answered: OctetSlice
        /// nil for what is not RTP, or has no rtpmap and no static meaning.
        package let codec: Codec?

        package init(offered: OctetSlice, answered: OctetSlice, codec: Codec? = nil) {
            self.offered = offered
            self.answered = answered
            self.codec = codec
        }
    }

    package let index: Int
    /// false for a stream whose port is zero on either side; it has no formats and is inactive.
    package let isAccepted: Bool
    /// As the offerer sees it.
    package let direction: MediaDirection
    /// In the order of the answer.
    package let formats: [Format]
}

extension NegotiatedStream {
    static func rejected(_ index: Int) -> NegotiatedStream {
        NegotiatedStream(index: index, isAccepted: false, direction: .inactive, formats: [])
    }

    static func commonFormats(
        _ offered: (MediaDescription, MediaLine), _ answered: (MediaDescription, MediaLine)
    ) -> [Format] {
        guard offered.1.isRTP, answered.1.isRTP else {
            let known = Set(offered.1.formats)
            return answered.1.formats.filter(known.contains).map { Format(offered: $0, answered: $0) }
        }
        let theirs = offered.0.payloadTypes
        let mine = answered.0.payloadTypes
        // At most 128 payload types have a meaning; whatever else stands in the lists meets only its like.
        var byCodec: [(OctetSlice, Codec)] = []
        var byNumber: Set<OctetSlice> = []
        for format in offered.1.formats where byNumber.insert(format).inserted {
            if let codec = theirs.codec(of: format) { byCodec.append((format, codec)) }
        }
        return answered.1.formats.compactMap { format in
            guard let codec = mine.codec(of: format) else {
                guard byNumber.contains(format), theirs.codec(of: format) == nil else { return nil }
                return Format(offered: format, answered: format)
            }
            // The same number first: a codec may stand in the offer twice, with different parameters.
            if byNumber.contains(format), theirs.codec(of: format) == codec {
                return Format(offered: format, answered: format, codec: codec)
            }
            return byCodec.first { $0.1 == codec }.map { Format(offered: $0.0, answered: format, codec: codec) }
        }
    }
}
