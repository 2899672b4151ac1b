import Octets
import SDP
import Testing

/// The descriptions of RFC 3264 §10.
private enum Exchange {
    static let aliceOffer = description(
        "alice 2890844526 2890844526 IN IP4 host.anywhere.com",
        "m=audio 49170 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "m=video 51372 RTP/AVP 31", "a=rtpmap:31 H261/90000",
        "m=video 53000 RTP/AVP 32", "a=rtpmap:32 MPV/90000")
    static let bobAnswer = description(
        "bob 2890844730 2890844730 IN IP4 host.example.com",
        "m=audio 49920 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "m=video 0 RTP/AVP 31", "m=video 53000 RTP/AVP 32",
        "a=rtpmap:32 MPV/90000")
    static let bobOffer = description(
        "bob 2890844730 2890844731 IN IP4 host.example.com",
        "m=audio 65422 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "m=video 0 RTP/AVP 31", "m=video 53000 RTP/AVP 32",
        "a=rtpmap:32 MPV/90000", "m=audio 51434 RTP/AVP 110", "a=rtpmap:110 telephone-events/8000", "a=recvonly")
    static let aliceAnswer = description(
        "alice 2890844526 2890844527 IN IP4 host.anywhere.com",
        "m=audio 49170 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "m=video 0 RTP/AVP 31", "a=rtpmap:31 H261/90000",
        "m=video 53000 RTP/AVP 32", "a=rtpmap:32 MPV/90000", "m=audio 53122 RTP/AVP 110",
        "a=rtpmap:110 telephone-events/8000", "a=sendonly")

    /// §10.2.
    static let firstOffer = description(
        "alice 2890844526 2890844526 IN IP4 host.anywhere.com",
        "m=audio 62986 RTP/AVP 0 4 18", "a=rtpmap:0 PCMU/8000", "a=rtpmap:4 G723/8000", "a=rtpmap:18 G729/8000",
        "a=inactive")
    static let firstAnswer = description(
        "bob 2890844730 2890844731 IN IP4 host.example.com",
        "m=audio 54344 RTP/AVP 0 4", "a=rtpmap:0 PCMU/8000", "a=rtpmap:4 G723/8000", "a=inactive")
    static let secondOffer = description(
        "alice 2890844526 2890844527 IN IP4 host.anywhere.com",
        "m=audio 62986 RTP/AVP 4", "a=rtpmap:4 G723/8000", "a=sendrecv")
    static let secondAnswer = description(
        "bob 2890844730 2890844732 IN IP4 host.example.com",
        "m=audio 54344 RTP/AVP 4", "a=rtpmap:4 G723/8000", "a=sendrecv")

    static func description(_ origin: String, _ media: String...) -> String {
        let host = origin.split(separator: " ").last ?? ""
        return (["v=0", "o=" + origin, "s=", "c=IN IP4 \(host)", "t=0 0"] + media).joined(separator: "\n")
    }
}

