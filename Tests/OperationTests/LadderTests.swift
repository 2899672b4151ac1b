import Foundation
import Operation
import Testing

@Suite("The ladder of SIP and Diameter messages")
struct LadderTests {
    @Test("recorded traces of four nodes become the arrows of TS 23.228 §5.2.2.3")
    func arrows() throws {
        let exchange = try Recorded.first()
        #expect(exchange.arrows.count == 20)
        #expect(
            exchange.sequence == "REGISTER–UAR–UAA–REGISTER–MAR–MAA–401–REGISTER–UAR–UAA–REGISTER–SAR–SAA–200")
        #expect(
            RegistrationSequence.deviation(
                of: exchange, from: RegistrationSequence.challenge + RegistrationSequence.acceptance) == nil)
    }

    @Test("what is another than the specification's sequence is named", arguments: [Lane.icscf, .scscf, .hss])
    func deviation(lost: Lane) throws {
        let entries = try Recorded.registration()
        var cut = entries
        cut.messages = entries.messages.filter { !($0.isSent && $0.lane == lost) && !($0.lane == lost) }
        let sentence = RegistrationSequence.deviation(of: Exchange(cut), from: RegistrationSequence.challenge)
        #expect(sentence != nil)
    }

    @Test("nothing at all is a deviation too")
    func nothing() {
        #expect(
            RegistrationSequence.deviation(of: Exchange(TraceEntries()), from: RegistrationSequence.challenge)
                == "at the beginning nothing came; REGISTER UE → P-CSCF was expected")
    }

    @Test("results of Cx stand beside the answers, by the names of TS 29.229 §6.2")
    func results() throws {
        let labels = try Recorded.first().arrows.map(\.message.label)
        #expect(labels.contains("UAA 2001 FIRST_REGISTRATION"))
        #expect(labels.contains("UAA 2002 SUBSEQUENT_REGISTRATION"))
        #expect(labels.contains("MAA 2001 SUCCESS"))
        #expect(labels.contains("401 Unauthorized"))
    }

    @Test("only what belongs to a call is kept; Diameter answers follow their Session-Id")
    func filtering() throws {
        let entries = try Recorded.registration()
        let all = Exchange(entries)
        let call = try #require(all.callIDs.first)
        let users = entries.identities(ofCalls: [call])
        #expect(users.contains("001010000000001@ims.mnc001.mcc001.3gppnetwork.org"))
        #expect(users.contains("sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org"))
        #expect(all.about(callIDs: [call], identities: users).arrows.count == all.arrows.count)
        #expect(all.about(callIDs: ["another"], identities: ["nobody"]).arrows.isEmpty)
    }

    @Test("A19: a reason phrase and a note do not move the terminal's cursor")
    func controls() throws {
        var entries = try Recorded.registration()
        for index in entries.messages.indices {
            guard case .response(let status, _, let call) = entries.messages[index].content else { continue }
            entries.messages[index].content = .response(status: status, reason: "\u{1B}[2J", callID: call)
        }
        for index in entries.notes.indices { entries.notes[index].sentence += "\u{1B}]0;x\u{7}" }
        let ladder = Ladder(Exchange(entries), hasColour: false).lines.joined()
        #expect(ladder.contains("401 \\u001b[2J"))
        #expect(!ladder.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
    }

    @Test("no key is in a trace: the 401 of the S-CSCF is blotted out")
    func redaction() throws {
        for message in try Recorded.registration().messages {
            let text = String(decoding: message.octets, as: UTF8.self)
            for parameter in ["ck=\"", "ik=\""] {
                guard let range = text.firstRange(of: parameter) else { continue }
                #expect(text[range.upperBound...].prefix(32).allSatisfy { $0 == "x" })
            }
        }
    }

    @Test("drawing")
    func drawing() throws {
        var entries = TraceEntries()
        entries.messages = Drawn.messages
        entries.notes = [Drawn.refusal]
        let expected = """
                    ms     +ms  UE                P-CSCF              I-CSCF              S-CSCF                HSS
                  0.00           │─────REGISTER─────▶│                   │                   │                   │
                  1.50    1.50   │                   │─────REGISTER─────▶│                   │                   │
                  2.00    0.50   │                   │                   │───────UAR─────────┼──────────────────▶│
                  4.00    2.00   │                   │                   │◀────────UAA 5001 USER_UNKNOWN─────────│
                                   └ HSS → 5001 USER_UNKNOWN UNKNOWN_SUBSCRIBER: No subscriber has this identity.
                                     Add it.
                  4.50    0.50   │                   │◀──403 Forbidden───│                   │                   │
                  5.00    0.50   │◀──403 Forbidden───│                   │                   │                   │
            """
        #expect(Ladder(Exchange(entries)).text == expected)
    }

    @Test("long words go on below, two columns in")
    func wrapping() {
        #expect(Ladder.wrapped("one two three four", indent: 2, width: 12) == ["  one two", "    three", "    four"])
        #expect(Ladder.wrapped("", indent: 1, width: 12) == [" "])
    }

    @Test("an HSS whose trace is not here, a second one, is read from the other side's: nothing is lost")
    func otherHSS() throws {
        var entries = try Recorded.registration(without: [.hss])
        let whole = try Recorded.first()
        let end = whole.arrows[19].start
        entries.messages.removeAll { $0.nanoseconds > end }
        let exchange = Exchange(entries)
        #expect(exchange.sequence == whole.sequence)
        #expect(
            RegistrationSequence.deviation(
                of: exchange, from: RegistrationSequence.challenge + RegistrationSequence.acceptance) == nil)
        let drawing = Ladder(exchange).lines.filter { $0.contains("UAR") || $0.contains("MAR") || $0.contains("SAR") }
        #expect(drawing.count == 4)
        #expect(!drawing.contains { $0.contains("╳") })
        // A request that nobody answers stays lost.
        entries.messages.removeAll { $0.shortLabel == "MAA" }
        #expect(Ladder(Exchange(entries)).lines.contains { $0.contains("MAR") && $0.contains("╳") })
    }

    @Test("the sockets of further nodes of a kind are found beside the first's")
    func sockets() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sockets-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let state = StateDirectory(folder)
        #expect(state.sockets(of: .hss) == [folder + "/run/hss.sock"], "also before there is a directory")
        try state.create()
        for name in ["hss.sock", "hss2.sock", "hss10.sock", "hssx.sock", "hss2.pid", "scscf2.sock"] {
            #expect(FileManager.default.createFile(atPath: "\(folder)/run/\(name)", contents: nil))
        }
        #expect(
            state.sockets(of: .hss) == ["hss.sock", "hss10.sock", "hss2.sock"].map { "\(folder)/run/\($0)" })
    }
}

