import ApplicationServer
import IMS
import Octets
import SIP
import Testing

@Suite("TS 24.341: short messages over IP, and messages that wait")
struct MessageTests {
    let domain = SCSCFSide.domain
    static let alice = "sip:alice@\(SCSCFSide.domain)"

    // MARK: Short messages

    @Test(
        "a short message: 202 when stored, RP-ACK for the sender, RP-DATA for the recipient, gone with his RP-ACK"
    )
    func wholeWay() throws {
        var side = try SCSCFSide { $0.clock = WallClock(1_795_251_429, at: .zero) }
        side.set(Self.alice, "aliases tel:+15550001")
        let actions = side.send(try short(ShortMessageOctetsTests.submit))
        #expect(actions.statuses == [202])
        #expect(side.records.filter { $0.kind == .message }.count == 1)
        let sent = actions.forwarded
        #expect(sent.count == 2)
        let report = try #require(sent.first { $0.request.requestURI.string == Self.alice }).request
        #expect(report.body.array == [0x03, 0x2A])
        #expect(report.firstValue(.inReplyTo)?.string == "m1@alice")
        let (message, client) = try #require(
            sent.first { $0.request.requestURI.string == "sip:+46708251358@\(domain);user=phone" })
        #expect(message.firstValue(.contentType)?.string == "application/vnd.3gpp.sms")
        #expect(message.firstValue(.acceptContact)?.string.contains("+g.3gpp.smsip") == true)
        let delivery = try RPMessage(parsing: message.body)
        guard case .data(.toPhone, let reference, _, let tpdu) = delivery else {
            Issue.record("\(delivery)")
            return
        }
        // SMS-DELIVER, no more messages, from +15550001.
        #expect(Array(tpdu.prefix(7)) == [0x04, 0x08, 0x91, 0x51, 0x55, 0x00, 0x10])

