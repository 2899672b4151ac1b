import ApplicationServer
import IMS
import Octets
import SIP
import Testing

@Suite("The operator's view of services")
struct OperatorTests {
    let domain = SCSCFSide.domain

    @Test("every setting is read back as it was written, and survives a restart")
    func roundTrip() throws {
        let values: [Setting: String] = [
            .forwardUnconditional: "sip:a@example.org", .forwardBusy: "off tel:+491", .forwardNoReply: "voicemail",
            .forwardNotReachable: "tel:+492", .forwardNotLoggedIn: "sips:b@example.org", .noReplyTime: "25",
            .notifyCaller: "no", .revealTarget: "no", .revealDiverting: "no", .aliases: "tel:+493,sip:bb@example.org",
            .hideIdentity: "default", .hideConnected: "yes", .seeCallers: "no", .seeConnected: "no",
            .barOutgoing: "international,+4990", .barIncoming: "all,sip:x@example.org", .rejectAnonymous: "yes",
            .barringPIN: "0815", .mailbox: "yes",
        ]
        #expect(values.count == Setting.allCases.count)
        let system = try SIPURI(parsing: "sip:voicemail.example.org")
        var side = try SCSCFSide { $0.voicemail = system }
        let lines = values.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: "\n")
        _ = side.command("service-set", ["identity": SCSCFSide.bob, "set": lines])
        side = try SCSCFSide(records: side.records)
        for identity in [SCSCFSide.bob, "tel:+493", "+493"] {
            let report = side.command("service", ["identity": identity])
            for (setting, value) in values { #expect(report?["settings"]?[setting.rawValue]?.text == value) }
        }
    }

    @Test(
        "what is refused, and nothing of it is kept",
        arguments: [
            "forward.busy nonsense", "forward.busy http://a", "forward.busy sip:nobody.example.org",
            "no-reply-time 4", "no-reply-time 121", "no-reply-time x", "notify-caller maybe", "colour red", "",
            "forward.busy voicemail", "hide-identity maybe", "bar-outgoing +", "bar-outgoing +49x",
            "bar-incoming everybody", "barring-pin 123", "mailbox yes",
            "aliases sip:carol@ims.mnc001.mcc001.3gppnetwork.org", "aliases x",
        ])
    func refused(line: String) throws {
        var side = try SCSCFSide()
        side.set("sip:carol@\(domain)", "forward.busy tel:+491")
        let report = side.command("service-set", ["identity": SCSCFSide.bob, "set": "notify-caller no\n\(line)"])
        // An empty line is no setting: it alone is passed over.
        #expect((report?["error"] == nil) == line.isEmpty)
        #expect(side.records.contains { $0.name == SCSCFSide.bob } == line.isEmpty)
    }

    @Test("a number is the same user as a tel URI and as a SIP URI of the home domain")
    func numbers() throws {
        var side = try SCSCFSide()
        side.set("+15550001", "forward.busy tel:+491")
        side.set("sip:+15550002@\(domain)", "forward.busy tel:+492")
        for (identity, target) in [
            ("sip:+15550001@\(domain)", "tel:+491"), ("tel:+15550001", "tel:+491"), ("+15550002", "tel:+492"),
            ("sip:+15550001@example.org", "off"), ("sip:+1555000x@\(domain)", "off"),
        ] {
            let report = side.command("service", ["identity": identity])
            #expect(report?["settings"]?["forward.busy"]?.text == target, "\(identity)")
        }
        side.set("sip:+15550001@\(domain)", "forward.busy tel:+493")
        #expect(side.command("services")?["total"] == 2)
    }

