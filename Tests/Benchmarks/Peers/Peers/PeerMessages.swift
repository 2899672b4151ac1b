import Octets

/// What all three libraries are given, as it stands on the wire.
struct PeerMessage {
    let name: String
    let octets: [UInt8]

    private init(_ name: String, _ text: String) {
        self.name = name
        octets = text.utf8.flatMap { $0 == ASCII.lineFeed ? [ASCII.carriageReturn, ASCII.lineFeed] : [$0] }
    }

    static let all = [register, invite, ok]

    /// A handset's answer to a challenge.
    static let register = PeerMessage(
        "REGISTER",
        """
        REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.17:5090;branch=z9hG4bK1d32ha5h;rport
        Max-Forwards: 70
        From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4fa3c2d1
        To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>
        Call-ID: a84b4c76e66710f2@192.0.2.17
        CSeq: 2 REGISTER
        Contact: <sip:001010000000001@192.0.2.17:5090>;+sip.instance="<urn:gsma:imei:35622410-483840-0>";\
        +g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";+g.3gpp.smsip;expires=600000
        Authorization: Digest username="001010000000001@ims.mnc001.mcc001.3gppnetwork.org",\
        realm="ims.mnc001.mcc001.3gppnetwork.org",uri="sip:ims.mnc001.mcc001.3gppnetwork.org",\
        nonce="I1U8q0aDU7kH9uQk2Gv+zVxkc7FC4wAAuK1hU2dVwYc=",nc=00000001,cnonce="5f3a9c71",qop=auth,\
        algorithm=AKAv1-MD5,response="6629fae49393a05397450978507c4ef1"
        P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001
        Supported: path,gruu
        Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,MESSAGE,NOTIFY
        User-Agent: Handset
        Content-Length: 0


        """)

    /// A call through two proxies, with the offer of a handset.
    static let invite = PeerMessage(
        "INVITE with SDP",
        """
        INVITE sip:+15550002@ims.mnc001.mcc001.3gppnetwork.org;user=phone SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK77c21a09e1f0
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK5bf7ff2fa77c
        Via: SIP/2.0/UDP 192.0.2.17:5090;branch=z9hG4bK1d32ha5h;rport=5090;received=192.0.2.17
        Record-Route: <sip:192.0.2.2:5060;lr>
        Record-Route: <sip:192.0.2.1:5060;lr>
        Max-Forwards: 68
        From: "Alice" <sip:+15550001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4fa3c2d1
        To: <sip:+15550002@ims.mnc001.mcc001.3gppnetwork.org;user=phone>
        Call-ID: a84b4c76e66710f2@192.0.2.17
        CSeq: 314159 INVITE
        Contact: <sip:001010000000001@192.0.2.17:5090>;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel"
        P-Asserted-Identity: <sip:+15550001@ims.mnc001.mcc001.3gppnetwork.org>
        P-Charging-Vector: icid-value="13ce75c9cd55a1b80a2f7c11d32f0a55";icid-generated-at=192.0.2.1
        Supported: 100rel,precondition,timer
        Session-Expires: 1800;refresher=uac
        Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,PRACK,UPDATE
        Content-Type: application/sdp
        Content-Length: 505

        \(offer)
        """)

    static let ok = PeerMessage(
        "200 OK",
        """
        SIP/2.0 200 OK
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK5bf7ff2fa77c
        Via: SIP/2.0/UDP 192.0.2.17:5090;branch=z9hG4bK1d32ha5h;rport=5090;received=192.0.2.17
        From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4fa3c2d1
        To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=8c1d03b2
        Call-ID: a84b4c76e66710f2@192.0.2.17
        CSeq: 2 REGISTER
        Contact: <sip:001010000000001@192.0.2.17:5090>;+g.3gpp.smsip;expires=600000
        Path: <sip:5a3c0b9e44de17a00000c000021113e2@192.0.2.1:5060;lr>
        Service-Route: <sip:orig@scscf.ims.mnc001.mcc001.3gppnetwork.org:5080;lr>
        P-Associated-URI: <sip:+15550001@ims.mnc001.mcc001.3gppnetwork.org>
        P-Associated-URI: <tel:+15550001>
        Content-Length: 0


        """)

    /// The body of the INVITE.
    static let description = PeerMessage("its SDP", offer)

    private static let offer = """
        v=0
        o=- 1234567890 1 IN IP4 192.0.2.17
        s=-
        c=IN IP4 192.0.2.17
        b=AS:49
        t=0 0
        m=audio 50010 RTP/AVP 96 97 100
        b=AS:49
        b=RS:600
        b=RR:2000
        a=rtpmap:96 AMR-WB/16000/1
        a=fmtp:96 mode-change-capability=2;max-red=220
        a=rtpmap:97 AMR/8000/1
        a=fmtp:97 mode-change-capability=2;max-red=220
        a=rtpmap:100 telephone-event/8000
        a=fmtp:100 0-15
        a=ptime:20
        a=maxptime:240
        a=curr:qos local none
        a=curr:qos remote none
        a=des:qos mandatory local sendrecv
        a=des:qos optional remote sendrecv
        a=sendrecv

        """
}