@Suite("RFC 3264: offer and answer")
struct OfferAnswerTests {
    @Test("RFC 3264 §10.1: the basic exchange")
    func basic() throws {
        let offer = try described(Exchange.aliceOffer)
        let answer = try described(Exchange.bobAnswer)
        let streams = try offer.negotiate(answer: answer)
        #expect(streams.map(\.isAccepted) == [true, false, true])
        #expect(streams.map(\.direction) == [.sendAndReceive, .inactive, .sendAndReceive])
        #expect(
            streams.map(\.formats) == [
                [.init(offered: "0", answered: "0", codec: Codec(name: "PCMU", clockRate: 8000))], [],
                [.init(offered: "32", answered: "32", codec: Codec(name: "MPV", clockRate: 90000))],
            ])
        let next = try described(Exchange.bobOffer)
        try answer.check(next: next)
        let last = try described(Exchange.aliceAnswer)
        try offer.check(next: last)
        let again = try next.negotiate(answer: last)
        #expect(again.map(\.isAccepted) == [true, false, true, true])
        // Bob receives only.
        #expect(again[3].direction == .receiveOnly)
    }

    @Test("RFC 3264 §10.2: one of N codecs")
    func oneOfMany() throws {
        let offer = try described(Exchange.firstOffer)
        let answer = try described(Exchange.firstAnswer)
        let streams = try offer.negotiate(answer: answer)
        #expect(streams.map(\.direction) == [.inactive])
        #expect(streams[0].formats.map(\.answered) == ["0", "4"])
        let nextOffer = try described(Exchange.secondOffer)
        let nextAnswer = try described(Exchange.secondAnswer)
        try offer.check(next: nextOffer)
        try answer.check(next: nextAnswer)
        let locked = try nextOffer.negotiate(answer: nextAnswer)
        #expect(locked.map(\.direction) == [.sendAndReceive])
        #expect(locked[0].formats.map { $0.codec?.name } == ["G723"])
        #expect(offer.holdChange(ofMedia: 0, next: nextOffer) == .resumed)
        #expect(nextOffer.holdChange(ofMedia: 0, next: offer) == .held)
    }

    private static let offered = Exchange.aliceOffer

    @Test(
        "RFC 3264 §6: what an answer must not do",
        arguments: [
            (
                "m=video 53000 RTP/AVP 32\na=rtpmap:32 MPV/90000", "",
                OfferAnswerFault.mediaCount(offered: 3, answered: 2)
            ),
            ("t=0 0", "t=1 0", .timing),
            ("m=audio 49920", "m=text 49920", .mediaType(stream: 0)),
            ("c=IN IP4 host.example.com\n", "", .missingConnection(stream: 0)),
            ("c=IN IP4 host.example.com", "c=IN IP4 233.252.0.1/127", .multicast(stream: 0)),
            ("RTP/AVP 0\na=rtpmap:0 PCMU/8000", "RTP/AVP 8", .noCommonFormat(stream: 0)),
            ("a=rtpmap:0 PCMU/8000", "a=rtpmap:0 PCMU/16000", .noCommonFormat(stream: 0)),
            ("m=audio 49920", "m=audio 99999", .unreadable(SDPError(.malformed, .media, line: 6))),
            (
                "o=bob 2890844730 2890844730 IN IP4 host.example.com",
                "o=alice 2890844526 2890844526 IN IP4 host.anywhere.com", .origin
            ),
        ])
    func wrongAnswers(part: String, change: String, fault: OfferAnswerFault) throws {
        try #require(Exchange.bobAnswer.contains(part))
        let offer = try described(Self.offered)
        var text = Exchange.bobAnswer.replacing(part, with: change)
        if text.hasSuffix("\n") { text.removeLast() }
        let answer = try described(text)
        #expect(throws: fault) { try offer.negotiate(answer: answer) }
    }

    /// The table of §6.1: rows are the offered directions, columns the answered ones.
    @Test("RFC 3264 §6.1: directions")
    func directions() {
        let all: [MediaDirection] = [.sendAndReceive, .sendOnly, .receiveOnly, .inactive]
        let allowed: [MediaDirection: [MediaDirection]] = [
            .sendAndReceive: all, .sendOnly: [.receiveOnly, .inactive], .receiveOnly: [.sendOnly, .inactive],
            .inactive: [.inactive],
        ]
        for offered in all {
            for answered in all {
                #expect(
                    offered.isAnswerable(by: answered) == allowed[offered]?.contains(answered),
                    "\(offered) answered \(answered)")
            }
        }
    }

    @Test("RFC 3264 §6.1: sendonly answered sendrecv is refused; §8.2: port zero stays zero")
    func directionAndPort() throws {
        let offer = try described(Sample.phone.replacing("a=sendrecv", with: "a=sendonly"))
        var answer = offer
        answer.setOrigin(Origin(username: "b", sessionID: 1, sessionVersion: 1, address: .loopback))
        answer.setDirection(.receiveOnly, .media(0))
        answer.setDirection(.sendAndReceive, .media(1))
        let fault = OfferAnswerFault.direction(stream: 1, offered: .sendOnly, answered: .sendAndReceive)
        #expect(throws: fault) { try offer.negotiate(answer: answer) }
        answer.rejectMedia(1)
        #expect(try offer.negotiate(answer: answer).map(\.direction) == [.sendOnly, .inactive])
        var removed = offer
        removed.rejectMedia(0)
        #expect(throws: OfferAnswerFault.portForRejected(stream: 0)) { try removed.negotiate(answer: answer) }
    }

    @Test("RFC 3264 §5.1, §6.1: the answer may number the same codec otherwise, and add formats")
    func otherNumbers() throws {
        let offer = try described(Sample.phone)
        let answer = try described(
            """
            v=0
            o=b 1 1 IN IP4 192.0.2.1
            s=-
            c=IN IP4 192.0.2.1
            t=0 0
            m=audio 4000 RTP/AVP 8 104 96
            a=rtpmap:104 amr-wb/16000
            a=rtpmap:96 telephone-event/16000
            m=video 0 RTP/AVPF 118
            """)
        let streams = try offer.negotiate(answer: answer)
        #expect(streams[0].formats.map(\.offered) == ["97", "100"])
        #expect(streams[0].formats.map(\.answered) == ["104", "96"])
    }

    @Test("formats that are not RTP meet by their text")
    func otherTransports() throws {
        let offer = try described(Exchange.description("a 1 1 IN IP4 h.example", "m=image 5000 udptl t38"))
        let answer = try described(Exchange.description("b 1 1 IN IP4 i.example", "m=image 5002 udptl t38"))
        #expect(try offer.negotiate(answer: answer)[0].formats == [.init(offered: "t38", answered: "t38")])
        let wrong = try described(Exchange.description("b 1 1 IN IP4 i.example", "m=image 5002 udptl t37"))
        #expect(throws: OfferAnswerFault.noCommonFormat(stream: 0)) { try offer.negotiate(answer: wrong) }
    }

    @Test("RFC 3264 §6.2: a multicast stream is answered as it was offered")
    func multicast() throws {
        func group(_ user: String, _ port: Int, _ formats: String, _ direction: String) throws -> SessionDescription {
            try described(
                "v=0\no=\(user) 1 1 IN IP4 h\ns=-\nc=IN IP4 233.252.0.1/127\nt=0 0\nm=audio \(port) RTP/AVP \(formats)\n"
                    + "a=\(direction)")
        }
        let offer = try group("a", 4000, "0 8", "recvonly")
        let subset = try group("b", 4000, "8", "recvonly")
        #expect(try offer.negotiate(answer: subset)[0].direction == .receiveOnly)
        for wrong in [
            try group("b", 4002, "0", "recvonly"), try group("b", 4000, "0", "sendonly"),
            try group("b", 4000, "0 3", "recvonly"),
        ] {
            #expect(throws: OfferAnswerFault.multicastChanged(stream: 0)) { try offer.negotiate(answer: wrong) }
        }
    }
}

