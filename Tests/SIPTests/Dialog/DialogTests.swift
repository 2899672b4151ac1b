import Octets
import SIP
import Testing

/// A request and a response of two phones, written as text.
enum CallText {
    static func invite(
        _ extra: String = "", uri: String = "sip:bob@biloxi.com", contact: String = "<sip:alice@pc33.atlanta.com>",
        cseq: Int = 314_159, body: String = ""
    ) throws -> SIPMessage {
        try SIPMessage(
            parsing: wire(
                """
                INVITE \(uri) SIP/2.0
                Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8
                Max-Forwards: 70
                To: Bob <sip:bob@biloxi.com>
                From: Alice <sip:alice@atlanta.com>;tag=1928301774
                Call-ID: a84b4c76e66710
                CSeq: \(cseq) INVITE
                Contact: \(contact)
                \(extra)Content-Length: \(body.utf8.count)

                \(body)
                """))
    }

    static func response(
        _ status: Int, to invite: SIPMessage, tag: String? = "a6c85cf", routes: [String] = [],
        contact: String = "<sip:bob@192.0.2.4>", extra: [(HeaderName, String)] = []
    ) throws -> SIPMessage {
        let status = try #require(Status(rawValue: UInt16(status)))
        var response = SIPMessage.response(status, to: invite, toTag: tag)
        for route in routes { response.append(.recordRoute, route) }
        response.append(.contact, contact)
        for (name, value) in extra { response.append(name, value) }
        return response
    }

    /// A request of the peer's within the dialog.
    static func request(
        _ method: String, cseq: Int, localTag: String, remoteTag: String, contact: String? = nil, body: String = "",
        extra: String = ""
    ) throws -> SIPMessage {
        try SIPMessage(
            parsing: wire(
                """
                \(method) sip:x@192.0.2.9 SIP/2.0
                Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK\(method)\(cseq)
                Max-Forwards: 70
                To: <sip:to@example.com>;tag=\(localTag)
                From: <sip:from@example.com>;tag=\(remoteTag)
                Call-ID: a84b4c76e66710
                CSeq: \(cseq) \(method)
                \(contact.map { "Contact: \($0)\n" } ?? "")\(body.isEmpty ? "" : "Content-Type: application/sdp\n")\(extra)Content-Length: \(body.utf8.count)

                \(body)
                """))
    }
}

@Suite("RFC 3261 §12: dialogs")
struct DialogTests {
    func client(routes: [String] = [], status: Int = 200) throws -> Dialog {
        let invite = try CallText.invite()
        return try Dialog(
            asClientOf: invite, response: CallText.response(status, to: invite, routes: routes))
    }

    @Test("RFC 3261 §12.1.2: what the client takes from request and response")
    func clientState() throws {
        let dialog = try client(routes: ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>, <sip:p3.example.com;lr>"])
        #expect(dialog.id == DialogID(callID: "a84b4c76e66710", localTag: "1928301774", remoteTag: "a6c85cf"))
        #expect(dialog.state == .confirmed)
        #expect(
            dialog.routeSet.map(\.uri.string) == [
                "sip:p3.example.com;lr", "sip:p2.example.com;lr", "sip:p1.example.com;lr",
            ])
        #expect(dialog.remoteTarget.string == "sip:bob@192.0.2.4")
        #expect(dialog.localSequence == 314_159)
        #expect(dialog.remoteSequence == nil)
        #expect(dialog.local.string == "Alice <sip:alice@atlanta.com>;tag=1928301774")
        #expect(dialog.remote.string == "Bob <sip:bob@biloxi.com>;tag=a6c85cf")
        #expect(dialog.nextHop.string == "sip:p3.example.com;lr")
    }

    @Test("RFC 3261 §12.1.1: what the server takes: route set in order, the remote number, no local one")
    func serverState() throws {
        let invite = try CallText.invite("Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>\n")
        let dialog = try Dialog(asServerOf: invite, response: CallText.response(180, to: invite))
        #expect(dialog.id == DialogID(callID: "a84b4c76e66710", localTag: "a6c85cf", remoteTag: "1928301774"))
        #expect(dialog.id.reversed == (try client().id))
        #expect(dialog.state == .early)
        #expect(dialog.routeSet.map(\.uri.string) == ["sip:p2.example.com;lr", "sip:p1.example.com;lr"])
        #expect(dialog.remoteTarget.string == "sip:alice@pc33.atlanta.com")
        #expect(dialog.localSequence == nil)
        #expect(dialog.remoteSequence == 314_159)
    }

