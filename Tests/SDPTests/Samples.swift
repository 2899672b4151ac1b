import Octets
import SDP

/// A description as it stands on the wire: the lines of a literal with CRLF.
func wire(_ text: String) -> [UInt8] { Array((text + "\n").utf8).flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] } }

func described(_ text: String) throws -> SessionDescription { try SessionDescription(parsing: wire(text)) }

enum Sample {
    /// RFC 8866 §5.
    static let example = """
        v=0
        o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
        s=Call to John Smith
        i=SDP Offer #1
        u=http://www.jdoe.example.com/home.html
        e=Jane Doe <jane@jdoe.example.com>
        p=+1 617 555-6011
        c=IN IP4 198.51.100.1
        t=0 0
        m=audio 49170 RTP/AVP 0
        m=audio 49180 RTP/AVP 0
        m=video 51372 RTP/AVP 99
        c=IN IP6 2001:db8::2
        a=rtpmap:99 h263-1998/90000
        """

    /// RFC 8866 §6.7.
    static let directions = """
        v=0
        o=jdoe 3724395000 3724395001 IN IP6 2001:db8::1
        s=-
        c=IN IP6 2001:db8::1
        t=0 0
        a=inactive
        m=audio 49170 RTP/AVP 0
        a=sendrecv
        m=audio 49180 RTP/AVP 0
        m=video 51372 RTP/AVP 99
        a=rtpmap:99 h263-1998/90000
        """

    /// RFC 5118 §4.8, with an empty s= and a c= for each stream.
    static let twoFamilies = """
        v=0
        o=bob 280744730 28977631 IN IP4 host.example.com
        s=
        t=0 0
        m=audio 22334 RTP/AVP 0
        c=IN IP4 192.0.2.1
        m=video 6024 RTP/AVP 107
        c=IN IP6 2001:db8::1
        a=rtpmap:107 H263-1998/90000
        """

    /// RFC 4475 §3.1.1.1, the body of a short tortuous INVITE.
    static let tortuous = """
        v=0
        o=mhandley 29739 7272939 IN IP4 192.0.2.3
        s=-
        c=IN IP4 192.0.2.4
        t=0 0
        m=audio 49217 RTP/AVP 0 12
        m=video 3227 RTP/AVP 31
        a=rtpmap:31 LPC
        """

    /// RFC 3264 §9, figure 1: t= before c=.
    static let capabilities = """
        v=0
        o=carol 28908764872 28908764872 IN IP4 100.3.6.6
        s=-
        t=0 0
        c=IN IP4 192.0.2.4
        m=audio 0 RTP/AVP 0 1 3
        a=rtpmap:0 PCMU/8000
        a=rtpmap:1 1016/8000
        a=rtpmap:3 GSM/8000
        m=video 0 RTP/AVP 31 34
        a=rtpmap:31 H261/90000
        a=rtpmap:34 H263/90000
        """

    /// What a phone offers for a call: two wide-band codecs and tones, preconditions, bandwidth, RTCP elsewhere.
    static let phone = """
        v=0
        o=- 1234567890 1 IN IP6 2001:db8::10
        s=-
        c=IN IP6 2001:db8::10
        b=AS:49
        t=0 0
        a=tool:phone
        m=audio 50010 RTP/AVP 96 97 100
        b=AS:49
        b=RS:600
        b=RR:2000
        b=TIAS:49000
        a=rtpmap:96 EVS/16000
        a=fmtp:96 br=5.9-24.4; bw=nb-swb;ch-aw-recv=-1
        a=rtpmap:97 AMR-WB/16000/1
        a=fmtp:97 mode-change-capability=2;max-red=220
        a=rtpmap:100 telephone-event/16000
        a=fmtp:100 0-15
        a=ptime:20
        a=rtcp:50013 IN IP6 2001:db8::10
        a=curr:qos local none
        a=curr:qos remote none
        a=des:qos mandatory local sendrecv
        a=des:qos optional remote sendrecv
        a=sendrecv
        m=video 50020 RTP/AVPF 118
        a=rtpmap:118 H264/90000
        a=rtcp-fb:118 nack pli
        a=sendrecv
        """

    static let all = [example, directions, twoFamilies, tortuous, capabilities, phone]
}
