import ApplicationServer
import FunctionProgram
import NodeIO
import SIP

extension TAS {
    static let keys = [
        ConfigurationKey(
            "tas.uri", .checked(expected: "a SIP URI") { (try? SIPURI(parsing: $0)) != nil },
            default: "sip:tas.\(LabDefaults.domain):5090",
            "Our SIP URI: what initial filter criteria name as the server, and what our Contact says."),
        ConfigurationKey(
            "tas.domain", .text, default: LabDefaults.domain,
            "The home network domain: telephone numbers become SIP URIs of it."),
        ConfigurationKey(
            "tas.database", .text, default: "tas.sqlite", "What users have set, an SQLite file; made when absent."),
        ConfigurationKey(
            "tas.trusted-peers", .list(of: .address), default: "[]",
            "Addresses of our S-CSCFs beside loopback; nobody else may send us SIP."),
        ConfigurationKey(
            "tas.no-reply", .duration(.seconds(5) ... .seconds(120)), default: "20s",
            "How long a phone rings before a call is diverted for no reply, where its user has not said."),
        ConfigurationKey(
            "tas.not-reachable", .duration(.seconds(1) ... .seconds(60)), default: "10s",
            "How long a phone may leave a call without any answer before it counts as not reachable."),
        ConfigurationKey(
            "tas.diversion-limit", .integer(1...20), default: "5", "Diversions of one call, by all users together."),
        ConfigurationKey(
            "tas.codes", .boolean, default: "true", "Whether *21*NUMBER# and the like change a user's services."),
        ConfigurationKey(
            "tas.country-code", .checked(expected: "+ and digits, such as +49") { $0.hasPrefix("+") }, default: "+",
            "Numbers that begin otherwise are international; with a + alone none is. Quote it: \"+49\"."),
        ConfigurationKey(
            "tas.international-prefix", .text, default: "\"00\"", "What is dialled before another country's code."),
        ConfigurationKey(
            "tas.voicemail", .checked(expected: "a SIP URI") { (try? SIPURI(parsing: $0)) != nil },
            "Another voice mail system: calls that users divert to voicemail go there, with whose mailbox it is\n(RFC 4458), not to mailboxes of our own."
        ),
        ConfigurationKey(
            "tas.mailboxes", .text,
            "The folder of our own mailboxes, one in it for each: WAVE and AMR files of messages, and perhaps\ngreeting.wav (G.711 or 16 bits, 8 kHz) and greeting.amr of the operator's.\nWithout it there are none."
        ),
        ConfigurationKey(
            "tas.mailbox-uri", .checked(expected: "a SIP URI") { (try? SIPURI(parsing: $0)) != nil },
            "Whom others divert to for our mailboxes, and who wants to listen may call beside his own number.\nDefault: voicemail at tas.uri."
        ),
        ConfigurationKey(
            "tas.media-address", .address, "Where the audio of mailboxes comes to. Default: that of sip.listen."),
        ConfigurationKey(
            "tas.media-ports", .checked(expected: "two ports, such as 30000-30999") { MediaPorts($0) != nil },
            default: "30000-30999", "UDP ports of audio; each call has an even one."),
        ConfigurationKey(
            "tas.media-source", .choice(MediaSource.Rule.allCases.map(\.rawValue)), default: "described",
            "Whose audio is taken: of the address in the session description (described), or of whoever sends first,\nfor phones behind address translators (latched). Nobody else's after the first packet."
        ),
        ConfigurationKey(
            "tas.longest-voice-message", .duration(.seconds(5) ... .seconds(600)), default: "2m",
            "How long a voice message may be."),
        ConfigurationKey(
            "tas.longest-silence", .duration(.seconds(2) ... .seconds(60)), default: "8s",
            "So long without a word ends a voice message."),
        ConfigurationKey(
            "tas.maximum-voice-messages", .integer(0...1_000_000), default: "100000", "Messages in all mailboxes."),
        ConfigurationKey(
            "tas.maximum-voice-messages-per-user", .integer(1...1_000), default: "50",
            "Messages in one mailbox; a full one answers no calls."),
        ConfigurationKey(
            "tas.maximum-voice-calls", .integer(1...10_000), default: "100",
            "Calls that mailboxes answer at a time; each may take memory for its message until it is\nstored: 1 MB in two minutes."
        ),
        ConfigurationKey(
            "tas.unsolicited-notifications", .boolean, default: "false",
            "Whether phones are told of waiting messages (RFC 3842) without having subscribed."),
        ConfigurationKey(
            "tas.message-centre", .checked(expected: "a number, such as +15550000") { SMSAddress(number: $0) != nil },
            "The number of the short message service centre, as phones see it."),
        ConfigurationKey(
            "tas.message-storage", .duration(.seconds(60) ... .seconds(2_419_200)), default: "72h",
            "How long a message may wait for its recipient."),
        ConfigurationKey("tas.maximum-messages", .integer(0...10_000_000), default: "100000", "Messages that wait."),
        ConfigurationKey(
            "tas.maximum-messages-per-user", .integer(0...10_000), default: "100", "Messages that wait for one user."),
        ConfigurationKey("tas.maximum-users", .integer(1...10_000_000), default: "1000000", "Users with settings."),
    ]
}