    @Test("users are listed, removed, and there are never more than the limit")
    func list() throws {
        var side = try SCSCFSide { $0.userLimit = 2 }
        side.set("sip:b@\(domain)", "forward.busy tel:+491")
        side.set("sip:a@\(domain)", "forward.busy tel:+491")
        let full = side.command("service-set", ["identity": "sip:c@\(domain)", "set": "notify-caller no"])
        #expect(full?["error"]?.text == "settings are kept for 2 users at most.")
        let report = side.command("services")
        #expect(report?["total"] == 2)
        #expect(report?["services"]?.list?.map { $0["identity"]?.text } == ["sip:a@\(domain)", "sip:b@\(domain)"])
        #expect(side.command("service-remove", ["identity": "sip:a@\(domain)"])?["error"] == nil)
        #expect(side.records.map(\.name) == ["sip:b@\(domain)"])
        #expect(side.command("service-remove", ["identity": "sip:a@\(domain)"])?["error"] != nil)
    }

    @Test("TS 24.229 §5.7.1.1: a third-party REGISTER is answered, and tells who is registered")
    func thirdParty() throws {
        var side = try SCSCFSide()
        func register(_ sequence: Int, expires: Int) throws -> SIPMessage {
            let lines = [
                "REGISTER \(SCSCFSide.own) SIP/2.0", "Via: SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bK\(sequence)",
                "Max-Forwards: 70", "From: <sip:scscf.\(domain):5080>;tag=s", "To: <\(SCSCFSide.bob)>",
                "Call-ID: third", "CSeq: \(sequence) REGISTER", "Contact: <sip:scscf.\(domain):5080>",
                "Expires: \(expires)", "Content-Length: 0", "", "",
            ]
            return try SIPMessage(parsing: Array(lines.joined(separator: "\r\n").utf8))
        }
        let response = try #require(side.send(try register(1, expires: 600)).responses.first)
        #expect(response.status == .ok)
        #expect(response.expires == 600)
        #expect(side.command("service", ["identity": SCSCFSide.bob])?["registered"] == true)
        #expect(side.send(try register(1, expires: 0)).statuses == [500])  // older than what we have had
        _ = side.pass(.seconds(600))
        #expect(side.command("service", ["identity": SCSCFSide.bob])?["registered"] == false)
        _ = side.send(try register(2, expires: 600))
        #expect(side.send(try register(3, expires: 0)).statuses == [200])
        #expect(side.command("service", ["identity": SCSCFSide.bob])?["registered"] == false)
    }

    @Test("A4: nobody but our S-CSCFs is served, and nothing is relayed that was not routed here")
    func strangers() throws {
        var side = try SCSCFSide()
        let stranger = Hop(.udp, ListenerID(rawValue: 0), Endpoint(IPAddress.v4(0xC000_0201), 5060))
        #expect(side.send(try SCSCFSide.invite(), from: stranger).statuses == [403])
        var direct = try SCSCFSide.invite()
        direct.remove(.route)
        #expect(side.send(direct).statuses == [403])
        side = try SCSCFSide { $0.trustedPeers = [.v4(0xC000_0201)] }
        #expect(side.send(try SCSCFSide.invite(), from: stranger).forwarded.count == 1)
    }

    @Test("a diverted call that comes by again as originating is not taken for one of the diverting user's own")
    func diverted() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "hide-identity always")
        for isDiverted in [false, true] {
            let history = ["History-Info: <\(SCSCFSide.bob)>;index=1, <sip:c@\(domain);cause=302>;index=1.1;mp=1"]
            let sent = side.send(
                try SCSCFSide.invite(
                    "sip:c@\(domain);cause=302", served: "<\(SCSCFSide.bob)>;sescase=orig;regstate=reg",
                    extra: isDiverted ? history : [])
            ).forwarded.first?.request
            #expect(sent?.contains(.privacy) == !isDiverted)
        }
    }

    @Test("RFC 5502: without a served user, or for anything but a first INVITE, a request only passes")
    func passage() throws {
        var side = try SCSCFSide()
        side.set(SCSCFSide.bob, "forward.unconditional tel:+491")
        for served in [nil, "<\(SCSCFSide.bob)>", "<\(SCSCFSide.bob)>;orig-cdiv"] {
            let sent = try #require(side.send(try SCSCFSide.invite(served: served)).forwarded.first).request
            #expect(sent.requestURI.string == SCSCFSide.bob)
        }
    }
}
