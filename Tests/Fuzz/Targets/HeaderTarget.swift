import Octets
import SIP

/// Every header with a type of its own. The first octet of an input says which.
let headerTarget = FuzzTarget("header", families: headerFamilies.map(\.sample)) { octets in
    guard let first = octets.first else { return }
    let family = headerFamilies[Int(first) % headerFamilies.count].type
    checkFixedPoint("\(family)", Array(octets.dropFirst())) { rewritten($0, as: family) }
}

/// What a header's value is written as; nil when it is refused.
func rewritten(_ text: [UInt8], as family: any SIPHeader.Type) -> [UInt8]? {
    // Inside a longer array, as in a message: nothing beyond the slice may be looked at.
    let inset = [0x2C] + text + [0x22]
    guard let header = try? family.init(parsing: OctetSlice(inset, 1..<inset.count - 1)) else { return nil }
    var writer = OctetWriter(reserving: text.count)
    header.write(to: &writer)
    return writer.octets
}

/// Asks a message for each header that it can be asked for.
func readEveryHeader(of message: SIPMessage) {
    for family in headerFamilies { _ = read(family.type, of: message) }
}

private func read<Header: SIPHeader>(_ family: Header.Type, of message: SIPMessage) -> Int {
    ((try? message.all(family)) ?? []).count
}

private let headerFamilies: [(type: any SIPHeader.Type, sample: String)] = coreFamilies + extensionFamilies

