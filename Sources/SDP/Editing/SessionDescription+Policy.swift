import Octets

// What a network does to a session description that asks for more than it allows.
extension SessionDescription {
    /// Port zero, RFC 3264 §6, §8.2. The formats stay, of which SDP wants at least one.
    package mutating func rejectMedia(_ index: Int) { setPort(0, ofMedia: index) }

    /// Takes whole media descriptions out. Only for an offer that nobody has seen yet: later the number of m= lines
    /// never decreases (RFC 3264 §8); there `rejectMedia` is right.
    ///
    /// - Returns: how many went.
    @discardableResult
    package mutating func removeMedia(where isUnwanted: (MediaDescription) -> Bool) -> Int {
        let unwanted = media.filter(isUnwanted).map(\.index)
        guard !unwanted.isEmpty else { return 0 }
        var kept: [Line] = []
        kept.reserveCapacity(lines.count)
        kept += lines[range(.session)]
        var starts: [Int] = []
        var next = 0
        for index in mediaStarts.indices {
            if next < unwanted.count, unwanted[next] == index {
                next += 1
                continue
            }
            starts.append(kept.count)
            kept += lines[mediaRange(index)]
        }
        lines = kept
        mediaStarts = starts
        return unwanted.count
    }

    /// Takes formats out of a stream: from its m= line, with the rtpmap, fmtp and rtcp-fb that speak of them. When none
    /// would be left the stream is rejected instead and keeps them.
    ///
    /// - Returns: how many formats are left, zero when the stream was rejected.
    @discardableResult
    package mutating func removeFormats(
        ofMedia index: Int, where isUnwanted: (OctetSlice, Codec?) -> Bool
    ) throws(SDPError) -> Int {
        guard let medium = media(at: index) else { return 0 }
        let line = try medium.line
        let payloadTypes = line.isRTP ? medium.payloadTypes : nil
        var kept: [OctetSlice] = []
        var removed: Set<OctetSlice> = []
        for format in line.formats {
            if isUnwanted(format, payloadTypes?.codec(of: format)) {
                removed.insert(format)
            } else {
                kept.append(format)
            }
        }
        guard !removed.isEmpty else { return kept.count }
        guard !kept.isEmpty else {
            rejectMedia(index)
            return 0
        }
        let text = try medium.section.read(.media) { $0 } ?? OctetSlice()
        replace(mediaStarts[index]) {
            $0.write(text[text.start..<line.formatList.start])
            for (offset, format) in kept.enumerated() {
                if offset > 0 { $0.write(ASCII.space) }
                $0.write(format)
            }
        }
        removeLines(.media(index)) { line, octets in
            line.formatSpokenOf(in: octets).map(removed.contains) ?? false
        }
        return kept.count
    }
}

extension SessionDescription.Line {
    /// The format that an rtpmap, fmtp or rtcp-fb is about.
    fileprivate func formatSpokenOf(in octets: [UInt8]) -> OctetSlice? {
        guard
            isAttribute("rtpmap", in: octets) || isAttribute("fmtp", in: octets) || isAttribute("rtcp-fb", in: octets),
            let value = Attribute(OctetSlice(octets, value))?.value
        else { return nil }
        var fields = FieldScanner(value)
        return fields.next()
    }
}