@Suite("RFC 3264 §8: modifying the session")
struct UpdateTests {
    @Test("RFC 3264 §8: the version grows by one, the rest of o= stays")
    func versions() throws {
        let first = try described(Exchange.firstOffer)
        try first.check(next: first)
        var next = first
        next.setPort(1, ofMedia: 0)
        #expect(throws: OfferAnswerFault.changedWithoutVersion) { try first.check(next: next) }
        next.setSessionVersion(2_890_844_527)
        try first.check(next: next)
        next.setSessionVersion(2_890_844_528)
        #expect(throws: OfferAnswerFault.version(previous: 2_890_844_526, next: 2_890_844_528)) {
            try first.check(next: next)
        }
        next.setSessionVersion(2_890_844_525)
        #expect(throws: OfferAnswerFault.version(previous: 2_890_844_526, next: 2_890_844_525)) {
            try first.check(next: next)
        }
        next.setSessionVersion(1 << 63)
        #expect(throws: OfferAnswerFault.numberTooLarge) { try first.check(next: next) }
        var last = first
        last.setSessionVersion(UInt64(Int64.max))
        var beyond = last
        beyond.setSessionVersion(0)
        #expect(throws: OfferAnswerFault.version(previous: UInt64(Int64.max), next: 0)) {
            try last.check(next: beyond)
        }
        next.rewriteOrigin(to: .loopback)
        #expect(throws: OfferAnswerFault.otherSession) { try first.check(next: next) }
    }

    @Test("RFC 3264 §8: streams are never fewer; §8.3.2: payload types keep their meaning")
    func streams() throws {
        let first = try described(Sample.phone)
        var fewer = first
        fewer.setSessionVersion(2)
        fewer.removeMedia { $0.index == 1 }
        #expect(throws: OfferAnswerFault.fewerMedia(previous: 2, next: 1)) { try first.check(next: fewer) }
        let text = Sample.phone.replacing("1234567890 1 ", with: "1234567890 2 ")
        let changed = try described(text.replacing("rtpmap:96 EVS/16000", with: "rtpmap:96 opus/48000/2"))
        #expect(throws: OfferAnswerFault.payloadType(stream: 0, 96)) { try first.check(next: changed) }
        let added = try described(
            text.replacing("97 100", with: "97 100 101")
                .replacing("a=ptime:20", with: "a=rtpmap:101 EVS/16000\na=ptime:20"))
        try first.check(next: added)
        // §8.1, §8.3.3: a free slot, or another media type, is another stream.
        try first.check(next: try described(text.replacing("m=video", with: "m=text").replacing("H264", with: "t140")))
    }

    @Test("RFC 3264 §8.4: hold, in its new and in its old way")
    func hold() throws {
        let talking = try described(Sample.phone)
        #expect(talking.media.map(\.hold) == [.none, .none] && !talking.isHeld)
        var held = talking
        held.setDirection(.sendOnly, .media(0))
        #expect(held.media.map(\.hold) == [.held, .none] && !held.isHeld)
        #expect(talking.holdChange(ofMedia: 0, next: held) == .held)
        #expect(talking.holdChange(ofMedia: 1, next: held) == .none)
        #expect(held.holdChange(ofMedia: 0, next: talking) == .resumed)
        held.setDirection(.inactive, .media(1))
        #expect(held.media.map(\.hold) == [.held, .inactive] && held.isHeld)
        let old = try described(Sample.phone.replacing("c=IN IP6 2001:db8::10", with: "c=IN IP4 0.0.0.0"))
        #expect(old.media.map(\.hold) == [.unspecifiedAddress, .unspecifiedAddress] && old.isHeld)
        #expect(talking.holdChange(ofMedia: 0, next: old) == .held)
        var gone = held
        gone.rejectMedia(0)
        #expect(gone.media.map(\.hold) == [.none, .inactive] && gone.isHeld)
        gone.rejectMedia(1)
        #expect(!gone.isHeld)
    }

    @Test("each fault is a sentence")
    func sentences() {
        #expect("\(OfferAnswerFault.mediaCount(offered: 3, answered: 2))" == "2 m= lines in the answer to 3")
        #expect("\(OfferAnswerFault.unreadable(SDPError(.missing, .origin)))" == "missing o= line")
    }
}
