import Octets

/// Names the command of a message, RFC 6733 §3.1: 24 bits.
package struct CommandCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let capabilitiesExchange = CommandCode(rawValue: 257)
    package static let deviceWatchdog = CommandCode(rawValue: 280)
    package static let disconnectPeer = CommandCode(rawValue: 282)

    package var description: String {
        switch self {
        case .capabilitiesExchange: "257 Capabilities-Exchange"
        case .deviceWatchdog: "280 Device-Watchdog"
        case .disconnectPeer: "282 Disconnect-Peer"
        default: "\(rawValue)"
        }
    }
}

/// Names an application, RFC 6733 §2.4.
package struct ApplicationID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Diameter common messages: CER, DWR, DPR.
    package static let common = ApplicationID(rawValue: 0)
    /// What a relay advertises: it takes every application.
    package static let relay = ApplicationID(rawValue: 0xFFFF_FFFF)

    package var description: String {
        switch self {
        case .common: "0 (common messages)"
        case .relay: "4294967295 (relay)"
        default: "\(rawValue)"
        }
    }
}

/// The command flags, RFC 6733 §3: `R P E T r r r r`. Reserved bits are ignored.
package struct CommandFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let request = CommandFlags(rawValue: 0x80)
    package static let proxiable = CommandFlags(rawValue: 0x40)
    package static let error = CommandFlags(rawValue: 0x20)
    /// T: potentially retransmitted, set after a failover.
    package static let retransmitted = CommandFlags(rawValue: 0x10)
}

/// What decoding accepts at most.
package struct DiameterLimits: Equatable, Sendable {
    /// Octets of one message. The header could say 16 MiB; a Cx answer with a large profile stays under 100 kB.
    package var messageLength: Int
    /// Levels of grouped AVPs inside one another.
    package var nesting: Int

    package init(messageLength: Int = 262_144, nesting: Int = 16) {
        self.messageLength = messageLength
        self.nesting = nesting
    }

    package static let standard = DiameterLimits()
}

/// Where the fields of the header stand, RFC 6733 §3.
enum HeaderLayout {
    static let length = 20
    static let messageLength = 1
    static let flags = 4
    static let commandCode = 5
    static let applicationID = 8
    static let hopByHop = 12
    static let endToEnd = 16
}

/// Numbers in network byte order. One bounds check and one load or store each, where an access by subscript would check
/// every octet: messages are read and written by these alone.
extension [UInt8] {
    @inlinable @inline(__always)
    func bigEndian24(at index: Int) -> UInt32 {
        UInt32(self[index]) << 16 | UInt32(self[index + 1]) << 8 | UInt32(self[index + 2])
    }

    @inlinable @inline(__always)
    func bigEndian32(at index: Int) -> UInt32 {
        precondition(index >= 0 && index <= count - 4)
        return withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: index, as: UInt32.self)) }
    }

    @inlinable @inline(__always)
    mutating func put24(_ value: UInt32, at index: Int) {
        self[index] = UInt8(truncatingIfNeeded: value >> 16)
        self[index + 1] = UInt8(truncatingIfNeeded: value >> 8)
        self[index + 2] = UInt8(truncatingIfNeeded: value)
    }

    @inlinable @inline(__always)
    mutating func put32(_ value: UInt32, at index: Int) {
        precondition(index >= 0 && index <= count - 4)
        withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: index, as: UInt32.self) }
    }
}
