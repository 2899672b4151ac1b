import ApplicationServer
import struct ApplicationServer.StoredRecord
import IMS
import Octets
import SIP
import Testing

@Suite("RFC 3842: messages waiting")
struct MessageWaitingTests {
    let domain = SCSCFSide.domain

    @Test("RFC 3842 §3.8, §5.2: the state at once, and with every change")
    func subscribed() throws {
        var phone = try MailboxSide()
        let actions = phone.side.send(try subscribe())
        #expect(actions.statuses == [200])
        #expect(actions.responses.first?.firstValue(.expires)?.string == "3600")
        let first = try #require(actions.forwarded.first)
        #expect(first.request.method == .notify)
        #expect(first.request.firstValue(.event)?.string == "message-summary")
        #expect(first.request.firstValue(.contentType)?.string == "application/simple-message-summary")
        #expect(
            first.request.body.string
                == "Messages-Waiting: no\r\nMessage-Account: \(SCSCFSide.bob)\r\nVoice-Message: 0/0\r\n")
        accept(first, &phone)
        let left = try leaveMessage(&phone)
        let second = try #require(left.forwarded.last)
        #expect(second.request.body.string.contains("Messages-Waiting: yes\r\n"))
        #expect(second.request.body.string.hasSuffix("Voice-Message: 1/0\r\n"))
        accept(second, &phone)
        try phone.listen()
        var heard: [Action<ServiceWork>] = []
        heard += phone.wait(milliseconds: 4_000)
        let third = try #require(heard.forwarded.last)
        #expect(third.request.body.string.hasSuffix("Messages-Waiting: no\r\n") == false)
        #expect(third.request.body.string.hasSuffix("Voice-Message: 0/1\r\n"))
    }

    @Test("only its user may watch a mailbox; another event, and a user without one, go on")
    func allowed() throws {
        var phone = try MailboxSide()
        let foreign = try subscribe(
            served: "<\(SCSCFSide.bob)>;sescase=term;regstate=reg", asserted: "sip:alice@\(domain)")
        #expect(phone.side.send(foreign).statuses == [403])
        let own = try subscribe(served: "<\(SCSCFSide.bob)>;sescase=term;regstate=reg")
        #expect(phone.side.send(own).statuses == [200])
        #expect(phone.side.send(try subscribe(event: "presence")).forwarded.map(\.request.method) == [.subscribe])
        phone.side.set(SCSCFSide.bob, "mailbox no")
        #expect(phone.side.send(try subscribe()).forwarded.map(\.request.method) == [.subscribe])
    }

    @Test("RFC 6665 §4.4.1: it lasts until it expires, is ended, or a NOTIFY finds nobody")
    func ended() throws {
        var phone = try MailboxSide()
        accept(try #require(phone.side.send(try subscribe(expires: 120)).forwarded.first), &phone)
        let last = try #require(phone.side.pass(.seconds(125)).forwarded.first).request
        #expect(last.firstValue(.subscriptionState)?.string == "terminated;reason=timeout")
        #expect(phone.side.command("stats")?["watchers"] == 0)
        #expect(phone.side.send(try subscribe(expires: 0)).forwarded.count == 1)
        #expect(phone.side.command("stats")?["watchers"] == 0)
        let gone = try #require(phone.side.send(try subscribe()).forwarded.first)
        _ = phone.side.handle(
            .response(.response(.callOrTransactionDoesNotExist, to: gone.request, toTag: nil), gone.client))
        #expect(phone.side.command("stats")?["watchers"] == 0)
        #expect(phone.side.send(try subscribe(expires: 10)).statuses == [423])
        #expect(phone.side.send(try subscribe(extra: ["Accept: text/plain"])).statuses == [406])
    }

    @Test(
        "kill -9: a subscription goes on in its dialog, CSeq grows, what happened meanwhile is told, and it ends as ever"
    )
    func survives() throws {
        var phone = try MailboxSide()
        let first = try #require(phone.side.send(try subscribe()).forwarded.first)
        #expect(phone.side.records.map(\.kind).contains(.mailboxWatcher))
        accept(first, &phone)
        var next = try MailboxSide(MailboxSide.server(records: phone.side.records, files: phone.side.files))
        #expect(next.side.command("stats")?["watchers"] == 1)
        let told = try #require(next.side.pass(.seconds(2)).forwarded.first)
        accept(told, &next)
        for name in [HeaderName.callID, .from, .to, .event] {
            #expect(told.request.firstValue(name) == first.request.firstValue(name), "\(name)")
        }
        #expect(told.request.requestURI == first.request.requestURI)
        #expect(told.request.values(.route) == first.request.values(.route))
        #expect(try #require(told.request.cseq?.number) > (try #require(first.request.cseq?.number)))
        #expect(told.request.body.string.hasSuffix("Voice-Message: 0/0\r\n"))
        let change = try #require(try leaveMessage(&next).forwarded.last)
        #expect(change.request.body.string.hasSuffix("Voice-Message: 1/0\r\n"))
        accept(change, &next)
        // RFC 6665 §4.2.1.4: a refresh in the dialog, and with Expires 0 its end, as if nothing had been.
        let tag = try #require(first.request.fromTag).string
        #expect(next.side.send(try subscribe(sequence: 2, toTag: tag)).statuses == [200])
        let last = try #require(next.side.send(try subscribe(expires: 0, sequence: 3, toTag: tag)).forwarded.first)
        #expect(last.request.firstValue(.subscriptionState)?.string == "terminated;reason=timeout")
        #expect(!next.side.records.map(\.kind).contains(.mailboxWatcher))
    }

    @Test("kill -9: a subscription whose time is over when the server comes back ends with a NOTIFY that says so")
    func expiredMeanwhile() throws {
        var phone = try MailboxSide()
        accept(try #require(phone.side.send(try subscribe(expires: 60)).forwarded.first), &phone)
        var next = try MailboxSide(MailboxSide.server(records: phone.side.records, at: .zero + .seconds(100)))
        let last = try #require(next.side.pass(.seconds(2)).forwarded.first)
        #expect(last.request.firstValue(.subscriptionState)?.string == "terminated;reason=timeout")
        #expect(next.side.command("stats")?["watchers"] == 0)
        #expect(!next.side.records.map(\.kind).contains(.mailboxWatcher))
    }

    @Test("a store that fails refuses nobody: 200, and the log says that the subscription is not stored")
    func storeFails() throws {
        var phone = try MailboxSide()
        phone.side.storeWorks = false
        let actions = phone.side.send(try subscribe())
        #expect(actions.statuses == [200])
        #expect(actions.forwarded.map(\.request.method) == [.notify])
        #expect(
            actions.contains { action in
                if case .observe(let observation) = action { observation.message.contains("not stored") } else { false }
            })
    }

    @Test("a record that is cut short is left aside, wherever that is")
    func cutShort() throws {
        var phone = try MailboxSide()
        _ = phone.side.send(try subscribe())
        let record = try #require(phone.side.records.first { $0.kind == .mailboxWatcher })
        for length in 0..<record.octets.count {
            let cut = StoredRecord(.mailboxWatcher, name: record.name, Array(record.octets.prefix(length)))
            var side = try SCSCFSide(records: [cut], unreadable: 1)
            #expect(side.command("stats")?["watchers"] == 0)
        }
    }

    @Test("a SUBSCRIBE to the voice mail system itself is for the mailbox of who asserts to be its user")
    func direct() throws {
        var phone = try MailboxSide()
        let request = try subscribe(to: MailboxSide.voicemail, route: nil, served: nil)
        #expect(phone.side.send(request).statuses == [200])
        #expect(
            phone.side.send(try subscribe(to: MailboxSide.voicemail, route: nil, served: nil, asserted: nil)).statuses
                == [403])
        let stranger = "sip:carol@\(domain)"
        let refused = try subscribe(to: MailboxSide.voicemail, route: nil, served: nil, asserted: stranger)
        #expect(phone.side.send(refused).statuses == [404])
    }

    @Test(
        "who is registered is told without having asked, where that is wanted", arguments: [true, false])
    func unsolicited(isWanted: Bool) throws {
        var phone = try MailboxSide { $0.notifiesUnsolicited = isWanted }
        let before = try leaveMessage(&phone)
        #expect(before.forwarded.isEmpty)
        let registered = phone.side.send(try register())
        #expect(registered.forwarded.map(\.request.method) == (isWanted ? [.notify] : []))
        guard isWanted else { return }
        let notify = try #require(registered.forwarded.first).request
        #expect(notify.requestURI.string == SCSCFSide.bob)
        #expect(notify.values(.route).map(\.string) == ["<sip:scscf.\(domain):5080;lr>"])
        #expect(notify.firstValue(.subscriptionState)?.string == "terminated;reason=noresource")
        #expect(notify.body.string.hasSuffix("Voice-Message: 1/0\r\n"))
    }

    // MARK: Steps

    private func accept(
        _ notify: (request: SIPMessage, client: ClientTransactionID), _ phone: inout MailboxSide
    ) {
        _ = phone.side.handle(.response(.response(.ok, to: notify.request, toTag: nil), notify.client))
    }

    private func leaveMessage(_ phone: inout MailboxSide) throws -> [Action<ServiceWork>] {
        try phone.leave()
        _ = phone.wait(milliseconds: 2_000)
        _ = phone.speak(1_200, milliseconds: 1_000)
        return phone.side.send(try phone.request(.bye, sequence: 2))
    }

    private func subscribe(
        to uri: String = SCSCFSide.bob, route: String? = SCSCFSide.returnRoute,
        served: String? = "<\(SCSCFSide.bob)>;sescase=orig;regstate=reg", asserted: String? = SCSCFSide.bob,
        event: String = "message-summary", expires: Int = 3600, sequence: Int = 1, toTag: String? = nil,
        extra: [String] = []
    ) throws -> SIPMessage {
        var lines = [
            "SUBSCRIBE \(uri) SIP/2.0", "Via: SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bKs", "Max-Forwards: 68",
            "Record-Route: <sip:scscf.\(domain):5080;lr>", "From: <\(SCSCFSide.bob)>;tag=b1",
            "To: <\(uri)>\(toTag.map { ";tag=\($0)" } ?? "")",
            "Call-ID: watch\(toTag == nil ? expires : 3600)\(event)@bob", "CSeq: \(sequence) SUBSCRIBE",
            "Contact: <sip:bob@192.0.2.2:5060>",
            "Event: \(event)", "Expires: \(expires)",
        ]
        if let route { lines.append("Route: <\(SCSCFSide.own);lr>, \(route)") }
        if let served { lines.append("P-Served-User: \(served)") }
        if let asserted { lines.append("P-Asserted-Identity: <\(asserted)>") }
        lines += extra + ["Content-Length: 0", "", ""]
        return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }

    private func register() throws -> SIPMessage {
        let lines = [
            "REGISTER \(SCSCFSide.own) SIP/2.0", "Via: SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bKr",
            "Max-Forwards: 70", "From: <sip:scscf.\(domain):5080>;tag=r1", "To: <\(SCSCFSide.bob)>",
            "Call-ID: third@scscf", "CSeq: 1 REGISTER", "Contact: <sip:scscf.\(domain):5080>", "Expires: 600",
            "Content-Length: 0", "", "",
        ]
        return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }
}
