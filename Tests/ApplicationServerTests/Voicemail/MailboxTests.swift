import ApplicationServer
import IMS
import Octets
import RTP
import SIP
import Testing

@Suite("Mailboxes: leaving and hearing messages")
struct MailboxTests {
    static let greeting = ["440:200", "550:200", "660:300", "1000:400"]

    @Test(
        "a call that its user does not take is answered, greeted, recorded and kept",
        arguments: [Status.busyHere, .temporarilyUnavailable, .serviceUnavailable, .requestTimeout])
    func left(status: Status) throws {
        var phone = try MailboxSide()
        try phone.leave(status)
        let body = try #require(phone.answer?.body.string)
        #expect(body.contains("m=audio 30000 RTP/AVP 8 0 101\r\n"))
        #expect(phone.side.mediaRemote == Endpoint("192.0.2.1:40000"))
        _ = phone.wait(milliseconds: 2_000)
        #expect(phone.tones() == Self.greeting)
        _ = phone.speak(1_200, milliseconds: 2_000)
        try phone.hangUp()
        let message = try #require(phone.side.files.first)
        #expect(phone.side.files.count == 1)
        #expect(message.key.hasPrefix("sip_bob@ims.mnc001.mcc001.3gppnetwork.org-"))
        #expect(message.key.hasSuffix(".wav"))
        let samples = try #require(WAVE.samples(message.value, as: .aLaw))
        #expect((15_000...17_000).contains(samples.count), "\(samples.count)")
        #expect(Tone(frequency: 1_200).share(of: samples.dropLast(200).map(G711.aLaw.decode)) > 0.9)
        let report = phone.side.command("mailbox", ["identity": SCSCFSide.bob])
        #expect(report?["new"] == 1)
        #expect(report?["messages"]?.list?.first?["from"]?.text == "sip:alice@\(SCSCFSide.domain)")
        #expect(phone.side.streams.isEmpty)
    }

    @Test("a rule of the user's goes before his mailbox; a user without mailbox has none")
    func rulesFirst() throws {
        var phone = try MailboxSide()
        phone.side.set(SCSCFSide.bob, "forward.busy sip:carol@\(SCSCFSide.domain)")
        let (offered, client) = try phone.call()
        let actions = phone.side.handle(.response(.response(.busyHere, to: offered, toTag: "b1"), client))
        #expect(actions.forwarded.first?.request.requestURI.string.contains("carol") == true)
        phone.side.set(SCSCFSide.bob, "forward.busy off", "mailbox no")
        let second = try phone.call()
        let busy = SIPMessage.response(.busyHere, to: second.offered, toTag: "b1")
        #expect(phone.side.handle(.response(busy, second.client)).statuses == [486])
    }

    @Test("no phone is registered: the mailbox answers at once")
    func notLoggedIn() throws {
        var phone = try MailboxSide()
        let served = "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg"
        try phone.answered(phone.side.send(try SCSCFSide.invite(served: served, body: MailboxSide.offer)))
    }

    @Test("no reply: the phone's INVITE is cancelled, then the mailbox answers")
    func noReply() throws {
        var phone = try MailboxSide()
        phone.side.set(SCSCFSide.bob, "no-reply-time 5")
        let (offered, client) = try phone.call()
        _ = phone.side.handle(.response(.response(.ringing, to: offered, toTag: "b1"), client))
        #expect(phone.side.pass(.seconds(6)).cancelled == [client])
        let terminated = SIPMessage.response(.requestTerminated, to: offered, toTag: "b1")
        try phone.answered(phone.side.handle(.response(terminated, client)))
    }

    @Test("silence ends a message, the caller hears that it is kept, and is hung up on")
    func silence() throws {
        var phone = try MailboxSide()
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(1_200, milliseconds: 1_000)
        _ = phone.tones()
        var actions = phone.speak(nil, milliseconds: 8_100)
        #expect(phone.side.files.count == 1)
        actions += phone.wait(milliseconds: 1_000)
        #expect(phone.tones() == ["660:200", "440:300"])
        #expect(actions.forwarded.map(\.request.method) == [.bye])
        let samples = try phone.samples()
        #expect((8_000...12_500).contains(samples.count), "\(samples.count)")
    }

    @Test("a message has its greatest length; a key ends it")
    func limits() throws {
        var phone = try MailboxSide { $0.recording.longest = .seconds(3) }
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(1_200, milliseconds: 4_000)  // the greeting is over after 1.7 of the 2 seconds
        #expect(phone.side.files.count == 1)
        let samples = try phone.samples()
        #expect((21_500...22_500).contains(samples.count), "\(samples.count)")
        var other = try MailboxSide()
        try other.leave()
        _ = other.wait(milliseconds: 2_000)
        _ = other.speak(1_200, milliseconds: 1_000)
        _ = try other.press("#")
        #expect(other.side.files.count == 1)
    }

