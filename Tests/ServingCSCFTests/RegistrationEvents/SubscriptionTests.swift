import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@MainActor
@Suite("RFC 3680 §4: subscriptions to registration state (TS 24.229 §5.4.2.1.1)")
struct SubscriptionTests {
    @Test("§4.7: 200 and at once the whole state, version 0, along the route set of the dialog")
    func first() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        laboratory.now += .seconds(7)
        let actions = try laboratory.send(Subscribe())
        #expect(actions.shape == ["respond 200", "forward NOTIFY"])
        let response = try #require(actions.response)
        #expect(response.texts(.expires) == ["3600"])
        #expect(response.texts(.contact) == ["<\(Laboratory.serverName)>"])
        #expect(response.texts(.recordRoute) == ["<sip:pcscf.ims.example:5060;lr;tok>"])
        let notify = try #require(actions.requests.first).message
        #expect(notify.requestURI.string == "sip:001010000000001@10.0.0.1:5060")
        #expect(notify.texts(.route) == ["<sip:pcscf.ims.example:5060;lr;tok>"])
        #expect(notify.texts(.subscriptionState) == ["active;expires=3600"])
        #expect(notify.texts(.callID) == ["sub-1@10.0.0.1"])
        #expect(notify.toTag?.string == "s1")
        #expect(notify.fromTag == response.toTag)

        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.version == "0")
        #expect(news.state == "full")
        // The barred identity is told to nobody; the tel URI is there; neither was registered explicitly.
        #expect(
            news.summary == [
                "sip:+15550001@\(Laboratory.domain) active created", "tel:+15550001 active created",
            ])
        let contact = try #require(news.registrations.first?.contacts.first)
        #expect(contact.uri == "sip:001010000000001@10.0.0.1:5060")
        #expect(contact["duration-registered"] == "7")
        #expect(contact["expires"] == "593")
        #expect(contact["callid"] == "call-1@10.0.0.1")
        #expect(contact["cseq"] == "2")
        #expect(contact.parameters == ["+sip.instance": "\"<urn:gsma:imei:35-1>\""])
    }

    @Test("The identity that was registered explicitly: event registered")
    func explicit() throws {
        var laboratory = Laboratory()
        try laboratory.register(profile: Profile.profile([(Laboratory.publicIdentity, false), ("tel:+1555", false)]))
        var subscribe = Subscribe()
        subscribe.resource = Laboratory.publicIdentity
        subscribe.asserted = ["<tel:+1555>"]
        #expect(
            try Laboratory.news(laboratory.send(subscribe)).map(\.summary) == [
                ["\(Laboratory.publicIdentity) active registered", "tel:+1555 active created"]
            ])
    }

    @Test(
        "§5.4.2.1.1: the user, a P-CSCF of the Path and an application server of the profile may watch",
        arguments: [
            "<sip:+15550001@\(Laboratory.domain)>", "<tel:+15550001>", "<sip:pcscf.ims.example:5060>",
            "\"Presence\" <sip:presence@as.ims.example>",
        ])
    func allowed(identity: String) throws {
        var laboratory = Laboratory()
        try laboratory.register(profile: Profile.withServer)
        var subscribe = Subscribe()
        subscribe.asserted = [identity]
        #expect(try laboratory.send(subscribe).shape == ["respond 200", "forward NOTIFY"])
        #expect(try laboratory.stat("watchers") == 1)
    }

    @Test(
        "A12: others are refused with 403, and the log says why",
        arguments: [
            (["<sip:+15559999@\(Laboratory.domain)>"], "WATCHER_NOT_ALLOWED"),
            (["<sip:pcscf.other.example>"], "WATCHER_NOT_ALLOWED"), ([], "WATCHER_ANONYMOUS"),
            // Barred: the temporary identity of a phone without ISIM.
            (["<\(Laboratory.publicIdentity)>"], "WATCHER_NOT_ALLOWED"),
        ])
    func notAllowed(asserted: [String], code: String) throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var subscribe = Subscribe()
        subscribe.asserted = asserted
        let actions = try laboratory.send(subscribe)
        #expect(actions.response?.status == .forbidden)
        #expect(actions.refusal?.code == code)
        #expect(try laboratory.stat("watchers") == 0)
    }

    @Test("Nobody but our proxies may subscribe")
    func stranger() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        let stranger = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.v4(0x0A00_0009), 5060))
        let actions = try laboratory.deliver(Subscribe().text, from: stranger)
        #expect(actions.refusal?.code == "UNTRUSTED_PEER")
    }

    @Test("RFC 6665 §4.2.1.1: too brief 423, another body 406")
    func unfit() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var subscribe = Subscribe()
        subscribe.expires = 5
        let brief = try #require(try laboratory.send(subscribe).response)
        #expect(brief.status == .intervalTooBrief)
        #expect(brief.texts(.minExpires) == ["60"])
        subscribe.expires = 600
        subscribe.more = ["Accept: application/pidf+xml"]
        #expect(try laboratory.send(subscribe).response?.status == .notAcceptable)
        #expect(try laboratory.stat("watchers") == 0)
    }

    @Test("RFC 3680 §4.3: 3761 s when nothing is asked for")
    func standardExpiry() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var subscribe = Subscribe()
        subscribe.expires = nil
        #expect(try laboratory.send(subscribe).response?.texts(.expires) == ["3761"])
    }

    @Test("A refresh in the dialog: 200, the whole state, the next version and CSeq")
    func refresh() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var subscribe = Subscribe()
        let first = try laboratory.send(subscribe)
        try laboratory.acknowledge(first)
        _ = laboratory.wait(.seconds(100))
        subscribe.toTag = try #require(first.response?.toTag).string
        subscribe.cseq = 2
        subscribe.expires = 1800
        let actions = try laboratory.send(subscribe)
        #expect(actions.shape == ["respond 200", "forward NOTIFY"])
        #expect(actions.response?.texts(.expires) == ["1800"])
        let news = try #require(try Laboratory.news(actions).first)
        #expect(news.version == "1")
        #expect(news.state == "full")
        #expect(actions.requests.first?.message.cseq?.number == 2)
        #expect(try laboratory.stat("watchers") == 1)
        subscribe.cseq = 2
        #expect(try laboratory.send(subscribe).response?.status == .serverInternalError, "CSeq was used")
    }

    @Test("Expires: 0 in the dialog ends it with a last NOTIFY of the whole state")
    func unsubscribe() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var subscribe = Subscribe()
        let first = try laboratory.send(subscribe)
        try laboratory.acknowledge(first)
        subscribe.toTag = try #require(first.response?.toTag).string
        subscribe.cseq = 2
        subscribe.expires = 0
        let actions = try laboratory.send(subscribe)
        #expect(actions.shape == ["respond 200", "forward NOTIFY"])
        #expect(actions.requests.first?.message.texts(.subscriptionState) == ["terminated;reason=timeout"])
        #expect(try Laboratory.news(actions).first?.state == "full")
        #expect(try laboratory.stat("watchers") == 0)
        #expect(try laboratory.acknowledge(actions).isEmpty)
    }

    @Test("RFC 3680 §4.7.2: a fetch tells the whole state once")
    func fetch() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var subscribe = Subscribe()
        subscribe.expires = 0
        let actions = try laboratory.send(subscribe)
        #expect(try Laboratory.news(actions).map(\.state) == ["full"])
        #expect(try laboratory.stat("watchers") == 0)
    }

    @Test("A subscription that is not refreshed ends with a last NOTIFY")
    func expiry() throws {
        var laboratory = Laboratory { $0.maximumExpires = 100_000 }
        var message = Message()
        message.expires = 100_000
        try laboratory.register(message)
        try laboratory.acknowledge(try laboratory.send(Subscribe()))
        #expect(laboratory.wait(.seconds(3599)).isEmpty)
        let actions = laboratory.wait(.seconds(1))
        #expect(actions.shape == ["forward NOTIFY"])
        #expect(actions.requests.first?.message.texts(.subscriptionState) == ["terminated;reason=timeout"])
        #expect(try laboratory.stat("watchers") == 0)
    }

    @Test(
        "RFC 6665 §4.2.2: a subscriber that does not answer, or knows nothing of it, is struck off",
        arguments: [true, false])
    func lostSubscriber(isSilent: Bool) throws {
        var laboratory = Laboratory()
        try laboratory.register()
        let actions = try laboratory.send(Subscribe())
        if isSilent {
            let client = try #require(actions.requests.first).client
            #expect(laboratory.handle(.transactionFailed(client, .timeout)).isEmpty)
        } else {
            try laboratory.acknowledge(actions, .callOrTransactionDoesNotExist)
        }
        #expect(try laboratory.stat("watchers") == 0)
    }

    @Test("A phone that subscribes anew from the same address takes the place of its lost dialog")
    func again() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        for number in 1...40 {
            var subscribe = Subscribe()
            subscribe.callID = "sub-\(number)"
            #expect(try laboratory.send(subscribe).response?.status == .ok)
        }
        #expect(try laboratory.stat("watchers") == 1)
    }

    @Test("A1: the watchers of a user, and all of them, are bounded")
    func bounds() throws {
        var laboratory = Laboratory { ($0.maximumWatchersOfUser, $0.maximumWatchers) = (3, 3) }
        try laboratory.register()
        func subscribe(_ number: Int) -> Subscribe {
            var subscribe = Subscribe()
            subscribe.callID = "sub-\(number)"
            subscribe.contact = "<sip:watcher\(number)@10.0.0.1>"
            return subscribe
        }
        for number in 1...3 { #expect(try laboratory.send(subscribe(number)).response?.status == .ok) }
        #expect(try laboratory.send(subscribe(4)).refusal?.code == "TOO_MANY_WATCHERS")
        var other = Laboratory { ($0.maximumWatchersOfUser, $0.maximumWatchers) = (9, 1) }
        try other.register()
        _ = try other.send(subscribe(1))
        let refused = try other.send(subscribe(2))
        #expect(refused.refusal?.code == "TOO_MANY_SUBSCRIPTIONS")
        #expect(refused.response?.status == .serviceUnavailable)
        #expect(refused.response?.contains(.retryAfter) == true)
    }
}
