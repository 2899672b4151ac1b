import CTripleDES
import Crypto
import CryptoExtras
import Octets

/// The key under which a SIM vendor delivers K and OPc.
package struct TransportKey: Sendable {
    /// By the word of `--transport-alg`.
    package enum Algorithm: String, CaseIterable, Sendable {
        case aesECB = "aes128-ecb"
        case aesCBC = "aes-cbc"
        /// Two or three keys, EDE, ECB.
        case tripleDES = "3des"
    }

    private let algorithm: Algorithm
    private let key: [UInt8]
    private let vector: [UInt8]

    /// The initialisation vector that pySim has: always this one.
    package static let pySimVector = [UInt8](repeating: 0x23, count: 16)

    /// - Parameters:
    ///   - key: hexadecimal digits.
    ///   - vector: of CBC, 16 octets as hexadecimal digits; nil for zeros.
    package init(_ algorithm: Algorithm, key: String, vector: String? = nil) throws(TransportKeyError) {
        guard var octets = Hex.decode(key) else { throw .notHexadecimal }
        let counts: [Int] =
            switch algorithm {
            case .aesECB: [16]
            case .aesCBC: [16, 24, 32]
            case .tripleDES: [16, 24]
            }
        guard counts.contains(octets.count) else { throw .length(octets.count, counts) }
        if algorithm == .tripleDES, octets.count == 16 { octets += octets.prefix(8) }
        let start = try vector.map { text throws(TransportKeyError) in
            guard let start = Hex.decode(text), start.count == 16 else { throw .vector }
            return start
        }
        self.algorithm = algorithm
        self.key = octets
        self.vector = start ?? [UInt8](repeating: 0, count: 16)
    }

    /// The same with another initialisation vector.
    package func with(vector: [UInt8]) -> TransportKey { TransportKey(algorithm, key, vector) }

    private init(_ algorithm: Algorithm, _ key: [UInt8], _ vector: [UInt8]) {
        self.algorithm = algorithm
        self.key = key
        self.vector = vector
    }

    /// What hexadecimal digits are in clear, as such; nil when they are none, or no whole blocks.
    package func decrypt(_ text: String) -> String? {
        guard let octets = Hex.decode(text), !octets.isEmpty else { return nil }
        return clear(octets).map { Hex.encode($0) }
    }

    private func clear(_ octets: [UInt8]) -> [UInt8]? {
        guard octets.count.isMultiple(of: algorithm == .tripleDES ? 8 : 16), octets.count <= 64 else { return nil }
        do {
            switch algorithm {
            case .aesECB:
                var clear: [UInt8] = []
                for start in stride(from: 0, to: octets.count, by: 16) {
                    var block = Array(octets[start..<start + 16])
                    try AES.inversePermute(&block, key: SymmetricKey(data: key))
                    clear += block
                }
                return clear
            case .aesCBC:
                return [UInt8](
                    try AES._CBC.decrypt(
                        octets, using: SymmetricKey(data: key), iv: AES._CBC.IV(ivBytes: vector), noPadding: true))
            case .tripleDES:
                var clear = [UInt8](repeating: 0, count: octets.count)
                return triple_des_decrypt(key, octets, Int32(octets.count), &clear) == 1 ? clear : nil
            }
        } catch {
            return nil
        }
    }
}

extension TransportKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(transport key for \(algorithm.rawValue))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Why a transport key cannot be used; its value is not told.
package enum TransportKeyError: Error, Equatable, Sendable, CustomStringConvertible {
    case notHexadecimal
    case length(Int, [Int])
    case vector

    package var description: String {
        switch self {
        case .notHexadecimal: "the transport key is not made of hexadecimal digits, two for each octet"
        case .length(let count, let wanted):
            "the transport key has \(count) octets; this algorithm takes \(wanted.map(String.init).joined(separator: " or "))"
        case .vector: "the initialisation vector is 32 hexadecimal digits (16 octets)"
        }
    }
}
