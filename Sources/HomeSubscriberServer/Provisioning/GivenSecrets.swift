import AKA
import Octets

/// K with OPc or OP, TOPc or TOP as an operator typed them, checked.
struct GivenSecrets {
    let secrets: SubscriberSecrets
    /// What looks odd; nothing of it stops anything.
    private(set) var warnings: [String] = []

    init(algorithm: String, key: String, opc: String?, op: String?) throws(ProvisioningError) {
        guard let algorithm = AKAAlgorithm(word: algorithm) else {
            throw .invalid("algorithm", algorithm, "the functions of a SIM are milenage or tuak")
        }
        switch algorithm {
        case .milenage: try self.init(milenage: key, opc: opc, op: op)
        case .tuak: try self.init(tuak: key, topc: opc, top: op)
        }
    }

    private init(milenage key: String, opc: String?, op: String?) throws(ProvisioningError) {
        let key = try Self.secret128("k", key)
        let operatorSecret: Secret128
        switch (opc, op) {
        case (let opc?, nil): operatorSecret = try Self.secret128("opc", opc)
        case (nil, let op?):
            let op = try Self.secret128("op", op)
            operatorSecret = Milenage.opc(key: key, op: op)
            warnings.append("OPc is derived from the OP given; OP itself is not kept.")
            if op == key { warnings.append("This OP equals the key K: was one pasted twice?") }
        case (let opc?, let op?):
            operatorSecret = try Self.secret128("opc", opc)
            guard Milenage.opc(key: key, op: try Self.secret128("op", op)) == operatorSecret else {
                throw .invalidSecret("opc", "it is not the OPc that K and this OP give; leave one of the two out")
            }
        case (nil, nil):
            throw .invalidSecret("opc", "neither OPc nor OP is given; give the one that the SIM was made with")
        }
        secrets = .milenage(key: key, opc: operatorSecret)
        if operatorSecret == key { warnings.append("This OPc equals the key K: was one pasted twice?") }
        if key.isZero { warnings.append("The key K is all zeros.") }
        if operatorSecret.isZero { warnings.append("OPc is all zeros.") }
        if Self.publishedOPs.contains(operatorSecret) {
            warnings.append("This OPc is the OP of a published 3GPP test set: should it be given as OP?")
        }
    }

    private init(tuak key: String, topc: String?, top: String?) throws(ProvisioningError) {
        guard let octets = try Self.octets("k", key, counts: [16, 32]), let key = TUAK.Key(octets: OctetSlice(octets))
        else { throw Self.length("k", key, "32 or 64 are needed with TUAK (16 or 32 octets)") }
        let operatorSecret: Secret256
        switch (topc, top) {
        case (let topc?, nil): operatorSecret = try Self.secret256("topc", topc)
        case (nil, let top?):
            operatorSecret = TUAK.topc(key: key, top: try Self.secret256("top", top))
            warnings.append("TOPc is derived from the TOP given; TOP itself is not kept.")
        case (let topc?, let top?):
            operatorSecret = try Self.secret256("topc", topc)
            guard TUAK.topc(key: key, top: try Self.secret256("top", top)) == operatorSecret else {
                throw .invalidSecret("topc", "it is not the TOPc that K and this TOP give; leave one of the two out")
            }
        case (nil, nil):
            throw .invalidSecret("topc", "neither TOPc nor TOP is given; give the one that the SIM was made with")
        }
        secrets = .tuak(key: key, topc: operatorSecret)
        if key.isZero { warnings.append("The key K is all zeros.") }
        if operatorSecret.isZero { warnings.append("TOPc is all zeros.") }
    }

    /// OP of TS 35.208 §4, test sets 1 and 2.
    private static let publishedOPs: [Secret128] = [
        "cdc202d5123e20f62b6d676ac72cb318", "ff53bade17df5d4e793073ce9d7579fa",
    ].compactMap { Secret128(hex: $0) }

    private static func secret128(_ field: String, _ text: String) throws(ProvisioningError) -> Secret128 {
        if let octets = try octets(field, text, counts: [16]), let secret = Secret128(octets: octets) { return secret }
        throw length(field, text, "32 are needed (16 octets)")
    }

    private static func secret256(_ field: String, _ text: String) throws(ProvisioningError) -> Secret256 {
        if let octets = try octets(field, text, counts: [32]), let secret = Secret256(octets: octets) { return secret }
        throw length(field, text, "64 are needed (32 octets)")
    }

    /// nil for another count of octets.
    private static func octets(
        _ field: String, _ text: String, counts: [Int]
    ) throws(ProvisioningError) -> [UInt8]? {
        if let octets = Hex.decode(text) { return counts.contains(octets.count) ? octets : nil }
        if let place = Array(text).firstIndex(where: { !$0.isASCII || !$0.isHexDigit }) {
            throw .invalidSecret(field, "character \(place + 1) is no hexadecimal digit")
        }
        return nil
    }

    private static func length(_ field: String, _ text: String, _ need: String) -> ProvisioningError {
        .invalidSecret(field, "\(text.count) hexadecimal digits, but \(need)")
    }
}
