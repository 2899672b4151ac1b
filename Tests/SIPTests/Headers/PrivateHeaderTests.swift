import Octets
import SIP
import Testing

@Suite("RFC 7315: private headers of 3GPP")
struct PrivateHeaderTests {
    static let rows = [
        HeaderRow(
            PAssociatedURI.self, accepts: ["<sip:user1@example.com>", "\"A\" <tel:+1>;x=y"],
            refuses: ["", "<>", "<sip:a"]),
        HeaderRow(
            PCalledPartyID.self, accepts: ["<sip:user1-business@example.com>"], refuses: ["", "a", "<sip:a h>"]),
        HeaderRow(
            PVisitedNetworkID.self, accepts: ["other.net", "\"Visited network number 1\"", "\"a \\\" b\";x=y"],
            refuses: ["", "a b", "\"a", "\"\"", "a;", "<a>"]),
        HeaderRow(
            PAccessNetworkInfo.self,
            accepts: [
                "3GPP-UTRAN-TDD; utran-cell-id-3gpp=234151D0FCE11", "IEEE-802.11a",
                "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=\"C359A3913B20E\";network-provided",
                "ADSL2+;dsl-location=\"x y\"", "GSTN;operator-specific-GI=1;local-time-zone=\"UTC+01:00\"",
            ], refuses: ["", ";network-provided", "3GPP UTRAN", "ADSL;dsl-location=\"x", "ADSL;;"]),
        HeaderRow(
            PChargingVector.self,
            accepts: [
                "icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=home1.net",
                "icid-value=\"a b\";icid-generated-at=[2001:db8::1];orig-ioi=a;term-ioi=b;transit-ioi=\"c.1,void\"",
                "icid-value=1;related-icid=2;related-icid-generated-at=host.example.com;x-own",
            ],
            refuses: [
                "", "icid-value", "icid-value=", "orig-ioi=a", ";icid-value=1", "icid-value=1;;x", "icid-value=1;",
                "icid-value=\"1", "icid-value=1;icid-value=2", "icid-value=1, icid-value=2",
            ]),
        HeaderRow(
            PChargingFunctionAddresses.self,
            accepts: [
                "ccf=192.0.8.1; ecf=192.0.8.3", "ccf-2=192.0.8.2; ecf-2=192.0.8.4", "ccf=[5555::a];x=\"y z\"",
            ],
            refuses: ["", ";", "ccf=", "ccf=1;;ecf=2", "ccf=\"1", "=1"]),
    ]

    @Test("§5: grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("§4.5.2.3: the example, first and second choices in two values")
    func chargingFunctions() throws {
        let message = try SIPMessage(
            parsing: Sample.request(
                "P-Charging-Function-Addresses: ccf=192.0.8.1; ecf=192.0.8.3,\n ccf-2=192.0.8.2; ecf-2=192.0.8.4\n"))
        let values = try message.all(PChargingFunctionAddresses.self)
        #expect(values.count == 2)
        #expect(values.flatMap(\.collection) == ["192.0.8.1", "192.0.8.2"])
        #expect(values.flatMap(\.event) == ["192.0.8.3", "192.0.8.4"])
        let built = PChargingFunctionAddresses(collection: ["192.0.8.1", "192.0.8.2"], event: ["[2001:db8::1]"])
        #expect(built.text == "ccf=192.0.8.1;ecf=[2001:db8::1];ccf-2=192.0.8.2")
        #expect(built.collection == ["192.0.8.1", "192.0.8.2"])
    }

    @Test("§4.6.4: the charging ID of a related leg")
    func related() throws {
        let vector = try PChargingVector(parsing: "icid-value=1;related-icid=2;related-icid-generated-at=192.0.6.8")
        #expect(vector.relatedICID == "2")
        #expect(vector.relatedGeneratedAt == "192.0.6.8")
    }

    @Test("§4.6.3: transit networks count up, and void ones count")
    func transit() throws {
        var vector = PChargingVector(icid: "1")
        #expect(vector.transitOperators == nil)
        vector.append(transitOperator: "operatorA")
        vector.append(transitOperator: nil)
        vector.append(transitOperator: nil)
        vector.append(transitOperator: "operatorB")
        #expect(vector.text == "icid-value=1;transit-ioi=\"operatorA.1,void,void,operatorB.4\"")
        #expect(
            vector.transitOperators
                == [.network("operatorA", index: 1), .void, .void, .network("operatorB", index: 4)])
        let again = try PChargingVector(parsing: OctetSlice(vector.text))
        #expect(again.transitOperators == vector.transitOperators)
        for malformed in ["a", ".1", "a.", "a.x", "a.1,,b.2", "a.4294967296"] {
            #expect(
                try PChargingVector(parsing: OctetSlice("icid-value=1;transit-ioi=\"\(malformed)\"")).transitOperators
                    == nil)
        }
    }

    @Test(
        "§5.4: where the access is",
        arguments: [
            ("3GPP-UTRAN-TDD; utran-cell-id-3gpp=234151D0FCE11", "234151D0FCE11"),
            ("3GPP-GERAN;cgi-3gpp=1", "1"), ("IEEE-802.11;i-wlan-node-id=00a0c91e6bf6", "00a0c91e6bf6"),
            ("ADSL;dsl-location=\"a b\"", "a b"), ("IEEE-802.3ab;eth-location=x", "x"), ("GPON;fiber-location=x", "x"),
            ("3GPP2-1X;ci-3gpp2=x", "x"), ("3GPP2-1X-Femto;ci-3gpp2-femto=x", "x"), ("GSTN;gstn-location=x", "x"),
            ("DVB-RCS2;dvb-rcs2-node-id=\"x\"", "x"), ("IEEE-802.11", nil),
        ] as [(String, String?)])
    func access(_ text: String, _ location: String?) throws {
        let info = try PAccessNetworkInfo(parsing: OctetSlice(text))
        #expect(info.location?.string == location)
        #expect(!info.isNetworkProvided)
    }

    @Test("§5.4: what the network itself says")
    func networkProvided() throws {
        let info = try PAccessNetworkInfo(
            parsing: "3GPP-UTRAN;utran-sai-3gpp=1;local-time-zone=\"UTC+01:00\";operator-specific-GI=2;Network-Provided"
        )
        #expect(info.isNetworkProvided)
        #expect(info.serviceArea == "1")
        #expect(info.localTimeZone == "UTC+01:00")
        #expect(info.operatorSpecificLocation == "2")
    }
}

