import Octets
import SIP

/// Everything of SIP that reads text from outside.
let sipTargets: [FuzzTarget] = [
    FuzzTarget("message") { octets in
        checkFixedPoint("SIPMessage", octets) { text in
            guard let message = try? SIPMessage(parsing: text) else {
                _ = SIPMessage.salvage(text)
                return nil
            }
            readEverything(message)
            return message.serialized()
        }
    },
    FuzzTarget("framer") { octets in
        // However the stream is cut into reads, the same messages come out of it.
        guard let first = octets.first else { return }
        let stream = Array(octets.dropFirst())
        let whole = frames(stream, cutAt: stream.count)
        let cut = frames(stream, cutAt: max(1, Int(first)))
        check(
            cut.messages == whole.messages && cut.isRefused == whole.isRefused, "frames depend on how the reads fall")
    },
    FuzzTarget("uri", seeds: uriSamples.map { Array($0.utf8) }) { octets in
        checkFixedPoint("URI", octets) { text in
            guard let uri = try? URI(parsing: OctetSlice(text)) else { return nil }
            check(uri.matches(uri), "a URI does not equal itself: \(uri)")
            var writer = OctetWriter(reserving: text.count)
            uri.write(to: &writer)
            return writer.octets
        }
    },
    FuzzTarget("header", families: headerSamples) { octets in
        guard let first = octets.first else { return }
        let family = headerFamilies[Int(first) % headerFamilies.count]
        checkFixedPoint("\(family)", Array(octets.dropFirst())) { rewritten($0, as: family) }
    },
    FuzzTarget(
        "digest",
        seeds: [
            Array("Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:d\", qop=auth, nc=00000001".utf8)
        ]
    ) { octets in
        guard let challenge = try? Challenge(parsing: OctetSlice(octets)) else { return }
        checkFixedPoint("Challenge", octets) { rewritten($0, as: WWWAuthenticate.self) }
        guard let credentials = try? Credentials(parsing: OctetSlice(octets)) else { return }
        _ = challenge.offers(qop: "auth")
        _ = credentials.contains("response")
        var count = NonceCount()
        if let text = credentials.nonceCount { _ = count.accept(text) }
    },
]

private let uriSamples = [
    "sips:a%20b:c@[2001:db8::1]:5061;transport=tcp;lr;maddr=192.0.2.1?Subject=x&to=y",
    "tel:+1-201-555-0123;phone-context=example.org;isub=1;ext=2", "urn:service:sos.police",
]

/// Every header with a type of its own.
private let headerFamilies: [any SIPHeader.Type] = [
    Via.self, CSeq.self, From.self, To.self, Contact.self, Route.self, RecordRoute.self, Path.self, ServiceRoute.self,
    WWWAuthenticate.self, ProxyAuthenticate.self, Authorization.self, ProxyAuthorization.self, AuthenticationInfo.self,
    Event.self, SubscriptionState.self, ReferTo.self, Reason.self, Warning.self, SecurityClient.self,
    SecurityServer.self, SecurityVerify.self, PAssertedIdentity.self, PPreferredIdentity.self, PCalledPartyID.self,
    PServedUser.self, PAssociatedURI.self, PVisitedNetworkID.self, PChargingVector.self,
    PChargingFunctionAddresses.self, PAccessNetworkInfo.self, Expires.self, MinExpires.self, RetryAfter.self,
    MaxForwardsValue.self, DateHeader.self,
]

/// One value for some of the families, in their order.
private let headerSamples = [
    "SIP/2.0/UDP [2001:db8::9]:5060;received=192.0.2.1;rport=9;branch=z9hG4bKa", "1 INVITE",
    "\"A \\\" B\" <sip:a@example.org;lr?x=y>;tag=1", "sip:b@example.org;tag=2",
    "<sip:a@192.0.2.1>;expires=60;q=0.5;+sip.instance=\"<urn:uuid:0>\"", "<sip:p.example.org;lr>",
    "<sip:p.example.org;lr>", "<sip:p.example.org;lr>", "<sip:p.example.org;lr>",
    "Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", algorithm=AKAv1-MD5, stale=TRUE",
]

private func rewritten(_ text: [UInt8], as family: any SIPHeader.Type) -> [UInt8]? {
    guard let header = try? family.init(parsing: OctetSlice(text)) else { return nil }
    var writer = OctetWriter(reserving: text.count)
    header.write(to: &writer)
    return writer.octets
}

/// Asks a message for all that it can be asked for; nothing of it may trap.
private func readEverything(_ message: SIPMessage) {
    _ = message.validateRequest(.everyKnownHeader)
    _ = message.validateResponse(.everyKnownHeader)
    _ = try? message.parsedRequestURI()
    _ = message.maxForwards
    _ = message.expires
    for family in headerFamilies { _ = read(family, of: message) }
}

private func read<Header: SIPHeader>(_ family: Header.Type, of message: SIPMessage) -> Int {
    ((try? message.all(family)) ?? []).count
}

private func frames(_ stream: [UInt8], cutAt length: Int) -> (messages: [[UInt8]], isRefused: Bool) {
    var framer = StreamFramer()
    var messages: [[UInt8]] = []
    var position = 0
    do {
        while position < stream.count {
            let end = min(stream.count, position + length)
            framer.append(Array(stream[position..<end]))
            position = end
            while let frame = try framer.next() {
                if case .message(let message) = frame { messages.append(message) }
            }
        }
        return (messages, false)
    } catch {
        return (messages, true)
    }
}