    @Test("who says nothing, or hangs up during the greeting, leaves nothing")
    func nothingSaid() throws {
        var phone = try MailboxSide()
        try phone.leave()
        _ = phone.speak(1_200, milliseconds: 1_000)
        try phone.hangUp()
        #expect(phone.side.files.isEmpty)
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(nil, milliseconds: 3_000)
        try phone.hangUp()
        #expect(phone.side.files.isEmpty)
        #expect(phone.side.command("mailbox", ["identity": SCSCFSide.bob])?["new"] == 0)
    }

    @Test("packets out of order find their place, lost ones leave silence")
    func order() throws {
        var phone = try MailboxSide()
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        let source = { (number: UInt32) in
            RTPPacket(
                payloadType: 8, sequence: UInt16(number), timestamp: 1_000 + number * 160, source: 9,
                payload: OctetSlice([UInt8](repeating: number % 2 == 0 ? 0xAA : 0x2A, count: 160)))
        }
        for number: UInt32 in [0, 2, 1, 3] + Array(4..<40) where number != 10 {
            _ = phone.side.exchange(source(number))
        }
        try phone.hangUp()
        let samples = try phone.samples()
        for number in 0..<40 {
            let expected: UInt8 = number == 10 ? 0xD5 : number % 2 == 0 ? 0xAA : 0x2A
            #expect(samples[number * 160..<number * 160 + 160].allSatisfy { $0 == expected }, "\(number)")
        }
    }

    @Test("RFC 4867 §5: AMR is kept frame by frame, and played back to a phone that has it")
    func amr() throws {
        var phone = try MailboxSide()
        try phone.leave(offer: MailboxSide.amrOffer)
        #expect(phone.answer?.body.string.contains("a=fmtp:102 octet-align=1\r\n") == true)
        _ = phone.wait(milliseconds: 3_000)
        let frames = (0..<100).map { AMRFrame(type: 7, octets: [UInt8](repeating: UInt8($0), count: 30) + [0x10]) }
        for frame in frames {
            let payload = AMRPayload([frame]).octets(.narrowband, isOctetAligned: true)
            _ = phone.send(102, payload)
        }
        try phone.hangUp()
        let message = try #require(phone.side.files.first)
        #expect(message.key.hasSuffix(".amr"))
        #expect(AMR.narrowband.frames(ofFile: message.value) == frames)
        // By a phone with AMR it is heard …
        try phone.listen(offer: MailboxSide.amrOffer)
        _ = phone.tones()
        _ = phone.wait(milliseconds: 5_000)
        let played = phone.heard.compactMap { packet -> AMRFrame? in
            guard let packet, packet.payloadType == 102 else { return nil }
            return AMRPayload(packet.payload, .narrowband, isOctetAligned: true)?.frames.first
        }
        #expect(played == frames)
        try phone.hangUp()
        // … one without hears that there is one, and stays new for it.
        _ = phone.tones()
        try phone.listen()
        _ = phone.wait(milliseconds: 3_000)
        #expect(phone.tones().filter { $0 == "300:100" }.count == 3)
    }

    @Test("listening: newest first, again, delete, the end; what was heard is old")
    func listening() throws {
        var phone = try MailboxSide()
        for frequency in [900, 1_200] {
            try phone.leave()
            _ = phone.wait(milliseconds: 2_000)
            _ = phone.speak(frequency, milliseconds: 1_000)
            try phone.hangUp()
        }
        _ = phone.tones()
        try phone.listen()
        _ = phone.wait(milliseconds: 4_500)
        let first = phone.tones()
        #expect(Array(first.prefix(3)) == ["1400:100", "1400:100", "1400:300"])
        #expect(first.count == 4 && first[3].hasPrefix("1200:"), "\(first)")
        #expect(phone.side.command("mailbox", ["identity": SCSCFSide.bob])?["old"] == 1)
        _ = try phone.press("1")
        _ = phone.wait(milliseconds: 2_200)
        let again = phone.tones()
        #expect(again.count == 2 && again[0] == "700:300" && again[1].hasPrefix("1200:"), "\(again)")
        _ = try phone.press("3")
        #expect(phone.side.files.count == 1)
        _ = phone.wait(milliseconds: 2_600)
        let second = phone.tones()
        #expect(second.prefix(3) == ["500:100", "500:100", "1400:300"] && second[3].hasPrefix("900:"), "\(second)")
        _ = try phone.press("*")
        let actions = phone.wait(milliseconds: 1_000)
        #expect(actions.forwarded.map(\.request.method) == [.bye])
        let report = phone.side.command("mailbox", ["identity": SCSCFSide.bob])
        #expect(report?["messages"]?.list?.count == 1)
    }

    @Test("an INFO with a key does what telephone-event does")
    func info() throws {
        var phone = try MailboxSide()
        try phone.leave()
        try phone.hangUp()
        try phone.listen()
        let info = try phone.request(
            .info, sequence: 2, type: "application/dtmf-relay", body: "Signal=*\r\nDuration=160\r\n")
        #expect(phone.side.send(info).statuses == [200])
        _ = phone.wait(milliseconds: 1_000)
        #expect(phone.tones() == ["300:600"])
        let other = try phone.request(.info, sequence: 3, type: "text/plain", body: "x")
        #expect(phone.side.send(other).statuses.first.map { [415, 481].contains($0) } == true)
    }

