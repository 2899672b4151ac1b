import ApplicationServer
import IMS
import Octets
import SIP
import Testing

/// The clauses of TS 24.604 are cited as the project knows them; the text was not at hand. RFC 7044 and RFC 4458 were.
@Suite("TS 24.604: communication diversion")
struct CallForwardingTests {
    let domain = SCSCFSide.domain

    @Test("a call of a user without rules goes back to the S-CSCF as it came, without Record-Route")
    func nothingSet() throws {
        var side = try SCSCFSide()
        let invite = try SCSCFSide.invite()
        let sent = try #require(side.send(invite).forwarded.first).request
        #expect(sent.requestURI == invite.requestURI)
        #expect(sent.values(.route) == [OctetSlice(SCSCFSide.returnRoute)])
        #expect(sent.values(.recordRoute) == invite.values(.recordRoute))
        #expect(sent.maxForwards == 67)
        #expect(!sent.contains(.historyInfo))
    }

    @Test("CFU: the diverted request, RFC 7044 §10.3, RFC 4458 §2, and 181 for the caller")
    func unconditional() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.unconditional sip:carol@\(domain)")
        let actions = side.send(try SCSCFSide.invite())
        let sent = try #require(actions.forwarded.first).request
        #expect(actions.forwarded.count == 1)
        #expect(sent.requestURI.string == "sip:carol@\(domain);cause=302")
        #expect(
            sent.values(.historyInfo).map(\.string) == [
                "<\(SCSCFSide.bob)>;index=1", "<sip:carol@\(domain);cause=302>;index=1.1;mp=1",
            ])
        #expect(sent.values(.pServedUser).map(\.string) == ["<\(SCSCFSide.bob)>;orig-cdiv"])
        #expect(sent.values(.route) == [OctetSlice(SCSCFSide.returnRoute)])
        #expect(sent.firstValue(.pAssertedIdentity)?.string == "<sip:alice@\(domain)>")
        #expect(actions.statuses == [181])
        #expect(actions.responses.first?.values(.historyInfo).count == 2)
        #expect(actions.responses.first?.firstValue(.pAssertedIdentity)?.string == "<\(SCSCFSide.bob)>")
    }

    @Test("a telephone number as target becomes a SIP URI of the home domain, RFC 3261 §19.1.6")
    func number() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.unconditional +4930123456")
        let sent = try #require(side.send(try SCSCFSide.invite()).forwarded.first).request
        #expect(sent.requestURI.string == "sip:+4930123456@\(domain);user=phone;cause=302")
    }

    @Test(
        "what the phone's answer means: cause of the diversion",
        arguments: [
            (false, 486, "busy", 486), (true, 486, "busy", 486), (false, 600, "busy", 486),
            (false, 408, "not-reachable", 503), (false, 480, "not-reachable", 503),
            (false, 503, "not-reachable", 503), (false, 430, "not-reachable", 503),
            (true, 480, "no-reply", 408), (true, 408, "no-reply", 408),
        ])
    func conditional(isRinging: Bool, status: UInt16, rule: String, cause: Int) throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.\(rule) sip:carol@\(domain)")
        let invite = try SCSCFSide.invite()
        let (offered, client) = try #require(side.send(invite).forwarded.first)
        #expect(offered.requestURI == invite.requestURI)
        if isRinging {
            let ringing = SIPMessage.response(.ringing, to: offered, toTag: "b1")
            #expect(side.handle(.response(ringing, client)).statuses == [180])
        }
        let answer = SIPMessage.response(try #require(Status(rawValue: status)), to: offered, toTag: "b1")
        let actions = side.handle(.response(answer, client))
        #expect(actions.statuses == [181])
        let diverted = try #require(actions.forwarded.first).request
        #expect(diverted.requestURI.string == "sip:carol@\(domain);cause=\(cause)")
        #expect(
            diverted.values(.historyInfo).map(\.string) == [
                "<\(SCSCFSide.bob)?Reason=SIP%3Bcause%3D\(status)>;index=1",
                "<sip:carol@\(domain);cause=\(cause)>;index=1.1;mp=1",
            ])
        #expect(diverted.values(.route) == [OctetSlice(SCSCFSide.returnRoute)])
    }

    @Test(
        "without a rule for the case, the phone's answer is the caller's", arguments: [486, 480, 503, 603] as [UInt16])
    func noRule(status: UInt16) throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.no-reply sip:carol@\(domain)")
        let (offered, client) = try #require(side.send(try SCSCFSide.invite()).forwarded.first)
        let answer = SIPMessage.response(try #require(Status(rawValue: status)), to: offered, toTag: "b1")
        let actions = side.handle(.response(answer, client))
        // A 503 would say that the whole network can serve nobody (RFC 3261 §16.7).
        #expect(actions.statuses == [status == 503 ? 500 : Int(status)])
        #expect(actions.forwarded.isEmpty)
    }

    @Test("CFNR: after the time of ringing the phone's INVITE is cancelled, then the call is diverted")
    func noReply() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.no-reply sip:carol@\(domain)", "no-reply-time 15")
        let (offered, client) = try #require(side.send(try SCSCFSide.invite()).forwarded.first)
        _ = side.pass(.seconds(3))
        _ = side.handle(.response(.response(.ringing, to: offered, toTag: "b1"), client))
        #expect(side.pass(.milliseconds(14_999)).cancelled.isEmpty)
        #expect(side.pass(.milliseconds(1)).cancelled == [client])
        let terminated = SIPMessage.response(.requestTerminated, to: offered, toTag: "b1")
        let actions = side.handle(.response(terminated, client))
        let (diverted, second) = try #require(actions.forwarded.first)
        #expect(diverted.requestURI.string == "sip:carol@\(domain);cause=408")
        #expect(!actions.statuses.contains(487))
        let answered = side.handle(.response(.response(.ok, to: diverted, toTag: "c1"), second))
        #expect(answered.statuses == [200])
    }

    @Test("CFNR: a 200 that crosses the CANCEL wins")
    func answeredAtTheLastMoment() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.no-reply sip:carol@\(domain)")
        let (offered, client) = try #require(side.send(try SCSCFSide.invite()).forwarded.first)
        _ = side.handle(.response(.response(.ringing, to: offered, toTag: "b1"), client))
        #expect(side.pass(.seconds(20)).cancelled == [client])
        let actions = side.handle(.response(.response(.ok, to: offered, toTag: "b1"), client))
        #expect(actions.statuses == [200])
        #expect(actions.forwarded.isEmpty)
    }

    @Test("CFNRc: a phone that gives no sign of life is not reachable; one that has said 183 is")
    func silence() throws {
        for isAlive in [false, true] {
            var side = try SCSCFSide()
            side.set(SCSCFSide.bob, "forward.not-reachable sip:carol@\(domain)")
            let (offered, client) = try #require(side.send(try SCSCFSide.invite()).forwarded.first)
            _ = side.handle(.response(.response(.trying, to: offered, toTag: nil), client))
            if isAlive {
                _ = side.handle(.response(.response(.sessionProgress, to: offered, toTag: "b1"), client))
            }
            #expect(side.pass(.seconds(10)).cancelled == (isAlive ? [] : [client]))
            guard !isAlive else { continue }
            let actions = side.handle(.transactionFailed(client, .timeout))
            #expect(actions.forwarded.first?.request.requestURI.string == "sip:carol@\(domain);cause=503")
        }
    }

    @Test("CFNL: nobody is registered; the rule for not reachable holds when there is none of its own")
    func notLoggedIn() throws {
        for rule in ["not-logged-in", "not-reachable"] {
            var side = try SCSCFSide()
            side.set(SCSCFSide.bob, "forward.\(rule) sip:carol@\(domain)")
            let served = "<\(SCSCFSide.bob)>;sescase=term;regstate=unreg"
            let sent = try #require(side.send(try SCSCFSide.invite(served: served)).forwarded.first).request
            #expect(sent.requestURI.string == "sip:carol@\(domain);cause=404")
        }
    }

    @Test("CD: a 302 of the phone diverts the call", arguments: [(false, 480), (true, 487)])
    func deflection(isRinging: Bool, cause: Int) throws {
        var side = try SCSCFSide()
        let (offered, client) = try #require(side.send(try SCSCFSide.invite()).forwarded.first)
        if isRinging { _ = side.handle(.response(.response(.ringing, to: offered, toTag: "b1"), client)) }
        var answer = SIPMessage.response(.movedTemporarily, to: offered, toTag: "b1")
        answer.append(.contact, "<sip:dave@\(domain)>")
        let actions = side.handle(.response(answer, client))
        #expect(actions.forwarded.first?.request.requestURI.string == "sip:dave@\(domain);cause=\(cause)")
    }

    @Test("the caller gives up while the phone rings: nothing is diverted")
    func callerGivesUp() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.no-reply sip:carol@\(domain)", "forward.busy sip:carol@\(domain)")
        let (offered, client) = try #require(side.send(try SCSCFSide.invite()).forwarded.first)
        _ = side.handle(.response(.response(.ringing, to: offered, toTag: "b1"), client))
        let actions = side.handle(.cancelled(side.lastTransaction))
        #expect(actions.cancelled == [client])
        let last = side.handle(.response(.response(.requestTerminated, to: offered, toTag: "b1"), client))
        #expect(last.statuses == [487])
        #expect(last.forwarded.isEmpty)
        #expect(side.pass(.seconds(60)).isEmpty)
    }

    @Test(
        "the limit counts entries with a cause: a call that has had them all gets 480, when busy 486",
        arguments: [("unconditional", 480), ("busy", 486)])
    func limit(rule: String, status: Int) throws {
        var side = try SCSCFSide { $0.diversionLimit = 2 }
        side.set(SCSCFSide.bob, "forward.\(rule) sip:carol@\(domain)")
        let history = [
            "History-Info: <sip:x@\(domain)>;index=1, <sip:y@\(domain);cause=302>;index=1.1;mp=1",
            "History-Info: <\(SCSCFSide.bob);cause=486>;index=1.1.1;mp=1.1",
        ]
        var actions = side.send(try SCSCFSide.invite(extra: history))
        if rule == "busy" {
            let (offered, client) = try #require(actions.forwarded.first)
            actions = side.handle(.response(.response(.busyHere, to: offered, toTag: "b1"), client))
        }
        #expect(actions.statuses == [status])
        #expect(actions.forwarded.isEmpty)
    }

    @Test("RFC 7044 §9.1, §10.3 rules 2 and 6: entries that came stay; a gap before ours is a level of 0")
    func longerHistory() throws {
        for (last, indexes) in [
            ("<\(SCSCFSide.bob);cause=486>;index=1.1;mp=1", ["1", "1.1", "1.1.1"]),
            ("<sip:y@\(domain);cause=486>;index=1.1;mp=1", ["1", "1.1", "1.1.0", "1.1.0.1"]),
        ] {
            var side = try SCSCFSide()
            side.set(SCSCFSide.bob, "forward.unconditional sip:carol@\(domain)")
            let history = ["History-Info: <sip:x@\(domain)>;index=1, \(last)"]
            let sent = try #require(side.send(try SCSCFSide.invite(extra: history)).forwarded.first).request
            let entries = try sent.all(HistoryInfo.self)
            #expect(entries.map { $0.index?.description } == indexes)
            #expect(entries.last?.target == .mapped(HistoryIndex(entries.dropLast().last?.index?.levels ?? [])))
        }
    }

    @Test("what the user keeps secret: himself from the new target, the target from the caller, the diversion at all")
    func secrets() throws {
        var side = try SCSCFSide()
        side.set(
            SCSCFSide.bob, "forward.unconditional sip:carol@\(domain)", "reveal-diverting no", "reveal-target no")
        let actions = side.send(try SCSCFSide.invite())
        let (sent, client) = try #require(actions.forwarded.first)
        #expect(sent.values(.historyInfo).first?.string == "<\(SCSCFSide.bob)?Privacy=history>;index=1")
        let told = try #require(actions.responses.first)
        #expect(!told.values(.historyInfo).contains { $0.string.contains("carol") })
        var ringing = SIPMessage.response(.ringing, to: sent, toTag: "c1")
        ringing.append(.pAssertedIdentity, "<sip:carol@\(domain)>")
        for entry in sent.values(.historyInfo) { ringing.append(.historyInfo, entry) }
        let passed = try #require(side.handle(.response(ringing, client)).responses.first)
        #expect(passed.status == .ringing)
        #expect(!passed.description.contains("sip:carol@\(domain)"))
        side.set(SCSCFSide.bob, "notify-caller no")
        #expect(side.send(try SCSCFSide.invite()).statuses.isEmpty)
    }

    @Test("RFC 7044 §9.4: a caller who does not know histinfo gets none")
    func callerWithoutHistory() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.unconditional sip:carol@\(domain)")
        var invite = try SCSCFSide.invite()
        invite.set(.supported, "100rel")
        let told = try #require(side.send(invite).responses.first)
        #expect(told.status == .callIsBeingForwarded)
        #expect(!told.contains(.historyInfo))
    }

    @Test("RFC 4458 §2: a call for the mailbox goes to the voice mail system, with whose it is and why")
    func voicemailAddress() throws {
        let system = try SIPURI(parsing: "sip:mail@voicemail.\(domain):5092")
        var side = try SCSCFSide { $0.voicemail = system }
        side.set(SCSCFSide.bob, "forward.unconditional voicemail")
        let sent = try #require(side.send(try SCSCFSide.invite()).forwarded.first).request
        guard case .sip(let uri) = try sent.parsedRequestURI() else {
            Issue.record("no SIP URI")
            return
        }
        #expect(uri.host.string == "voicemail.\(domain)")
        #expect(uri.parameters["target"]?.string == SCSCFSide.bob)
        #expect(uri.parameters["cause"]?.string == "302")
    }
}
