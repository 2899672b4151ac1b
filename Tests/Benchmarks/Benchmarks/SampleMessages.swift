import Octets

/// Messages as they stand on the wire, the phone's of 1,038 octets.
enum SampleMessage {
    /// What a handset sends in answer to a challenge.
    static let fromPhone = wire(
        """
        REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.17:5090;branch=z9hG4bK00000000;rport
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

    /// The same as the P-CSCF sends it on.
    static let fromProxy = wire(
        """
        REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK00000000
        Path: <sip:5a3c0b9e44de17a00000c000021113e2@192.0.2.1:5060;lr>
        Via: SIP/2.0/UDP 192.0.2.17:5090;branch=z9hG4bK1d32ha5h;rport=5090;received=192.0.2.17
        Max-Forwards: 69
        From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4fa3c2d1
        To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>
        Call-ID: a84b4c76e66710f2@192.0.2.17
        CSeq: 2 REGISTER
        Contact: <sip:001010000000001@192.0.2.17:5090>;+sip.instance="<urn:gsma:imei:35622410-483840-0>";\
        +g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";+g.3gpp.smsip;expires=600000
        Authorization: Digest username="001010000000001@ims.mnc001.mcc001.3gppnetwork.org",\
        realm="ims.mnc001.mcc001.3gppnetwork.org",uri="sip:ims.mnc001.mcc001.3gppnetwork.org",\
        nonce="I1U8q0aDU7kH9uQk2Gv+zVxkc7FC4wAAuK1hU2dVwYc=",nc=00000001,cnonce="5f3a9c71",qop=auth,\
        algorithm=AKAv1-MD5,response="6629fae49393a05397450978507c4ef1",integrity-protected="no"
        P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001
        Supported: path,gruu
        Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,MESSAGE,NOTIFY
        User-Agent: Handset
        Require: path
        P-Visited-Network-ID: "ims.mnc001.mcc001.3gppnetwork.org"
        P-Charging-Vector: icid-value="13ce75c9cd55a1b80a2f7c11d32f0a55";icid-generated-at=192.0.2.1
        Content-Length: 0


        """)

    private static func wire(_ text: String) -> [UInt8] {
        var octets: [UInt8] = []
        for octet in text.utf8 {
            if octet == ASCII.lineFeed { octets.append(ASCII.carriageReturn) }
            octets.append(octet)
        }
        return octets
    }

    /// With the number in the eight digits of its top branch, so that it opens a transaction of its own.
    static func numbered(_ message: [UInt8], _ number: Int) -> [UInt8] {
        var copy = message
        guard let start = branchDigits(message) else { return copy }
        var rest = number
        for index in stride(from: start + 7, through: start, by: -1) {
            copy[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return copy
    }

    private static func branchDigits(_ message: [UInt8]) -> Int? {
        let mark = Array("z9hG4bK".utf8)
        return message.indices.first { message[$0...].starts(with: mark) }.map { $0 + mark.count }
    }

    /// User-Data of a subscriber with three identities and two application servers.
    static let userData = Array(
        """
        <?xml version="1.0" encoding="UTF-8"?><IMSSubscription><PrivateID>001010000000001@ims.mnc001.mcc001.3gppnet\
        work.org</PrivateID><ServiceProfile><PublicIdentity><BarringIndication>1</BarringIndication><Identity>sip:00\
        1010000000001@ims.mnc001.mcc001.3gppnetwork.org</Identity></PublicIdentity><PublicIdentity><Identity>sip:+15\
        550000001@ims.mnc001.mcc001.3gppnetwork.org</Identity></PublicIdentity><PublicIdentity><Identity>tel:+155500\
        00001</Identity></PublicIdentity><InitialFilterCriteria><Priority>0</Priority><TriggerPoint><ConditionTypeCN\
        F>1</ConditionTypeCNF><SPT><Group>0</Group><Method>REGISTER</Method></SPT></TriggerPoint><ApplicationServer>\
        <ServerName>sip:tas.ims.mnc001.mcc001.3gppnetwork.org;lr</ServerName><DefaultHandling>0</DefaultHandling></A\
        pplicationServer></InitialFilterCriteria><InitialFilterCriteria><Priority>1</Priority><TriggerPoint><Conditi\
        onTypeCNF>1</ConditionTypeCNF><SPT><Group>0</Group><Method>MESSAGE</Method></SPT></TriggerPoint><Application\
        Server><ServerName>sip:ipsmgw.ims.mnc001.mcc001.3gppnetwork.org;lr</ServerName><DefaultHandling>1</DefaultHa\
        ndling></ApplicationServer></InitialFilterCriteria></ServiceProfile></IMSSubscription>
        """.utf8)
}
