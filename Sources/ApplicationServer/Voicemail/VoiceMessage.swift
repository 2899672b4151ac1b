import IMS
import Octets

/// A message in a mailbox. Its speech is in a file of its own.
struct VoiceMessage: Equatable, Sendable {
    /// In the store; later messages have greater ones.
    let name: String
    let mailbox: PublicIdentity
    /// Who called: a URI, of the asserted identity.
    let caller: String
    /// Seconds since 1970, UTC.
    let accepted: Int64
    let milliseconds: Int
    /// Relative to the folder of all mailboxes.
    let file: String
    var isHeard = false

    init(
        name: String, mailbox: PublicIdentity, caller: String, accepted: Int64, _ recording: Recording
    ) {
        self.name = name
        self.mailbox = mailbox
        self.caller = caller
        self.accepted = accepted
        milliseconds = recording.milliseconds
        file = "\(Self.folder(mailbox))/\(name).\(recording.fileExtension)"
    }

    /// The folder of a mailbox: its identity in letters that every file system has; one that is too long by its digest.
    static func folder(_ mailbox: PublicIdentity) -> String {
        var name = ""
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for octet in mailbox.text.utf8 {
            digest = (digest ^ UInt64(octet)) &* 0x100_0000_01b3
            let isPlain =
                ASCII.isAlpha(octet) || ASCII.isDigit(octet) || octet == UInt8(ascii: "+") || octet == UInt8(ascii: "@")
            let isDot = octet == UInt8(ascii: ".") && !name.isEmpty
            name += isPlain || isDot ? String(Unicode.Scalar(octet)) : "_"
        }
        // Two identities must not meet in one folder because of what was replaced.
        return "\(name.prefix(120))-\(String(digest, radix: 16))"
    }

    /// Lines of names and values.
    var record: [UInt8] {
        let text = "mailbox \(mailbox)\nfrom \(caller)\naccepted \(accepted)\nmilliseconds \(milliseconds)\n"
        return Array((text + "file \(file)\nheard \(isHeard ? "yes" : "no")\n").utf8)
    }

    /// nil for what we have not written.
    init?(name: String, record: [UInt8]) {
        var fields: [String: String] = [:]
        for line in OctetSlice(record).string.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            fields[String(parts[0])] = String(parts[1])
        }
        guard let mailbox = fields["mailbox"], let caller = fields["from"], let file = fields["file"],
            let accepted = fields["accepted"].flatMap({ Int64($0) }),
            let milliseconds = fields["milliseconds"].flatMap({ Int($0) })
        else { return nil }
        self.name = name
        self.mailbox = PublicIdentity(canonical: mailbox)
        self.caller = caller
        self.accepted = accepted
        self.milliseconds = milliseconds
        self.file = file
        isHeard = fields["heard"] == "yes"
    }
}