@Suite("RFC 3325, 3327, 3608, 5009, 5502, 6050: addresses and services inside the network")
struct NetworkHeaderTests {
    static let rows = [
        HeaderRow(
            PAssertedIdentity.self, accepts: ["<tel:+14085264000>"],
            writes: [("\"Cullen Jennings\" <sip:fluffy@cisco.com>", "\"Cullen Jennings\" <sip:fluffy@cisco.com>")],
            refuses: ["", "<>", "fluffy"]),
        HeaderRow(PPreferredIdentity.self, accepts: ["\"C\" <sip:fluffy@cisco.com>"], refuses: ["", "<sip:a"]),
        HeaderRow(Path.self, accepts: ["<sip:P1.EXAMPLEVISITED.COM;lr>"], refuses: ["", "<sip:a;lr"]),
        HeaderRow(ServiceRoute.self, accepts: ["<sip:HSP.HOME.EXAMPLE.COM;lr>"], refuses: ["", "a"]),
        HeaderRow(
            PEarlyMedia.self, accepts: ["sendrecv", "gated", "supported", "x-new"],
            refuses: ["", "send recv", "a;b"]),
        HeaderRow(
            PServedUser.self,
            accepts: [
                "<sip:user@example.com>; sescase=orig; regstate=reg", "<sip:user@example.com>;regstate=unreg;x",
            ],
            writes: [("sip:user@example.com;sescase=term", "<sip:user@example.com>;sescase=term")],
            refuses: ["", "<sip:a@h>;sescase=both", "<sip:a@h>;regstate=x", "<sip:a@h>;sescase", "<sip:a@h>;;"]),
        HeaderRow(
            PAssertedService.self,
            accepts: ["urn:urn-7:3gpp-service.ims.icsi.mmtel", "urn:urn-7:3gpp-service.exampletelephony.version1"],
            refuses: [
                "", "urn:urn-7:", "urn:urn-7:a..b", "urn:urn-7:a.", "urn:service:sos", "mmtel", "urn:urn-7:a b",
            ]),
        HeaderRow(PPreferredService.self, accepts: ["urn:urn-7:a-"], refuses: ["", "urn:urn-7:a_b"]),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("RFC 5502 §6: session case and registration state")
    func servedUser() throws {
        let user = try PServedUser(parsing: "<sip:user@example.com>; sescase=orig; regstate=unreg")
        #expect(user.sessionCase == .originating)
        #expect(user.isRegistered == false)
        #expect(try PServedUser(parsing: "<sip:a@h>").sessionCase == nil)
        #expect(try PServedUser(parsing: "<sip:a@h>").isRegistered == nil)
        #expect(
            PServedUser(uri: "sip:a@h", .originatingAfterDiversion, isRegistered: true).text == "<sip:a@h>;orig-cdiv")
        #expect(try PServedUser(parsing: "<sip:a@h>;orig-cdiv").sessionCase == .originatingAfterDiversion)
        #expect(
            PServedUser(uri: "sip:a@h", .terminating, isRegistered: true).text == "<sip:a@h>;sescase=term;regstate=reg")
    }

    @Test("RFC 5009 §8: what a P-Early-Media authorizes")
    func earlyMedia() throws {
        let message = try SIPMessage(parsing: Sample.request("P-Early-Media: SendRecv, gated\n"))
        let values = try message.all(PEarlyMedia.self)
        #expect(values.map(\.authorization) == [.sendrecv, nil])
        #expect(values.map(\.isGated) == [false, true])
        #expect(try PEarlyMedia(parsing: "supported").isSupported)
        #expect(try PEarlyMedia(parsing: "sendonly").authorization == .sendonly)
        #expect(try PEarlyMedia(parsing: "recvonly").authorization == .recvonly)
        #expect(try PEarlyMedia(parsing: "inactive").authorization == .inactive)
    }

    @Test("RFC 6050 §4.4: a service by name")
    func services() throws {
        let service = try PAssertedService(parsing: "urn:urn-7:3gpp-service.ims.icsi.mmtel").service
        #expect(service.service == "3gpp-service.ims.icsi.mmtel")
        #expect(try service == ServiceID(parsing: "URN:URN-7:3GPP-Service.ims.icsi.mmtel"))
        #expect(try service != ServiceID(parsing: "urn:urn-7:3gpp-service.ims.icsi.mmtel.x"))
        let long = String(repeating: "a", count: 27)
        #expect(try ServiceID(parsing: OctetSlice("urn:urn-7:" + long)).service.count == 27)
        #expect(throws: SIPSyntaxError.self) { try ServiceID(parsing: OctetSlice("urn:urn-7:a" + long)) }
    }

    @Test("RFC 3329 §2.2: the parameters of the mechanism digest")
    func securityDigest() throws {
        let server = try SecurityServer(
            parsing: "digest;d-alg=MD5;d-qop=auth;d-ver=\"0000000000000000000000000000abcd\";q=0.2")
        #expect(server.mechanism.digestAlgorithm == "MD5")
        #expect(server.mechanism.digestQOP == "auth")
        #expect(server.mechanism.digestVerify == "0000000000000000000000000000abcd")
        #expect(server.mechanism.q == 200)
    }
}