/// RFC 3261.
private let coreFamilies: [(type: any SIPHeader.Type, sample: String)] = [
    (Via.self, "SIP/2.0/UDP [2001:db8::9]:5060;received=192.0.2.1;rport=9;ttl=16;branch=z9hG4bKa"),
    (CSeq.self, "1 INVITE"), (From.self, "\"A \\\" B\" <sip:a@example.org;lr?x=y>;tag=1"),
    (To.self, "sip:b@example.org;tag=2"),
    (Contact.self, "<sip:a@192.0.2.1>;expires=60;q=0.5;+sip.instance=\"<urn:uuid:0>\";reg-id=1"),
    (Route.self, "<sip:p.example.org;lr>"), (RecordRoute.self, "<sip:p.example.org;lr>;x=y"),
    (ReplyTo.self, "<sip:a@example.org>"), (CallID.self, "f81d4fae@example.org"), (InReplyTo.self, "1@example.org"),
    (Accept.self, "application/sdp;level=1;q=0.5"), (AcceptEncoding.self, "gzip;q=0.5"),
    (AcceptLanguage.self, "en-gb;q=0.8"), (Allow.self, "INVITE"), (AlertInfo.self, "<http://a.example/x>;info=alert"),
    (CallInfo.self, "<http://a.example/x>;purpose=icon"), (ErrorInfo.self, "<sip:a@example.org>"),
    (ContentType.self, "multipart/mixed;boundary=\"a b\""), (ContentDisposition.self, "render;handling=optional"),
    (ContentEncoding.self, "gzip"), (ContentLanguage.self, "en-US"), (ContentLengthHeader.self, "349"),
    (MIMEVersion.self, "1.0"), (DateHeader.self, "Sat, 13 Nov 2010 23:29:00 GMT"), (Expires.self, "60"),
    (MinExpires.self, "60"), (MaxForwardsValue.self, "70"), (Organization.self, "Boxes by Bob"),
    (Priority.self, "emergency"), (ProxyRequire.self, "foo"), (Require.self, "100rel"), (Supported.self, "replaces"),
    (Unsupported.self, "foo"), (RetryAfter.self, "18000 (maybe (so));duration=3600"),
    (Server.self, "Softphone Beta1.5"),
    (UserAgent.self, "Softphone (a)"), (SubjectHeader.self, "Need more boxes"), (Timestamp.self, "54.21 0.5"),
    (Warning.self, "370 example.org \"Choose \\\" a\""),
    (WWWAuthenticate.self, "Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", algorithm=AKAv1-MD5, stale=TRUE"),
    (ProxyAuthenticate.self, "Digest realm=\"a\""),
    (Authorization.self, "Digest username=\"a\",realm=\"b\",nc=00000001,username*=UTF-8''a%20b"),
    (ProxyAuthorization.self, "Digest username=\"a\""), (AuthenticationInfo.self, "nextnonce=\"a\",qop=auth"),
]

/// All the others.
private let extensionFamilies: [(type: any SIPHeader.Type, sample: String)] = [
    (RSeq.self, "988789"), (RAck.self, "776656 1 INVITE"), (Event.self, "reg;id=1"),
    (SubscriptionState.self, "terminated;reason=timeout;retry-after=60"), (AllowEvents.self, "presence.winfo"),
    (SIPETag.self, "dx200xyz"), (SIPIfMatch.self, "dx200xyz"), (SuppressIfMatch.self, "*"),
    (Reason.self, "Q.850;cause=16;text=\"Terminated\""), (Privacy.self, "id;critical"),
    (ReferTo.self, "<sip:a@example.org?Replaces=1%3Bto-tag%3D2>"),
    (ReferredBy.self, "<sips:r@ref.example>;cid=\"2UWQ@ref.example\""), (ReferSub.self, "false;x=y"),
    (Replaces.self, "425928@a;to-tag=7743;from-tag=6472;early-only"), (Join.self, "1@a;to-tag=1;from-tag=2"),
    (SessionExpires.self, "1800;refresher=uas"), (MinSE.self, "90;x=y"), (ResourcePriority.self, "dsn.flash"),
    (AcceptResourcePriority.self, "q735.0"), (InfoPackage.self, "foo;a=b"), (RecvInfo.self, "P"),
    (UserToUser.self, "56a390;encoding=hex;purpose=isdn-uui"), (Geolocation.self, "<cid:a@example.org>;x=y"),
    (GeolocationRouting.self, "yes"), (GeolocationError.self, "100;code=\"Cannot Process Location\""),
    (ContentID.self, "<target123@example.org>"), (FlowTimer.self, "120"), (MaxBreadth.self, "60"),
    (Identity.self, "eyJh.eyJk.VLBC;info=<https://example.org/c>;alg=ES256"),
    (AcceptContact.self, "*;audio;methods=\"INVITE,!BYE\";expires=\"#>=3\";explicit;require"),
    (RejectContact.self, "*;actor=\"msg-taker\";video"), (FeatureCaps.self, "*;+g.3gpp.srvcc=\"<sip:a@b>\""),
    (RequestDisposition.self, "no-fork"),
    (HistoryInfo.self, "<sip:a@h?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1"),
    (SessionID.self, "ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2"),
    (Path.self, "<sip:p.example.org;lr;ob>"), (ServiceRoute.self, "<sip:p.example.org;lr>"),
    (SecurityClient.self, "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1;port-s=5060;q=0.1"), (SecurityServer.self, "tls;q=0.2"),
    (SecurityVerify.self, "tls;q=0.2"), (PAssociatedURI.self, "\"A\" <tel:+1>;x=y"),
    (PCalledPartyID.self, "<sip:a@example.org>"), (PAssertedIdentity.self, "<tel:+14085264000>"),
    (PPreferredIdentity.self, "\"C\" <sip:a@example.org>"), (PServedUser.self, "<sip:a@example.org>;sescase=orig"),
    (PVisitedNetworkID.self, "\"a \\\" b\";x=y"),
    (PAccessNetworkInfo.self, "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=\"1\";network-provided"),
    (PEarlyMedia.self, "sendrecv"), (PAssertedService.self, "urn:urn-7:3gpp-service.ims.icsi.mmtel"),
    (PPreferredService.self, "urn:urn-7:3gpp-service.ims.icsi.mmtel"),
    (PChargingVector.self, "icid-value=\"1\";icid-generated-at=192.0.2.1;orig-ioi=a;transit-ioi=\"b.1,void\""),
    (PChargingFunctionAddresses.self, "ccf=192.0.2.1;ecf=\"a\";ccf-2=b"),
]
