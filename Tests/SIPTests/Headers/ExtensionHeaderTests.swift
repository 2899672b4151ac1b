import Octets
import SIP
import Testing

/// A malformed set of parameters behind `value`.
private func withBadParameters(_ value: String) -> [String] {
    ["\(value);", "\(value);=a", "\(value);a=", "\(value);a=\"b", "\(value) x", "\(value);a b"]
}

@Suite("RFC 3262 §7: RSeq and RAck")
struct ReliabilityHeaderTests {
    static let rows = [
        HeaderRow(
            RSeq.self, accepts: ["1", "988789", "4294967295"], refuses: ["", "0", "-1", "4294967296", "1 2", "a"]),
        HeaderRow(
            RAck.self, accepts: ["776656 1 INVITE", "4294967295 2147483647 X"],
            writes: [("1  2\tINVITE", "1 2 INVITE")],
            refuses: [
                "", "1", "1 2", "1 INVITE", "0 1 INVITE", "4294967296 1 INVITE", "1 2147483648 INVITE",
                "1 2 INVITE x", "a 1 INVITE", "1 2INVITE", "1,2 INVITE",
            ]),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("§7.2: the parts of the example")
    func rack() throws {
        let rack = try RAck(parsing: "776656 1 INVITE")
        #expect(rack.response == 776_656)
        #expect(rack.cseq == CSeq(1, .invite))
        #expect(rack == RAck(776_656, CSeq(1, .invite)))
    }
}

@Suite("RFC 3323 §4.2: Privacy")
struct PrivacyTests {
    @Test("Grammar")
    func grammar() throws {
        try HeaderRow(
            Privacy.self, accepts: ["header;session;user;critical", "none", "id", "history", "x-own"],
            writes: [("Header ; ID", "header;id")], refuses: ["", ";", "id;", ";id", "id,user", "id user", "\"id\""]
        ).check()
    }

