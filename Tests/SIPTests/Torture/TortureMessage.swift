import Foundation
import Octets
import SIP
import Testing

/// A message from the archives in RFC 4475 appendix A and RFC 5118 appendix A, bit for bit.
struct TortureMessage: Sendable, CustomTestStringConvertible {
    let collection: String
    let name: String

    var testDescription: String { name }

    var octets: [UInt8] {
        get throws {
            let url = try #require(
                Bundle.module.url(forResource: name, withExtension: "dat", subdirectory: "Fixtures/\(collection)"))
            return [UInt8](try Data(contentsOf: url))
        }
    }

    /// As it stands on the wire. The archive of RFC 5118 holds text with bare line feeds, where the messages of the
    /// RFC, as any SIP message (RFC 3261 §7), have CRLF.
    var wire: [UInt8] {
        get throws {
            let octets = try octets
            guard collection == "rfc5118" else { return octets }
            return octets.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
        }
    }

    func parsed() throws -> SIPMessage { try SIPMessage(parsing: wire) }

    static func rfc4475(_ name: String) -> TortureMessage { TortureMessage(collection: "rfc4475", name: name) }
    static func rfc5118(_ name: String) -> TortureMessage { TortureMessage(collection: "rfc5118", name: name) }

    /// RFC 4475 §3.1.1.
    static let valid = [
        "wsinv", "intmeth", "esc01", "escnull", "esc02", "lwsdisp", "longreq", "dblreq", "semiuri", "transports",
        "mpart01", "unreason", "noreason",
    ].map(rfc4475)

    /// §3.2 to §3.4: well formed, refused elsewhere or not at all.
    static let wellFormed = [
        "badbranch", "unkscm", "novelsc", "unksm2", "bext01", "invut", "regaut01", "bcast", "zeromf", "cparam01",
        "cparam02", "regescrt", "sdp01", "inv2543",
    ].map(rfc4475)

    /// RFC 5118 §4, those that can be read as they stand.
    static let ipv6 = [
        "ipv6-good", "port-ambiguous", "port-unambiguous", "via-received-param-with-delim",
        "via-received-param-no-delim", "mult-ip-in-header", "mult-ip-in-sdp", "ipv4-mapped-ipv6",
        "ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons",
    ].map(rfc5118)

    static let readable = valid + wellFormed + ipv6
}