    @Test("what is kept is there after kill -9; a message that was being spoken is not")
    func killed() throws {
        var phone = try MailboxSide()
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(1_200, milliseconds: 1_000)
        try phone.hangUp()
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(900, milliseconds: 1_000)
        let again = try MailboxSide.server(records: phone.side.records, files: phone.side.files)
        #expect(again.server.files == Set(phone.side.files.keys))
        var other = try MailboxSide(again)
        #expect(other.side.command("mailbox", ["identity": SCSCFSide.bob])?["new"] == 1)
        try other.listen()
        _ = other.wait(milliseconds: 4_000)
        #expect(other.tones().contains { $0.hasPrefix("1200:") })
    }

    @Test("a full mailbox takes no call: what the phone said stands")
    func full() throws {
        var phone = try MailboxSide { $0.messageLimit = 1 }
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(1_200, milliseconds: 1_000)
        try phone.hangUp()
        let (offered, client) = try phone.call()
        let busy = SIPMessage.response(.busyHere, to: offered, toTag: "b1")
        #expect(phone.side.handle(.response(busy, client)).statuses == [486])
        #expect(phone.side.command("mailbox-remove", ["identity": SCSCFSide.bob])?["removed"] == 1)
        #expect(phone.side.files.isEmpty)
        try phone.leave()
    }

    @Test("a disk that takes nothing: the caller hears it, nothing is counted")
    func noDisk() throws {
        var phone = try MailboxSide()
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(1_200, milliseconds: 1_000)
        phone.side.storeWorks = false
        _ = phone.tones()
        _ = try phone.press("#")
        _ = phone.wait(milliseconds: 200)
        #expect(phone.tones().isEmpty)  // not even the order to play gets through
        phone.side.storeWorks = true
        #expect(phone.side.command("mailbox", ["identity": SCSCFSide.bob])?["new"] == 0)
    }

    @Test("no port for the audio: 503; no codec in common: 488; given up meanwhile: 487 before")
    func refusals() throws {
        var phone = try MailboxSide()
        let served = "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg"
        phone.side.hasPorts = false
        #expect(phone.side.send(try SCSCFSide.invite(served: served, body: MailboxSide.offer)).statuses == [503])
        phone.side.hasPorts = true
        let video = MailboxSide.offer.replacing("audio", with: "video")
        #expect(phone.side.send(try SCSCFSide.invite(served: served, body: video)).statuses == [488])
        #expect(phone.side.streams.isEmpty)
    }

    @Test("without an offer we make one, and take the answer out of the ACK")
    func lateOffer() throws {
        var phone = try MailboxSide()
        let served = "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg"
        let response = try #require(phone.side.send(try SCSCFSide.invite(served: served)).responses.first)
        #expect(response.body.string.contains("m=audio 30000 RTP/AVP 8 0 101\r\n"))
        var other = try MailboxSide(phone.side)
        let text = MailboxSide.offer.replacing("RTP/AVP 8 0 101", with: "RTP/AVP 0 101")
        try other.answeredLate(response, text)
        _ = other.wait(milliseconds: 2_000)
        #expect(other.tones(.muLaw) == Self.greeting)
    }

    @Test("RFC 3264 §8.4: who puts the mailbox on hold misses nothing")
    func held() throws {
        var phone = try MailboxSide()
        try phone.leave()
        _ = phone.wait(milliseconds: 500)
        let offer = MailboxSide.offer.replacing("alice 1 1", with: "alice 1 2") + "a=sendonly\r\n"
        let hold = try phone.request(.update, sequence: 2, type: "application/sdp", body: offer)
        let answer = try #require(phone.side.send(hold).responses.first)
        #expect(answer.status == .ok)
        #expect(answer.body.string.contains("a=recvonly\r\n"))
        let before = phone.heard.count
        _ = phone.wait(milliseconds: 1_000)
        #expect(phone.heard[before...].allSatisfy { $0 == nil })
        let back = MailboxSide.offer.replacing("alice 1 1", with: "alice 1 3")
        let resume = try phone.request(.update, sequence: 3, type: "application/sdp", body: back)
        #expect(phone.side.send(resume).statuses == [200])
        _ = phone.wait(milliseconds: 1_500)
        #expect(phone.tones() == Self.greeting)
    }

    @Test("the mailbox's own greeting is played where there is one")
    func ownGreeting() throws {
        var phone = try MailboxSide()
        let report = phone.side.command("mailbox", ["identity": SCSCFSide.bob])
        let folder = try #require(report?["folder"]?.text)
        let samples = Tone(frequency: 500).samples(8_000, from: 0).map(G711.muLaw.encode)
        phone.side.files["\(folder)/greeting.wav"] = WAVE.file(samples, .muLaw)
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        #expect(phone.tones() == ["500:1000", "1000:400"])
    }
}
