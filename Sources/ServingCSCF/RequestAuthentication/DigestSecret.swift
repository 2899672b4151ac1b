import IMS
import Octets
import SIP

/// What the HSS has given for a user with SIP Digest (TS 33.203 Annex N), as long as it is good for requests too.
struct DigestSecret: Equatable, Sendable {
    let algorithm: DigestAlgorithm
    /// H(A1), hexadecimal digits in lower case.
    let ha1: [UInt8]
    let realm: OctetSlice
}

/// Secrets in the form in which they are stored, a record for each private identity.
///
///     record ::= version algorithm ha1 realm
enum StoredDigestSecret {
    static let version: UInt8 = 1

    /// `a` and the private identity.
    static func key(of identity: PrivateIdentity) -> [UInt8] { [UInt8(ascii: "a")] + Array(identity.text.utf8) }

    static func octets(of secret: DigestSecret) -> [UInt8] {
        var writer = RecordWriter(reserving: 160)
        writer.write(version)
        writer.write(text: "\(secret.algorithm.token)")
        writer.write(OctetSlice(secret.ha1))
        writer.write(secret.realm)
        return writer.octets
    }

    /// nil for a record that cannot be read.
    static func read(_ record: StoredRecord) -> (identity: PrivateIdentity, secret: DigestSecret)? {
        guard let octets = record.value else { return nil }
        var reader = RecordReader(octets)
        guard reader.octet() == version, let algorithm = reader.slice().flatMap(DigestAlgorithm.init(token:)),
            let ha1 = reader.slice(), let realm = reader.slice()
        else { return nil }
        let identity = PrivateIdentity(OctetSlice(record.key, 1..<record.key.count).string)
        return (identity, DigestSecret(algorithm: algorithm, ha1: ha1.array, realm: realm))
    }
}