@Suite("RFC 7044 §5: History-Info")
struct HistoryInfoTests {
    @Test("Grammar")
    func grammar() throws {
        try HeaderRow(
            HistoryInfo.self,
            accepts: [
                "<sip:UserA@ims.example.com>;index=1;foo=bar",
                "<sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D302>;index=1.1",
                "<sip:UserB@example.com?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1.2;mp=1.1",
                "<sip:45432@192.168.0.3>;index=1.3;rc=1.2", "<sip:bob@biloxi.example.com;p=x>;np=1;index=1.1",
            ],
            refuses: [
                "", "sip:a@h;index=1", "<sip:a@h>", "<sip:a@h>;index", "<sip:a@h>;index=1.", "<sip:a@h>;index=.1",
                "<sip:a@h>;index=01", "<sip:a@h>;index=1.a", "<sip:a@h>;index=1;index=2", "<sip:a@h>;index=1;rc=x",
                "<sip:a@h>;index=1;mp=", "<sip:a@h>;index=4294967296",
                "<sip:a@h>;index=" + Array(repeating: "1", count: 256).joined(separator: "."),
            ]
        ).check()
    }

    @Test("The example: indices, targets, embedded Reason and Privacy")
    func example() throws {
        let message = try SIPMessage(
            parsing: Sample.request(
                """
                History-Info: <sip:UserA@ims.example.com?Reason=SIP%3Bcause%3D302>;index=1.1,
                  <sip:UserB@example.com?Privacy=history&Reason=SIP%3Bcause%3D486>;index=1.2;mp=1.1,
                  <sip:45432@192.168.0.3>;index=1.3;rc=1.2

                """))
        let entries = try message.all(HistoryInfo.self)
        #expect(entries.map { $0.index?.description } == ["1.1", "1.2", "1.3"])
        #expect(entries.map { $0.reasons.map(\.cause) } == [[302], [486], []])
        #expect(entries.map { $0.privacy?.asks(for: .history) } == [nil, true, nil])
        #expect(
            entries.map(\.target) == [
                nil, .mapped(try #require(HistoryIndex("1.1"))), .registeredContact(try #require(HistoryIndex("1.2"))),
            ])
        #expect(try HistoryInfo(parsing: "<sip:a@h>;index=1.1;np=1").target == .unchanged(HistoryIndex([1])))
    }

    @Test("§10.3: the tree of indices")
    func indices() throws {
        let index = try #require(HistoryIndex("1.2"))
        #expect(index.child(1).description == "1.2.1")
        #expect(index.child(1).parent == index)
        #expect(index.parent?.parent == nil)
        #expect(HistoryIndex("") == nil)
        #expect(HistoryIndex("10.0")?.levels == [10, 0])
    }

    @Test("§10.2: a Reason put into the URI comes back")
    func embedding() throws {
        var entry = HistoryInfo(uri: "sip:bob@example.com", index: HistoryIndex([1]))
        entry.embed(Reason(cause: 486, text: "Busy Here"))
        entry.embed(Privacy(.history))
        #expect(
            entry.text
                == "<sip:bob@example.com?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%20Here%22&Privacy=history>;index=1")
        let again = try HistoryInfo(parsing: OctetSlice(entry.text))
        #expect(again.reasons.first?.cause == 486)
        #expect(again.reasons.first?.explanation == "Busy Here")
        #expect(again.privacy == Privacy(.history))
        #expect(try again.address.parsedURI().text.hasPrefix("sip:bob@example.com?"))
    }
}