    @Test(
        "RFC 3261 §12.1.1: the secure flag needs TLS and a SIPS URI",
        arguments: [
            ("sips:bob@biloxi.com", true, true), ("sips:bob@biloxi.com", false, false),
            ("sip:bob@biloxi.com", true, false),
        ])
    func secure(uri: String, tls: Bool, secure: Bool) throws {
        let invite = try CallText.invite(uri: uri)
        let response = try CallText.response(200, to: invite)
        #expect(try Dialog(asServerOf: invite, response: response, overTLS: tls).isSecure == secure)
        #expect(try Dialog(asClientOf: invite, response: response, overTLS: tls).isSecure == secure)
    }

    @Test("RFC 3261 §12.1.2: a missing tag counts as null and is left out of requests")
    func nullTag() throws {
        let invite = try CallText.invite()
        var dialog = try Dialog(asClientOf: invite, response: CallText.response(200, to: invite, tag: nil))
        #expect(dialog.id.remoteTag.isEmpty)
        #expect(dialog.request(.bye).toTag == nil)
    }

    @Test("RFC 3261 §12.1: messages that make no dialog")
    func refused() throws {
        let invite = try CallText.invite()
        #expect(throws: DialogError.noDialog) {
            try Dialog(asClientOf: invite, response: CallText.response(100, to: invite))
        }
        #expect(throws: DialogError.noDialog) {
            try Dialog(asClientOf: invite, response: CallText.response(486, to: invite))
        }
        #expect(throws: DialogError.unusableContact) {
            try Dialog(asClientOf: invite, response: CallText.response(200, to: invite, contact: "<tel:+1234>"))
        }
        #expect(throws: DialogError.unusableContact) {
            try Dialog(asClientOf: invite, response: CallText.response(200, to: invite, contact: "*"))
        }
        var bare = try CallText.response(200, to: invite)
        bare.remove(.contact)
        #expect(throws: DialogError.malformed(SIPSyntaxError(.missing, .contact))) {
            try Dialog(asClientOf: invite, response: bare)
        }
    }

    @Test("RFC 3261 §12.2.1.1: a request over loose routers")
    func looseRoute() throws {
        var dialog = try client(routes: ["<sip:p1.example.com;lr;x=1>", "<sip:p2.example.com;lr>"])
        let bye = dialog.request(.bye)
        #expect(bye.requestURI.string == "sip:bob@192.0.2.4")
        #expect(bye.values(.route).map(\.string) == ["<sip:p2.example.com;lr>", "<sip:p1.example.com;lr;x=1>"])
        #expect(bye.cseq == CSeq(314_160, .bye))
        #expect(bye.fromTag?.string == "1928301774")
        #expect(bye.toTag?.string == "a6c85cf")
        #expect(bye.callID?.string == "a84b4c76e66710")
        #expect(bye.maxForwards == 70)
        #expect(!bye.contains(.contact))
        #expect(dialog.request(.update).cseq == CSeq(314_161, .update))
    }

    @Test("RFC 3261 §12.2.1.1: the example with a strict router first")
    func strictRoute() throws {
        var dialog = try client(routes: ["<sip:proxy4>", "<sip:proxy3;lr>", "<sip:proxy2>", "<sip:proxy1>"])
        let request = dialog.request(.info)
        #expect(request.requestURI.string == "sip:proxy1")
        #expect(
            request.values(.route).map(\.string) == [
                "<sip:proxy2>", "<sip:proxy3;lr>", "<sip:proxy4>", "<sip:bob@192.0.2.4>",
            ])
    }

    @Test("RFC 3261 §12.2.1.1: what a Request-URI may not have is taken off a strict router's URI")
    func strippedStrictRoute() throws {
        var dialog = try client(routes: ["<sip:proxy1;method=INVITE;maddr=192.0.2.1?Subject=x>"])
        #expect(dialog.request(.info).requestURI.string == "sip:proxy1;maddr=192.0.2.1")
    }

    @Test(
        "RFC 3261 §12.2.1.1: Contact stands in target refresh requests",
        arguments: [
            (Method.invite, true), (.update, true), (.subscribe, true), (.notify, true), (.refer, true), (.bye, false),
            (.info, false), (.prack, false), (.message, false), (.options, false),
        ])
    func contact(method: Method, stands: Bool) throws {
        var dialog = try client()
        let request = dialog.request(method)
        #expect(request.contains(.contact) == stands)
    }

    @Test("RFC 3261 §13.2.2.4: the ACK has number and credentials of the INVITE and the route set of the dialog")
    func acknowledgement() throws {
        let invite = try CallText.invite(
            """
            Authorization: Digest username="alice"
            Proxy-Authorization: Digest username="a", realm="p1"
            Proxy-Authorization: Digest username="a", realm="p2"

            """)
        var dialog = try Dialog(
            asClientOf: invite, response: CallText.response(200, to: invite, routes: ["<sip:p1.example.com;lr>"]))
        _ = dialog.request(.update)
        let ack = dialog.acknowledgement(for: invite)
        #expect(ack.cseq == CSeq(314_159, .ack))
        #expect(ack.values(.authorization) == invite.values(.authorization))
        #expect(ack.values(.proxyAuthorization).count == 2)
        #expect(ack.values(.route).map(\.string) == ["<sip:p1.example.com;lr>"])
        #expect(dialog.request(.bye).cseq?.number == 314_161, "an ACK takes no number")
    }

    @Test(
        "RFC 3261 §12.2.2: numbers in order, with gaps; lower and repeated ones are refused",
        arguments: [
            ([1, 2, 5], [true, true, true]), ([7, 6], [true, false]), ([7, 7], [true, false]),
            ([7, 3, 8], [true, false, true]),
        ])
    func order(numbers: [Int], verdicts: [Bool]) throws {
        var dialog = try client()
        let found = try numbers.map {
            dialog.takeSequence(
                of: try CallText.request("INFO", cseq: $0, localTag: "1928301774", remoteTag: "a6c85cf"))
        }
        #expect(found == verdicts)
    }

    @Test("RFC 3261 §12.2.2: ACK and CANCEL have the number of their INVITE")
    func ackOrder() throws {
        var dialog = try client()
        for method in ["INVITE", "ACK", "CANCEL"] {
            let request = try CallText.request(method, cseq: 9, localTag: "1928301774", remoteTag: "a6c85cf")
            let isInOrder = dialog.takeSequence(of: request)
            #expect(isInOrder)
        }
        #expect(dialog.remoteSequence == 9)
    }

    @Test(
        "RFC 3261 §12.2.2, RFC 6141 §4.6: target refresh requests replace the target, others do not",
        arguments: [
            ("INVITE", true), ("UPDATE", true), ("SUBSCRIBE", true), ("NOTIFY", true), ("REFER", true), ("INFO", false),
            ("BYE", false), ("PRACK", false), ("ACK", false),
        ])
    func targetRefresh(method: String, refreshes: Bool) throws {
        var dialog = try client()
        dialog.refreshTarget(
            from: try CallText.request(
                method, cseq: 2, localTag: "1928301774", remoteTag: "a6c85cf", contact: "<sip:bob@192.0.2.77>"))
        #expect(dialog.remoteTarget.string == (refreshes ? "sip:bob@192.0.2.77" : "sip:bob@192.0.2.4"))
    }

    @Test("A Contact that cannot be used leaves the target as it is")
    func badRefresh() throws {
        var dialog = try client()
        for contact in ["*", "<tel:+1>", "<<>"] {
            dialog.refreshTarget(
                from: try CallText.request(
                    "UPDATE", cseq: 2, localTag: "1928301774", remoteTag: "a6c85cf", contact: contact))
        }
        #expect(dialog.remoteTarget.string == "sip:bob@192.0.2.4")
    }

    @Test("RFC 3261 §13.2.2.4: the 2xx confirms an early dialog; route set again, numbers stay")
    func confirm() throws {
        let invite = try CallText.invite()
        var dialog = try Dialog(asClientOf: invite, response: CallText.response(180, to: invite))
        #expect(dialog.state == .early)
        #expect(dialog.request(.prack).cseq?.number == 314_160)
        try dialog.confirm(
            CallText.response(200, to: invite, routes: ["<sip:p1.example.com;lr>"], contact: "<sip:bob@192.0.2.5>"))
        #expect(dialog.state == .confirmed)
        #expect(dialog.routeSet.map(\.uri.string) == ["sip:p1.example.com;lr"])
        #expect(dialog.remoteTarget.string == "sip:bob@192.0.2.5")
        #expect(dialog.request(.bye).cseq?.number == 314_161)
    }

    @Test(
        "RFC 3261 §15: the callee sends no BYE before the ACK, nor in an early dialog",
        arguments: [
            (Dialog.Role.client, 180, false, true), (.server, 180, true, false), (.client, 200, false, true),
            (.server, 200, false, false), (.server, 200, true, true),
        ])
    func bye(role: Dialog.Role, status: Int, isAcknowledged: Bool, allowed: Bool) throws {
        let invite = try CallText.invite()
        let response = try CallText.response(status, to: invite)
        var dialog =
            role == .client
            ? try Dialog(asClientOf: invite, response: response) : try Dialog(asServerOf: invite, response: response)
        #expect(dialog.maySendBye(isAcknowledged: isAcknowledged) == allowed)
        dialog.terminate()
        #expect(!dialog.maySendBye(isAcknowledged: true))
    }
}
