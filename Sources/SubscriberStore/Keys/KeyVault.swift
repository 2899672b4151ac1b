import AKA
import Crypto
import Foundation
import HomeSubscriberServer
import IMS

/// The secrets of subscribers as they lie on the disk: AES-256-GCM under a master key that is not in the database.
///
///     secret = nonce (12) ‖ ciphertext of K ‖ OPc, K ‖ TOPc or HA1 ‖ tag (16)
///            | the address of a user of GIBA, in clear
///
/// The private identity and the kind of secret are authenticated along, so that what is in one row is worth nothing in
/// another.
final class KeyVault {
    private let file: MasterKeyFile
    private var keys: MasterKeys

    init(_ file: MasterKeyFile) throws(StoreError) {
        self.file = file
        keys = try file.read()
    }

    /// The number of the master key that seals.
    var current: Int64 { keys.current }

    func seal(_ credential: Credential, of identity: String) throws -> Data {
        switch credential {
        case .aka(let secrets):
            try seal(secrets.revealedOctets, context: Self.context(identity, secrets.algorithm.word))
        case .digest(let secret): try seal(secret.ha1.revealedOctets, context: Self.context(identity, Self.digest))
        case .address(let address): Data(address.octets)
        case .none: Data()
        }
    }

    /// - Parameter key: the number of the master key; nil for what lies in clear, as the first versions left it.
    func open(
        _ sealed: Data, key: Int64?, of identity: String, _ algorithm: AKAAlgorithm
    ) throws -> SubscriberSecrets {
        let octets = try open(sealed, key: key, context: Self.context(identity, algorithm.word))
        guard let secrets = SubscriberSecrets(algorithm, octets: octets) else {
            throw DirectoryFailure.damaged("the keys of \(identity) have a length that none of \(algorithm.word) has")
        }
        return secrets
    }

    func openDigest(_ sealed: Data, key: Int64?, of identity: String) throws -> Secret128 {
        let octets = try open(sealed, key: key, context: Self.context(identity, Self.digest))
        guard let secret = Secret128(octets: octets) else {
            throw DirectoryFailure.damaged("the HA1 of \(identity) has not sixteen octets")
        }
        return secret
    }

    /// Something sealed that only this key opens: tells a wrong key file at the start.
    func proof() throws -> Data { try seal([], context: Self.proofContext) }

    func proves(_ proof: Data, key: Int64) -> Bool {
        do {
            _ = try open(proof, key: key, context: Self.proofContext)
            return true
        } catch {
            return false
        }
    }

    /// Adds a fresh key to the file; from now on it seals.
    func addKey() throws(StoreError) {
        let next = try file.read().adding()
        try file.replace(with: next)
        keys = next
    }

    /// Drops all keys but the current one from the file.
    func dropOldKeys() throws(StoreError) {
        let left = keys.onlyCurrent
        try file.replace(with: left)
        keys = left
    }

    private static let digest = "digest"
    private static let proofContext = Data("proof".utf8)

    private static func context(_ identity: String, _ kind: String) -> Data { Data("\(kind) \(identity)".utf8) }

    private func seal(_ octets: [UInt8], context: Data) throws -> Data {
        guard let key = keys[keys.current],
            let sealed = try AES.GCM.seal(octets, using: key, authenticating: context).combined
        else { throw DirectoryFailure.failed("the master key is not there") }
        return sealed
    }

    private func open(_ sealed: Data, key: Int64?, context: Data) throws -> [UInt8] {
        guard let key else { return [UInt8](sealed) }
        if keys[key] == nil { keys = try file.read() }  // another program may have rotated it
        guard let master = keys[key] else {
            throw DirectoryFailure.damaged("master key \(key) is not in \(file.path)")
        }
        do {
            return [UInt8](
                try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: master, authenticating: context))
        } catch {
            throw DirectoryFailure.damaged("master key \(key) of \(file.path) does not open a secret")
        }
    }
}

extension KeyVault: CustomReflectable {
    var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
