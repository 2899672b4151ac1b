import Octets
import SIP

/// What everybody in the home network may see of a temporary GRUU (RFC 5627 §3.1.2): the S-CSCF that made it, and that alone
/// knows whose it is. By that an I-CSCF finds its way without a public identity to ask the HSS about.
///
///     user part = "tgruu." hex(mark 2 ‖ what the S-CSCF has sealed)
///
/// The prefix is that of TS 24.229 §5.4.7A.3; what follows it is ours (the clause could not be looked up).
package enum TemporaryGRUU {
    package static let prefix: StaticString = "tgruu."

    /// Of an S-CSCF by its SIP URI: FNV-1a of the lower-case name, folded to 16 bits. Of two with
    /// the same mark the first of the pool is asked: 1 in 65,536.
    package static func mark(of serverName: String) -> UInt16 {
        var hash: UInt32 = 0x811C_9DC5
        for octet in serverName.utf8 { hash = (hash ^ UInt32(ASCII.lowercase(octet))) &* 0x0100_0193 }
        return UInt16(truncatingIfNeeded: hash ^ hash >> 16)
    }

    /// The mark in a Request-URI; nil for one that is no temporary GRUU.
    package static func mark(in uri: SIPURI) -> UInt16? {
        guard let gr = uri.gr, gr.isEmpty, let user = uri.user, user.hasPrefix(prefix), user.count >= 10 else {
            return nil
        }
        var mark: UInt16 = 0
        for index in user.start + 6..<user.start + 10 {
            guard let digit = Hex.value(user[index]) else { return nil }
            mark = mark << 4 | UInt16(digit)
        }
        return mark
    }
}