    @Test("RFC 3325 §9.3 and RFC 7044 §10.1: id and history")
    func values() throws {
        let privacy = try Privacy(parsing: "ID;history;foo")
        #expect(privacy.values == [.id, .history, .other("foo")])
        #expect(privacy.asks(for: .id))
        #expect(!privacy.asks(for: .user))
        #expect(Privacy(.user, .critical).text == "user;critical")
    }
}

@Suite("RFC 3891, 3892, 3911, 3515, 4488: transfer")
struct TransferHeaderTests {
    static let rows = [
        HeaderRow(
            Replaces.self,
            accepts: [
                "98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff",
                "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only",
            ],
            refuses: [
                "", "a@b", "a@b;to-tag=1", "a@b;from-tag=1", "a@b;to-tag=1;to-tag=2;from-tag=3",
                "a@b;to-tag;from-tag=1", "a b;to-tag=1;from-tag=2", ";to-tag=1;from-tag=2",
                "a@b;to-tag=\"1 2\";from-tag=2",
            ]),
        HeaderRow(
            Join.self, accepts: ["12adf2f34456gs5;to-tag=12345;from-tag=54321"],
            refuses: ["", "a", "a;to-tag=1", "a;from-tag=1;from-tag=2;to-tag=3"]),
        HeaderRow(
            ReferTo.self,
            accepts: ["<sip:dave@denver.example.org?Replaces=12345%40192.168.118.3%3B>;method=INVITE"],
            writes: [("sip:alice@atlanta.example.com", "<sip:alice@atlanta.example.com>")],
            refuses: ["", "sip:a@h?x=y", "<sip:a@h"] + withBadParameters("<sip:a@h>")),
        HeaderRow(
            ReferredBy.self, accepts: ["<sips:r@ref.example>;cid=\"2UWQFN309shb3@ref.example\""],
            refuses: [""] + withBadParameters("<sip:a@h>")),
        HeaderRow(
            ReferSub.self, accepts: ["true"], writes: [("False;x=y", "false;x=y")],
            refuses: ["", "yes", "true false", "true;"]),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("RFC 3891 §6.1: what a Replaces says")
    func replaces() throws {
        let replaces = try Replaces(parsing: "12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only")
        #expect(replaces.dialog.callID == "12adf2f34456gs5")
        #expect(replaces.dialog.toTag == "12345")
        #expect(replaces.dialog.fromTag == "54321")
        #expect(replaces.isEarlyOnly)
        let built = Replaces(DialogReference(callID: "a@b", toTag: "1", fromTag: "2"))
        #expect(built.text == "a@b;to-tag=1;from-tag=2")
        #expect(!built.isEarlyOnly)
    }

    @Test("RFC 3892 §3: the part that a Referred-By names; RFC 4488 §4: no subscription")
    func referral() throws {
        #expect(try ReferredBy(parsing: "<sips:r@ref.example>;cid=\"2UW@ref.example\"").token == "2UW@ref.example")
        #expect(try !ReferSub(parsing: "false").isWanted)
        #expect(ReferSub(true).isWanted)
    }
}

@Suite("RFC 4028: session timer")
struct SessionTimerHeaderTests {
    static let rows = [
        HeaderRow(
            SessionExpires.self, accepts: ["4000", "4000;refresher=uac", "1800;refresher=UAS;x=y"],
            refuses: ["", "-1", "4294967296", "a"] + withBadParameters("1")),
        HeaderRow(
            MinSE.self, accepts: ["90", "60;x"], refuses: ["", "a", "4294967296"] + withBadParameters("90")),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("§4: the refresher")
    func refresher() throws {
        #expect(try SessionExpires(parsing: "4000").refresher == nil)
        #expect(try SessionExpires(parsing: "4000 ;refresher=UAC").refresher == .uac)
        #expect(SessionExpires(1800, refresher: .uas).text == "1800;refresher=uas")
        #expect(try MinSE(parsing: "3600").seconds == 3600)
        let message = try SIPMessage(parsing: Sample.request("x: 1800;refresher=uas\n"))
        #expect(try message.first(SessionExpires.self)?.refresher == .uas)
    }
}

@Suite("RFC 4412 §3: resource priority")
struct ResourcePriorityTests {
    static let rows = [
        HeaderRow(
            ResourcePriority.self, accepts: ["dsn.flash", "q735.3", "wps.3", "dsn.flash-override"],
            refuses: ["", "dsn", "dsn.", ".flash", "dsn.a.b", "dsn flash", "dsn.fl ash", "dsn.flash;x"]),
        HeaderRow(AcceptResourcePriority.self, accepts: ["q735.0"], refuses: ["", "q735", "q.7.3"]),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("§3.1: case does not matter; one field or several")
    func values() throws {
        #expect(try ResourceValue(parsing: "DSN.Flash") == ResourceValue(parsing: "dsn.flash"))
        #expect(try ResourceValue(parsing: "dsn.flash") != ResourceValue(parsing: "wps.flash"))
        let one = try SIPMessage(parsing: Sample.request("Resource-Priority: wps.3, dsn.flash\n"))
        let two = try SIPMessage(parsing: Sample.request("Resource-Priority: wps.3\nResource-Priority: dsn.flash\n"))
        #expect(try one.all(ResourcePriority.self) == two.all(ResourcePriority.self))
        #expect(try one.all(ResourcePriority.self).count == 2)
    }
}

@Suite("RFC 3903, 5839, 6086, 7433: events and data")
struct EventDataHeaderTests {
    static let rows = [
        HeaderRow(SIPETag.self, accepts: ["dx200xyz"], refuses: ["", "a b", "\"a\"", "a;b"]),
        HeaderRow(SIPIfMatch.self, accepts: ["dx200xyz"], refuses: ["", "a,b"]),
        HeaderRow(SuppressIfMatch.self, accepts: ["b4cf7", "*"], refuses: ["", "a b"]),
        HeaderRow(AllowEvents.self, accepts: ["presence", "presence.winfo"], refuses: ["", "a;b", "a b"]),
        HeaderRow(InfoPackage.self, accepts: ["foo", "foo;a=b"], refuses: ["", ";a"] + withBadParameters("foo")),
        HeaderRow(RecvInfo.self, accepts: ["P", "R;x"], refuses: ["", "\"P\""] + withBadParameters("P")),
        HeaderRow(
            UserToUser.self,
            accepts: ["56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar", "\"a \\\"b\\\"\";purpose=x"],
            refuses: ["", "a b", "\"a", ";encoding=hex"] + withBadParameters("aa")),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("RFC 7433 §4.1: the parts of the example")
    func userToUser() throws {
        let data = try UserToUser(parsing: "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar")
        #expect(data.data == "56a390f3d2b7310023a2")
        #expect(data.encoding == "hex")
        #expect(data.purpose == "foo")
        #expect(data.content == "bar")
        #expect(try UserToUser(parsing: "\"a \\\"b\\\"\"").data == "a \"b\"")
    }

    @Test("RFC 6086 §7.3: an empty Recv-Info takes no package")
    func recvInfo() throws {
        let message = try SIPMessage(parsing: Sample.request("Recv-Info:\n"))
        #expect(message.contains(.recvInfo))
        #expect(try message.all(RecvInfo.self).isEmpty)
        #expect(try SuppressIfMatch(parsing: "*").isAny)
        #expect(try !SuppressIfMatch(parsing: "b4cf7").isAny)
    }
}

@Suite("RFC 7989 §5: Session-ID")
struct SessionIDTests {
    @Test("Grammar")
    func grammar() throws {
        let local = "ab30317f1a784dc48ff824d0d3715d86"
        let remote = "47755a9de7794ba387653f2099600ef2"
        try HeaderRow(
            SessionID.self,
            accepts: [local, "\(local);remote=\(remote)", "\(local);remote=00000000000000000000000000000000;x=y"],
            refuses: [
                "", "ab", local + "0", local.uppercased(), "g" + local.dropFirst(), "\(local);remote=ab",
                "\(local);remote", "\(local);remote=\(remote);remote=\(remote)",
            ] + withBadParameters(local)
        ).check()
    }

