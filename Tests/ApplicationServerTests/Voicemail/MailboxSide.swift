import ApplicationServer
import struct ApplicationServer.StoredRecord
import IMS
import Octets
import RTP
import SIP
import Testing

/// A phone at a mailbox: the test plays its SIP through the S-CSCF's side, and its RTP.
struct MailboxSide {
    var side: SCSCFSide
    private(set) var answer: SIPMessage?
    private var sequence: UInt16 = 100
    private var timestamp: UInt32 = 5_000
    private var requests: UInt32 = 1
    /// All packets that came, in units of 20 ms; nil for none.
    private(set) var heard: [RTPPacket?] = []

    static let voicemail = "sip:voicemail@tas.\(SCSCFSide.domain):5090"
    static let offer = """
        v=0\r
        o=alice 1 1 IN IP4 192.0.2.1\r
        s=-\r
        c=IN IP4 192.0.2.1\r
        t=0 0\r
        m=audio 40000 RTP/AVP 8 0 101\r
        a=rtpmap:101 telephone-event/8000\r

        """
    static let amrOffer =
        offer.replacing("RTP/AVP 8 0 101", with: "RTP/AVP 104 102 101") + """
            a=rtpmap:104 AMR-WB/16000\r
            a=rtpmap:102 AMR/8000\r
            a=fmtp:102 octet-align=1; mode-change-capability=2\r

            """

    init(
        _ side: SCSCFSide? = nil, _ adjust: (inout VoicemailSettings) -> Void = { _ in }
    ) throws {
        if let side {
            self.side = side
            return
        }
        self.side = try Self.server(adjust)
        self.side.set(SCSCFSide.bob, "mailbox yes")
    }

    /// A server with mailboxes, over what another one left.
    static func server(
        records: [StoredRecord] = [], files: [String: [UInt8]] = [:], at now: Instant = .zero,
        _ adjust: (inout VoicemailSettings) -> Void = { _ in }
    ) throws -> SCSCFSide {
        var settings = VoicemailSettings(uri: try SIPURI(parsing: voicemail))
        adjust(&settings)
        var side = try SCSCFSide(records: records, files: files) { configuration in
            configuration.mailboxes = settings
            configuration.startsAt = now
        }
        side.now = now
        return side
    }

    // MARK: SIP

    /// Alice calls Bob: what his phone gets.
    mutating func call(offer: String = offer) throws -> (offered: SIPMessage, client: ClientTransactionID) {
        let actions = side.send(try SCSCFSide.invite(body: offer))
        let first = try #require(actions.forwarded.first)
        return (first.request, first.client)
    }

    /// The samples of the one message that there is.
    func samples() throws -> [UInt8] {
        #expect(side.files.count == 1)
        let file = try #require(side.files.first)
        return try #require(WAVE.samples(file.value, as: .aLaw))
    }

    /// Bob does not take a call of Alice's: his phone's answer to the INVITE leads to the mailbox.
    mutating func leave(_ status: Status = .busyHere, offer: String = offer) throws {
        let (offered, client) = try call(offer: offer)
        let actions = side.handle(.response(.response(status, to: offered, toTag: "b1"), client))
        try answered(actions)
    }

    /// Bob calls his own number.
    mutating func listen(offer: String = offer) throws {
        let extra = ["P-Preferred-Identity: <\(SCSCFSide.bob)>"]
        let invite = try SCSCFSide.invite(
            served: "<\(SCSCFSide.bob)>;sescase=orig;regstate=reg", extra: extra, body: offer)
        try answered(side.send(invite))
    }

    mutating func answered(_ actions: [Action<ServiceWork>]) throws {
        let response = try #require(actions.responses.last)
        try #require(response.status == .ok, "\(response.status?.rawValue ?? 0)")
        answer = response
        #expect(side.handle(.acknowledgement(try request(.ack, sequence: 1), from: SCSCFSide.scscf)).responses.isEmpty)
    }

    /// The same with our answer to the server's offer.
    mutating func answeredLate(_ response: SIPMessage, _ description: String) throws {
        answer = response
        let ack = try request(.ack, sequence: 1, type: "application/sdp", body: description)
        #expect(side.handle(.acknowledgement(ack, from: SCSCFSide.scscf)).forwarded.isEmpty)
    }

    /// The phone hangs up.
    mutating func hangUp() throws {
        #expect(side.send(try request(.bye, sequence: 2)).statuses == [200])
    }

    /// A request of the phone within the dialog.
    func request(_ method: Method, sequence: Int, type: String = "", body: String = "") throws -> SIPMessage {
        let answer = try #require(answer)
        var lines = [
            "\(method) sip:tas.\(SCSCFSide.domain):5090 SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bKm\(sequence)",
            "Max-Forwards: 70", "From: \(answer.firstValue(.from)?.string ?? "")",
            "To: \(answer.firstValue(.to)?.string ?? "")", "Call-ID: \(answer.callID?.string ?? "")",
            "CSeq: \(sequence) \(method)",
        ]
        if !type.isEmpty { lines.append("Content-Type: \(type)") }
        lines += ["Content-Length: \(body.utf8.count)", "", body]
        return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }

    // MARK: RTP

    /// Speaks a tone, or nothing.
    mutating func speak(_ frequency: Int?, milliseconds: Int) -> [Action<ServiceWork>] {
        var actions: [Action<ServiceWork>] = []
        for index in 0..<milliseconds / 20 {
            let samples = frequency.map { Tone(frequency: Double($0)).samples(160, from: index * 160) }
            actions += send(8, (samples ?? [Int16](repeating: 0, count: 160)).map(G711.aLaw.encode))
        }
        return actions
    }

    mutating func send(_ payloadType: UInt8, _ payload: [UInt8], ticks: UInt32 = 160) -> [Action<ServiceWork>] {
        sequence &+= 1
        timestamp &+= ticks
        let packet = RTPPacket(
            payloadType: payloadType, sequence: sequence, timestamp: timestamp, source: 7, payload: OctetSlice(payload))
        let (heard, actions) = side.exchange(packet)
        self.heard.append(heard)
        return actions
    }

    /// Says nothing at all.
    mutating func wait(milliseconds: Int) -> [Action<ServiceWork>] {
        var actions: [Action<ServiceWork>] = []
        for _ in 0..<milliseconds / 20 {
            let (heard, more) = side.exchange()
            self.heard.append(heard)
            actions += more
        }
        return actions
    }

    mutating func press(_ key: Character) throws -> [Action<ServiceWork>] {
        let event = try #require(Key(key)).event
        timestamp &+= 160
        var actions: [Action<ServiceWork>] = []
        for round in 1...5 {
            let report = TelephoneEvent(event: event, isEnd: round > 2, duration: UInt16(min(round, 3) * 160))
            actions += send(101, report.octets, ticks: 0)
        }
        timestamp &+= 800
        return actions
    }

    /// The tones that were heard since the last call, each for how many milliseconds, silence left out.
    mutating func tones(_ law: G711 = .aLaw) -> [String] {
        defer { heard = [] }
        var tones: [(frequency: Int, count: Int)] = []
        var last: Int?
        for packet in heard {
            let samples = packet?.payload.array.map(law.decode) ?? []
            let frequency = [300, 440, 500, 550, 660, 700, 900, 1_000, 1_200, 1_400].first {
                Tone(frequency: Double($0)).share(of: samples) > 0.8
            }
            if let frequency {
                if last == frequency { tones[tones.count - 1].count += 1 } else { tones.append((frequency, 1)) }
            }
            last = frequency
        }
        return tones.map { "\($0.frequency):\($0.count * 20)" }
    }
}
