import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 24.229 §5.2.6.3, §5.2.6.4: requests inside a dialog")
struct DialogTests {
    private static let tcpPhone = PhoneDialog.tcpPhone

    private static let methods = [
        "INVITE", "UPDATE", "PRACK", "BYE", "INFO", "NOTIFY", "REFER", "MESSAGE", "SUBSCRIBE",
    ]

    @Test("both sides' requests go the way of the dialog, whoever called", arguments: [true, false], methods)
    func bothWays(_ isCaller: Bool, _ method: String) throws {
        for phone in [AccessEdge.phone, Self.tcpPhone] {
            var dialog = try PhoneDialog(isCaller: isCaller, phone)
            let outgoing = try #require(try dialog.send(method, fromPhone: true).forwarded)
            #expect(outgoing.1.remote == AccessEdge.core.remote)
            #expect(outgoing.0.texts(.route) == ["<sip:scscf.\(AccessEdge.domain):5080;lr>"])
            #expect(!outgoing.0.contains(.recordRoute))
            let incoming = try #require(try dialog.send(method, fromPhone: false).forwarded)
            #expect(incoming.1.arrival == phone)
            #expect(!incoming.0.contains(.route))
        }
    }

    @Test("the ACK of a 2xx goes both ways too", arguments: [true, false])
    func acknowledgement(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller, Self.tcpPhone)
        #expect(try dialog.send("ACK", fromPhone: true).shape == ["acknowledge to \(AccessEdge.core.remote)"])
        #expect(try dialog.send("ACK", fromPhone: false).shape == ["acknowledge to \(Self.tcpPhone.remote)"])
        #expect(try dialog.send("ACK", fromPhone: true, by: AccessEdge.phone).isEmpty)
        #expect(try dialog.send("ACK", fromPhone: false, by: Self.tcpPhone).isEmpty)
    }

    @Test("A1: the edge of the trust domain is the same inside a dialog", arguments: [true, false])
    func trust(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller)
        let lines = [
            "P-Asserted-Identity: <sip:evil@x>", "P-Charging-Vector: icid-value=evil", "P-Served-User: <sip:evil@x>",
            "P-Access-Network-Info: 3GPP-NR;network-provided;evil",
        ]
        let outgoing = try #require(try dialog.send("UPDATE", fromPhone: true, lines).forwarded).0
        #expect(!outgoing.text.contains("evil"))
        let incoming = try #require(
            try dialog.send("UPDATE", fromPhone: false, Array(lines[1...]) + ["Privacy: id", lines[0]]).forwarded
        ).0
        #expect(!incoming.text.contains("evil"))
    }

    @Test("A13: a request from where neither side is, is 481", arguments: [true, false])
    func stranger(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller)
        let stranger = Hop(.udp, AccessEdge.listener, Endpoint(.v4(0x0A0B_0C0E), 5060))
        let refused = ["respond 481", "observe DIALOG_OF_ANOTHER", "count requestRefused"]
        for method in ["UPDATE", "PRACK", "BYE"] {
            #expect(try dialog.send(method, fromPhone: true, by: stranger).shape == refused)
            #expect(try dialog.send(method, fromPhone: false, by: AccessEdge.phone).shape == refused)
        }
    }

    @Test("A13: our Record-Route of another dialog is no use")
    func otherDialog() throws {
        var dialog = try PhoneDialog(isCaller: true)
        let lines = dialog.lines("BYE", fromPhone: true).map { $0.replacing("Call-ID: ", with: "Call-ID: x") }
        #expect(try dialog.edge.send(lines: lines, from: AccessEdge.phone).response?.status.map { $0.rawValue } == 481)
    }

    @Test("F2: dialogs outlive a restart, in both directions", arguments: [true, false])
    func restart(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller)
        dialog.edge = AccessEdge()
        #expect(try dialog.send("BYE", fromPhone: true).forwarded?.1.remote == AccessEdge.core.remote)
        #expect(try dialog.send("BYE", fromPhone: false).forwarded?.1.arrival == AccessEdge.phone)
        #expect(try dialog.send("ACK", fromPhone: true).shape == ["acknowledge to \(AccessEdge.core.remote)"])
    }

    @Test("F2: so do registrations, for calls to the phone")
    func restartBeforeCall() throws {
        var edge = AccessEdge()
        try edge.register()
        let path = try edge.path()
        edge = AccessEdge()
        let actions = try edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        #expect(actions.shape == ["forward INVITE to \(AccessEdge.phone.remote)"])
    }

    @Test("a phone that has registered again by another connection goes on with its dialogs", arguments: [true, false])
    func movedFlow(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller, Self.tcpPhone)
        _ = dialog.edge.handle(.connectionClosed(ConnectionID(rawValue: 7)))
        var moved = Self.tcpPhone
        moved.connection = ConnectionID(rawValue: 8)
        moved.remote.port = 33_001
        #expect(try dialog.send("BYE", fromPhone: true, by: moved).response?.status == .callOrTransactionDoesNotExist)
        try dialog.edge.register(from: moved)
        #expect(try dialog.send("BYE", fromPhone: true, by: moved).forwarded != nil)
    }

    @Test("RFC 5626 §5.3.1: a flow that is gone is 430 inside a dialog as well")
    func deadFlow() throws {
        var dialog = try PhoneDialog(isCaller: true, Self.tcpPhone)
        _ = dialog.edge.handle(.connectionClosed(ConnectionID(rawValue: 7)))
        #expect(try dialog.send("BYE", fromPhone: false).response?.status == .flowFailed)
    }

    @Test(
        "RFC 6026 §7.3: a copy of the 2xx goes back as the first did, of the INVITE or of one inside",
        arguments: [true, false])
    func copyOfSuccess(_ isCaller: Bool) throws {
        var edge = AccessEdge()
        try edge.register()
        let lines = try isCaller ? Self.invite : TerminatingTests.invite(edge.path())
        let actions = try edge.send(lines: lines, from: isCaller ? AccessEdge.phone : AccessEdge.core)
        let invite = try #require(actions.forwarded).0
        let fields =
            [(HeaderName.contact, isCaller ? "<sip:bob@192.0.2.9>" : "<sip:001010000000001@10.11.12.13:5060>")]
            + invite.texts(.recordRoute).map { (HeaderName.recordRoute, $0) }
        let first = try #require(try edge.answer(actions, .ok, fields).response)
        let second = try #require(try edge.answer(actions, .ok, fields).response)
        #expect(first == second)
        #expect(second.texts(.via) == first.texts(.via))
    }

    private static let invite = [
        "INVITE sip:bob@192.0.2.9 SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKcopy", "Max-Forwards: 70",
        "From: <sip:a@x>;tag=f2", "To: <sip:bob@192.0.2.9>", "Call-ID: c9", "CSeq: 1 INVITE",
        "Contact: <sip:001010000000001@10.11.12.13:5060>", "Route: \(AccessEdge.serviceRoute)",
    ]

    @Test("RFC 3261 §16.3: Max-Forwards holds inside a dialog")
    func maxForwards() throws {
        var dialog = try PhoneDialog(isCaller: true)
        let lines = dialog.lines("INFO", fromPhone: true).map {
            $0.replacing("Max-Forwards: 70", with: "Max-Forwards: 0")
        }
        #expect(try dialog.edge.send(lines: lines, from: AccessEdge.phone).response?.status == .tooManyHops)
    }
}

extension Hop {
    /// As a request that comes over this flow shows it.
    var arrival: Hop {
        var hop = self
        hop.isFlow = false
        return hop
    }
}