/// An unknown subscriber, by hand.
enum Drawn {
    static func message(
        _ lane: Lane, _ time: Int64, sent: Bool, _ octet: UInt8, _ content: TracedMessage.Content
    ) -> TracedMessage {
        TracedMessage(lane: lane, nanoseconds: time, isSent: sent, peer: "", octets: [octet], content: content)
    }

    static let register = TracedMessage.Content.request(method: "REGISTER", callID: "c")
    static let asks = TracedMessage.Content.diameter(
        command: "UAR", result: nil, isRequest: true, session: "s", identities: ["u"])
    static let answers = TracedMessage.Content.diameter(
        command: "UAA", result: "5001 USER_UNKNOWN", isRequest: false, session: "s", identities: [])
    static let forbids = TracedMessage.Content.response(status: 403, reason: "Forbidden", callID: "c")

    static let messages = [
        message(.ue, 0, sent: true, 1, register), message(.pcscf, 1_500_000, sent: false, 1, register),
        message(.pcscf, 1_500_000, sent: true, 2, register), message(.icscf, 2_000_000, sent: false, 2, register),
        message(.icscf, 2_000_000, sent: true, 3, asks), message(.hss, 3_000_000, sent: false, 3, asks),
        message(.hss, 4_000_000, sent: true, 4, answers), message(.icscf, 4_500_000, sent: false, 4, answers),
        message(.icscf, 4_500_000, sent: true, 5, forbids), message(.pcscf, 5_000_000, sent: false, 5, forbids),
        message(.pcscf, 5_000_000, sent: true, 6, forbids), message(.ue, 6_000_000, sent: false, 6, forbids),
    ]

    static let refusal = TracedNote(
        lane: .hss, nanoseconds: 4_000_000, sentence: "No subscriber has this identity.", level: "notice",
        code: "UNKNOWN_SUBSCRIBER", answer: "5001 USER_UNKNOWN", hint: "Add it.", callID: nil, identities: ["u"],
        peer: nil)
}
