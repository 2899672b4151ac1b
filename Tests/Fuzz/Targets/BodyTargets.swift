import Octets
import SDP

/// Session descriptions. The first octet of an input says how they are changed, the rest is one, or two with a NUL between.
let bodyTargets: [FuzzTarget] = [
    FuzzTarget("sdp", seeds: descriptionSamples.map { Array($0.utf8) }) { octets in
        guard let edits = octets.first else { return }
        let texts = octets.dropFirst().split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let descriptions = texts.compactMap { text in
            checkFixedPoint("SessionDescription", Array(text)) { (try? SessionDescription(parsing: $0))?.serialized() }
            return try? SessionDescription(parsing: Array(text))
        }
        for description in descriptions {
            readEverything(description)
            change(description, edits)
        }
        guard let offer = descriptions.first, let answer = descriptions.last else { return }
        _ = try? offer.check(next: answer)
        for index in 0..<offer.mediaCount { _ = offer.holdChange(ofMedia: index, next: answer) }
        guard let streams = try? offer.negotiate(answer: answer) else { return }
        check(streams.map(\.index) == Array(0..<offer.mediaCount), "an answer has other streams than its offer")
        for stream in streams where stream.isAccepted {
            let offered = Set((try? offer.media(at: stream.index)?.line.formats) ?? [])
            check(stream.formats.allSatisfy { offered.contains($0.offered) }, "a format was never offered")
        }
    }
]

private let descriptionSamples = [
    """
    \u{7}v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\nt=0 0\r\nr=7d 1h 0 25h\r\na=sendonly\r
    m=audio 49170 RTP/AVP 0 97 101\r\na=rtpmap:97 AMR/8000\r\na=fmtp:97 mode-set=0,2\r\na=curr:qos local none\r
    a=des:qos mandatory local sendrecv\r\na=rtcp:53020 IN IP4 192.0.2.1\r\na=rtcp-fb:97 nack\r
    m=video 51372/2 RTP/SAVPF 31\r\nc=IN IP6 FF1E::1/3\r\nk=clear:a\r\na=inactive\r\n\0\
    v=0\r\no=b 2 2 IN IP6 2001:db8::1\r\ns=-\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nr=7d 1h 0 25h\r
    m=audio 5000 RTP/AVP 97\r\na=rtpmap:97 AMR/8000\r\na=recvonly\r\nm=video 0 RTP/SAVPF 31\r\n
    """
]

private func readEverything(_ description: SessionDescription) {
    _ = try? description.validate()
    _ = try? description.origin
    _ = try? description.timings
    _ = description.isHeld
    read(description.session)
    for medium in description.media {
        read(medium.section)
        _ = try? medium.line
        _ = try? medium.connection
        _ = (medium.isRejected, medium.direction, medium.hold, medium.arePreconditionsMet)
        for format in (try? medium.line.formats) ?? [] {
            _ = (medium.payloadTypes.codec(of: format), medium.parameters(of: format))
        }
    }
}

private func read(_ section: Section) {
    _ = try? section.connections
    _ = try? section.bandwidths
    _ = try? section.repeatTimes
    _ = try? section.zoneAdjustments
    _ = (section.attributes, section.encryptionKey, section.direction)
    _ = (
        section.values(of: RTPMap.self), section.values(of: FormatParameters.self), section.value(of: RTCPAddress.self)
    )
    _ = (section.values(of: DesiredStatus.self), section.values(of: CurrentStatus.self))
}

/// What a network does to a description leaves one that is as valid as before.
private func change(_ before: SessionDescription, _ edits: UInt8) {
    var description = before
    let isValid = (try? before.validate()) != nil
    let address: IPAddress = edits & 0x80 == 0 ? .v4(0xC000_0263) : .v6(0x2001_0DB8 << 32, 99)
    let last = max(description.mediaCount - 1, 0)
    if edits & 1 != 0 { description.rewriteAddresses(to: address) }
    if edits & 2 != 0 { description.redirectMedia(last, to: Endpoint(address, 4000), rtcpPort: 4001) }
    if edits & 4 != 0 {
        description.removeEncryptionKeys()
        description.setDirection(.inactive, .media(last))
        description.setBandwidth(.applicationSpecific, 64, .session)
    }
    if edits & 8 != 0 { _ = try? description.removeFormats(ofMedia: last) { format, _ in format.first == 0x39 } }
    if edits & 16 != 0 { description.rejectMedia(0) }
    if edits & 32 != 0 { description.removeMedia { $0.index == 1 } }
    if edits & 64 != 0 {
        description.addAttribute("ptime", "20", to: .session)
        description.setSessionVersion(7)
    }
    guard let again = try? SessionDescription(parsing: description.serialized()) else {
        return check(false, "a changed description is refused: \(description)")
    }
    check(again == description, "a changed description is read as another one: \(description)")
    check(!isValid || (try? again.validate()) != nil, "a valid description is not valid after \(edits): \(description)")
}