    @Test("The example: both ends, and the one that is not known yet")
    func ends() throws {
        let id = try SessionID(
            parsing: "ab30317f1a784dc48ff824d0d3715d86;\tremote=47755a9de7794ba387653f2099600ef2")
        #expect("\(id.local)" == "ab30317f1a784dc48ff824d0d3715d86")
        #expect(id.remote?.description == "47755a9de7794ba387653f2099600ef2")
        let first = SessionID(local: id.local, remote: .null)
        #expect(first.text == "ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000")
        #expect(first.remote?.isNull == true)
        #expect(SessionID(local: id.local).remote == nil)
        #expect(SessionID.UUID("00000000000000000000000000000000") == .null)
    }
}

@Suite("RFC 6442 and 8262: location and the body that holds it")
struct LocationHeaderTests {
    static let rows = [
        HeaderRow(
            Geolocation.self,
            accepts: [
                "<cid:target123@atlanta.example.com>", "<sips:3sdefrhy2jj7@lis.atlanta.example.com>;x=y",
                "<https://lis.example.com/a?b>",
            ],
            refuses: ["", "cid:a@b", "<>", "<cid:a b>", "\"x\" <cid:a@b>"] + withBadParameters("<cid:a@b>")),
        HeaderRow(
            GeolocationRouting.self, accepts: ["yes", "no", "other"],
            refuses: ["", "yes no"] + withBadParameters("yes")),
        HeaderRow(
            GeolocationError.self, accepts: ["100;code=\"Cannot Process Location\"", "5", "300"],
            refuses: ["", "1000", "a", "-1"] + withBadParameters("100")),
        HeaderRow(
            ContentID.self, accepts: ["<target123@atlanta.example.com>", "<1@a.example>"],
            refuses: ["", "a@b", "<a>", "<@b>", "<a@>", "<a@b@c>", "<a b@c>", "<a@b", "<<a@b>>", "<a@b> x"]),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("RFC 6442 §4.2.1: only yes allows routing by location")
    func routing() throws {
        #expect(try GeolocationRouting(parsing: "Yes").isAllowed)
        #expect(try !GeolocationRouting(parsing: "no").isAllowed)
        #expect(try !GeolocationRouting(parsing: "maybe").isAllowed)
        #expect(GeolocationRouting(false).text == "no")
    }

    @Test("RFC 6442 §4.4: code and text")
    func errors() throws {
        let error = try GeolocationError(parsing: "201;code=\"Permission To Retransmit\"")
        #expect(error.code == 201)
        #expect(error.explanation == "Permission To Retransmit")
        #expect(GeolocationError(100, "Cannot").text == "100;code=\"Cannot\"")
    }

    @Test("RFC 8262 §3: the cid of a Geolocation names the body")
    func contentID() throws {
        let id = try ContentID(parsing: "<target%123@atlanta.example.com>")
        #expect(id.isNamed(by: "cid:target%25123@atlanta.example.com"))
        #expect(!id.isNamed(by: "cid:target@atlanta.example.com"))
        #expect(!id.isNamed(by: "sip:target%25123@atlanta.example.com"))
        #expect(try Geolocation(parsing: "<CID:a@b>").isInBody)
        #expect(try !Geolocation(parsing: "<sip:a@b>").isInBody)
    }
}

@Suite("RFC 5626 §10 and RFC 5393 §5.8: Flow-Timer and Max-Breadth")
struct FlowHeaderTests {
    static let rows = [
        HeaderRow(FlowTimer.self, accepts: ["120", "0"], refuses: ["", "a", "-1", "1.5", "4294967296"]),
        HeaderRow(MaxBreadth.self, accepts: ["60", "0"], refuses: ["", "a", "-1", "4294967296"]),
        HeaderRow(
            Identity.self, accepts: ["eyJh.eyJk.VLBC;info=<https://biloxi.example.org/biloxi.cert>;alg=ES256"],
            refuses: ["a\u{1}b"]),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test(
        "RFC 5626 §4.2: reg-id is 1 to 2³¹−1",
        arguments: [
            ("1", 1), ("2147483647", 2_147_483_647), ("0", nil), ("2147483648", nil), ("99999999999999999999", nil),
            ("a", nil),
        ] as [(String, Int?)])
    func registrationID(_ text: String, _ expected: Int?) throws {
        #expect(try Contact(parsing: OctetSlice("<sip:a@h>;reg-id=\(text)")).registrationID == expected)
    }
}