        #expect(side.handle(.response(.response(.ok, to: message, toTag: "p"), client)).isEmpty)
        #expect(side.records.filter { $0.kind == .message }.count == 1)
        let confirmed = side.send(try short([0x02, reference], from: "tel:+46708251358"))
        #expect(confirmed.statuses == [202])
        #expect(side.records.filter { $0.kind == .message }.isEmpty)
        #expect(side.pass(.seconds(10_000)).forwarded.isEmpty)
    }

    @Test("a recipient who is not there gets it when he registers, over the S-CSCF that says so")
    func registers() throws {
        var side = try SCSCFSide()
        let (message, client) = try #require(
            side.send(try short(ShortMessageOctetsTests.submit)).forwarded.first {
                $0.request.description.contains("4670")
            })
        _ = side.handle(.response(.response(.temporarilyUnavailable, to: message, toTag: "p"), client))
        #expect(side.records.count == 1)
        let actions = side.send(try register("tel:+46708251358"))
        let again = try #require(actions.forwarded.first).request
        #expect(again.method == .message)
        #expect(again.values(.route).map(\.string) == ["<sip:scscf.\(domain):5080;lr>"])
    }

    @Test("what is accepted survives a crash and is tried again by itself")
    func crash() throws {
        var side = try SCSCFSide()
        _ = side.send(try short(ShortMessageOctetsTests.submit))
        side = try SCSCFSide(records: side.records)
        #expect(side.pass(.seconds(59)).forwarded.isEmpty)
        #expect(side.pass(.seconds(1)).forwarded.map(\.request.method) == [.message])
    }

    @Test(
        "no RP-ACK, no memory: it is tried again; a phone that will never take it ends it",
        arguments: [nil, 22, 95] as [UInt8?])
    func refusedByPhone(cause: UInt8?) throws {
        var side = try SCSCFSide()
        let (message, client) = try #require(
            side.send(try short(ShortMessageOctetsTests.submit)).forwarded.first {
                $0.request.description.contains("4670")
            })
        _ = side.handle(.response(.response(.ok, to: message, toTag: "p"), client))
        if let cause { _ = side.send(try short([0x04, 1, 1, cause], from: "tel:+46708251358")) }
        #expect(side.records.isEmpty == (cause == 95))
        let again = side.pass(.seconds(101)).forwarded
        #expect(again.count == (cause == 95 ? 0 : 1))
        // RP-SMMA: at once.
        guard cause == 22, let (second, third) = again.first else { return }
        _ = side.handle(.response(.response(.temporarilyUnavailable, to: second, toTag: "p"), third))
        let available = side.send(try short([0x06, 9], from: "tel:+46708251358")).forwarded
        #expect(available.map { $0.request.body.array.first } == [0x03, 0x01])
    }

    @Test(
        "RP-ERROR for the sender: no room, barred, no number, not a SUBMIT; 400 for what is no RP message"
    )
    func refusedBySender() throws {
        for (set, octets, cause) in [
            ("bar-outgoing all", ShortMessageOctetsTests.submit, RPCause.callBarred),
            (
                "notify-caller no", [0x00, 0x2A, 0x00, 0x00, 0x02, 0x02, 0x00],
                RPCause.semanticallyIncorrect
            ),
        ] as [(String, [UInt8], UInt8)] {
            var side = try SCSCFSide()
            side.set(Self.alice, set)
            let actions = side.send(try short(octets))
            #expect(actions.statuses == [202])
            #expect(actions.forwarded.map { $0.request.body.array } == [[0x05, 0x2A, 0x01, cause]])
        }
        var side = try SCSCFSide { $0.messageLimitPerUser = 0 }
        let full = side.send(try short(ShortMessageOctetsTests.submit))
        #expect(
            full.forwarded.map { $0.request.body.array } == [[0x05, 0x2A, 0x01, RPCause.congestion]])
        #expect(side.send(try short([0x07])).statuses == [400])
        side.storeWorks = false
        side = try SCSCFSide()
        side.storeWorks = false
        let failed = side.send(try short(ShortMessageOctetsTests.submit))
        #expect(
            failed.forwarded.map { $0.request.body.array } == [
                [0x05, 0x2A, 0x01, RPCause.temporaryFailure]
            ])
    }

    @Test("what is too old is dropped: TP-VP, at most the server's own time")
    func expiry() throws {
        var side = try SCSCFSide {
            $0.longestStorage = 7200
            $0.longestRetry = .seconds(3600)
        }
        let (message, client) = try #require(
            side.send(try short(ShortMessageOctetsTests.submit)).forwarded.first {
                $0.request.description.contains("4670")
            })
        _ = side.handle(.response(.response(.temporarilyUnavailable, to: message, toTag: "p"), client))
        var attempts = 0
        for _ in 0..<30 {
            for (request, client) in side.pass(.seconds(600)).forwarded {
                attempts += 1
                _ = side.handle(
                    .response(.response(.temporarilyUnavailable, to: request, toTag: "p"), client))
            }
        }
        // The pauses are 1, 2, 4, 8, 16 and 32 minutes from each answer, which comes at the end of ten minutes; the next is an
        // hour and ends after the two.
        #expect(attempts == 6)
        #expect(side.records.isEmpty)
    }

    // MARK: Text

    @Test(
        "RFC 3428 §7: a MESSAGE for a user who is not registered is kept, 202, and delivered in order when he comes"
    )
    func text() throws {
        var side = try SCSCFSide { $0.clock = WallClock(784_111_777, at: .zero) }
        for text in ["first", "second"] {
            let actions = side.send(
                try message(text, served: "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg"))
            #expect(actions.statuses == [202])
            #expect(actions.forwarded.isEmpty)
        }
        var next = side.send(try register(SCSCFSide.bob)).forwarded
        for text in ["first", "second"] {
            let (request, client) = try #require(next.first)
            #expect(next.count == 1)
            #expect(request.requestURI.string == SCSCFSide.bob)
            #expect(request.body.string == text)
            #expect(request.firstValue(.pAssertedIdentity)?.string == "<\(Self.alice)>")
            // RFC 3261 §20.17, the time of RFC 9110 §5.6.7's example.
            #expect(request.firstValue(.date)?.string == "Sun, 06 Nov 1994 08:49:37 GMT")
            next = side.handle(.response(.response(.ok, to: request, toTag: "b"), client)).forwarded
        }
        #expect(next.isEmpty)
        #expect(side.records.isEmpty)
    }

    @Test(
        "a MESSAGE for a registered user passes; when it does not reach him, or nobody answers, it is kept instead"
    )
    func notReached() throws {
        for status in [480, 408, 500, nil] as [UInt16?] {
            var side = try SCSCFSide()
            let (request, client) = try #require(side.send(try message("hello")).forwarded.first)
            #expect(request.values(.route) == [OctetSlice(SCSCFSide.returnRoute)])
            let actions: [Action<ServiceWork>]
            if let status, let status = Status(rawValue: status) {
                actions = side.handle(.response(.response(status, to: request, toTag: "b"), client))
            } else {
                actions = side.pass(.seconds(15))
            }
            #expect(actions.statuses == [202])
            #expect(side.records.count == 1)
        }
    }

    @Test(
        "a refusal of the user is the sender's answer", arguments: [403, 415, 488, 603] as [UInt16])
    func refused(status: UInt16) throws {
        var side = try SCSCFSide()
        let (request, client) = try #require(side.send(try message("hello")).forwarded.first)
        let response = SIPMessage.response(
            try #require(Status(rawValue: status)), to: request, toTag: "b")
        #expect(side.handle(.response(response, client)).statuses == [Int(status)])
        #expect(side.records.isEmpty)
    }

    @Test("what came out of our own store is not kept again; nor is what is no text or too long")
    func notKept() throws {
        var side = try SCSCFSide { $0.longestMessage = 10 }
        var own = try message("hello", served: "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg")
        own.append(.via, "SIP/2.0/UDP tas.\(domain):5090;branch=z9hG4bK0")
        var binary = try message("hello", served: "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg")
        binary.set(.contentType, "application/octet-stream")
        let long = try message("hello, hello", served: "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg")
        for request in [own, binary, long] {
            let actions = side.send(request)
            #expect(actions.forwarded.count == 1)
            #expect(side.records.isEmpty)
        }
    }

    // MARK: Steps

    private func request(_ uri: String, served: String, type: String, body: [UInt8]) throws
        -> SIPMessage
    {
        let lines = [
            "MESSAGE \(uri) SIP/2.0", "Via: SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bK1",
            "Max-Forwards: 68",
            "Route: <\(SCSCFSide.own);lr>, \(SCSCFSide.returnRoute)", "P-Served-User: \(served)",
            "P-Asserted-Identity: <\(Self.alice)>", "From: <\(Self.alice)>;tag=a1", "To: <\(uri)>",
            "Call-ID: m1@alice", "CSeq: 1 MESSAGE", "Content-Length: 0", "", "",
        ]
        var request = try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
        request.setBody(body, contentType: type)
        return request
    }

    private func short(_ octets: [UInt8], from sender: String = alice) throws -> SIPMessage {
        try request(
            "tel:+447785016005", served: "<\(sender)>;sescase=orig;regstate=reg",
            type: "application/vnd.3gpp.sms",
            body: octets)
    }

    private func message(
        _ text: String, served: String = "<\(SCSCFSide.bob)>;sescase=term;regstate=reg"
    ) throws -> SIPMessage {
        try request(SCSCFSide.bob, served: served, type: "text/plain", body: Array(text.utf8))
    }

    private func register(_ user: String) throws -> SIPMessage {
        let lines = [
            "REGISTER \(SCSCFSide.own) SIP/2.0", "Via: SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bKr",
            "Max-Forwards: 70", "From: <sip:scscf.\(domain):5080>;tag=s", "To: <\(user)>",
            "Call-ID: third",
            "CSeq: 1 REGISTER", "Contact: <sip:scscf.\(domain):5080>", "Expires: 600",
            "Content-Length: 0", "", "",
        ]
        return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }
}
