import IMS
import Octets

/// A message that waits for its recipient.
struct StoredMessage: Equatable, Sendable {
    enum Content: Equatable, Sendable {
        /// A TPDU for the phone: SMS-DELIVER.
        case short([UInt8])
        /// The body of a MESSAGE with its type (RFC 3428 §4).
        case text(type: String, [UInt8])
    }

    /// Its name in the store; later messages have greater ones.
    let name: String
    let recipient: PublicIdentity
    /// Who sent it: a URI, of the asserted identity.
    let sender: String
    /// Seconds since 1970, UTC.
    let accepted: Int64
    let expires: Int64
    let content: Content

    /// Lines of names and values, an empty one, the octets.
    var record: [UInt8] {
        let (type, octets) =
            switch content {
            case .short(let tpdu): ("", tpdu)
            case .text(let type, let body): (type, body)
            }
        let head = "to \(recipient)\nfrom \(sender)\naccepted \(accepted)\nexpires \(expires)\ntype \(type)\n\n"
        return Array(head.utf8) + octets
    }

    init(name: String, recipient: PublicIdentity, sender: String, accepted: Int64, expires: Int64, content: Content) {
        self.name = name
        self.recipient = recipient
        self.sender = sender
        self.accepted = accepted
        self.expires = expires
        self.content = content
    }

    /// nil for what we have not written.
    init?(name: String, record: [UInt8]) {
        var fields: [String: String] = [:]
        var start = 0
        while true {
            guard let end = record[start...].firstIndex(of: ASCII.lineFeed) else { return nil }
            guard end > start else {
                start = end + 1
                break
            }
            let line = String(decoding: record[start..<end], as: UTF8.self)
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            fields[String(parts[0])] = String(parts[1])
            start = end + 1
        }
        guard let recipient = fields["to"], let sender = fields["from"], let type = fields["type"],
            let accepted = fields["accepted"].flatMap({ Int64($0) }),
            let expires = fields["expires"].flatMap({ Int64($0) })
        else { return nil }
        let octets = Array(record[start...])
        self.init(
            name: name, recipient: PublicIdentity(canonical: recipient), sender: sender, accepted: accepted,
            expires: expires, content: type.isEmpty ? .short(octets) : .text(type: type, octets))
    }
}
