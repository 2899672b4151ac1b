import Octets

/// A Diameter message, RFC 6733 §3: the octets as they stand on the wire, and nothing else.
///
///      0                   1                   2                   3
///     +---------------+-------------------------------------------------+
///     |    Version    |                 Message Length                  |
///     |R P E T r r r r|                  Command Code                   |
///     |                         Application-ID                          |
///     |                      Hop-by-Hop Identifier                      |
///     |                      End-to-End Identifier                      |
///     |  AVPs ...
///
/// Received and built messages are one type. Decoding checks header and framing once and allocates nothing; AVPs are
/// found by walking, which for the dozen of a Cx message is faster than an index.
public struct DiameterMessage: Sendable {
    @usableFromInline var writer: AVPWriter
    /// Of a received message; one that has been written to is looked through.
    @usableFromInline var codes = AVPCodes.unknown

    /// Takes over the octets of exactly one message.
    package init(decoding octets: [UInt8], limits: DiameterLimits = .standard) throws(DiameterDecodeFailure) {
        try Self.checkHeader(octets, limits: limits)
        codes = try AVPSequence.checkFraming(octets, HeaderLayout.length..<octets.count)
        writer = AVPWriter(taking: octets)
    }

    /// A message without AVPs; identifiers are zero until set.
    package init(
        _ command: CommandCode, application: ApplicationID, flags: CommandFlags = [.request, .proxiable],
        reserving capacity: Int = 512
    ) {
        writer = AVPWriter(reserving: capacity)
        writer.write32(1 << 24 | UInt32(HeaderLayout.length))
        writer.write32(UInt32(flags.rawValue) << 24 | command.rawValue & 0xFF_FFFF)
        writer.write32(application.rawValue)
        writer.write32(0)
        writer.write32(0)
    }

    @inlinable public var octets: [UInt8] { writer.storage }

    package var flags: CommandFlags {
        get { CommandFlags(rawValue: octets[HeaderLayout.flags]) }
        set { writer.storage[HeaderLayout.flags] = newValue.rawValue }
    }

    package var isRequest: Bool { flags.contains(.request) }
    package var isProxiable: Bool { flags.contains(.proxiable) }

    package var isError: Bool {
        get { flags.contains(.error) }
        set { if newValue { flags.insert(.error) } else { flags.remove(.error) } }
    }

    package var isRetransmitted: Bool {
        get { flags.contains(.retransmitted) }
        set { if newValue { flags.insert(.retransmitted) } else { flags.remove(.retransmitted) } }
    }

    package var commandCode: CommandCode { CommandCode(rawValue: octets.bigEndian24(at: HeaderLayout.commandCode)) }

    package var applicationID: ApplicationID {
        ApplicationID(rawValue: octets.bigEndian32(at: HeaderLayout.applicationID))
    }

    package var hopByHop: HopByHopID {
        get { HopByHopID(rawValue: octets.bigEndian32(at: HeaderLayout.hopByHop)) }
        set { writer.storage.put32(newValue.rawValue, at: HeaderLayout.hopByHop) }
    }

    package var endToEnd: EndToEndID {
        get { EndToEndID(rawValue: octets.bigEndian32(at: HeaderLayout.endToEnd)) }
        set { writer.storage.put32(newValue.rawValue, at: HeaderLayout.endToEnd) }
    }

    private static func checkHeader(_ octets: [UInt8], limits: DiameterLimits) throws(DiameterDecodeFailure) {
        guard octets.count >= HeaderLayout.length else {
            throw DiameterDecodeFailure(.messageTooShort(octets.count), offset: 0)
        }
        let length = Int(octets.bigEndian24(at: HeaderLayout.messageLength))
        guard octets[0] == 1 else {
            throw DiameterDecodeFailure(.version(octets[0]), offset: 0)
        }
        guard length <= limits.messageLength else {
            throw DiameterDecodeFailure(.messageTooLong(length), offset: 1)
        }
        guard length == octets.count, length.isMultiple(of: 4) else {
            throw DiameterDecodeFailure(
                .messageLength(said: length, received: octets.count), offset: 1)
        }
        let flags = CommandFlags(rawValue: octets[HeaderLayout.flags])
        guard !flags.isSuperset(of: [.request, .error]) else {
            throw DiameterDecodeFailure(
                .headerBits(flags.rawValue), offset: HeaderLayout.flags)
        }
    }
}

extension DiameterMessage: Equatable {
    public static func == (left: DiameterMessage, right: DiameterMessage) -> Bool { left.octets == right.octets }
}

extension DiameterMessage: AVPContainer {
    @inlinable public var avps: AVPSequence {
        AVPSequence(octets: writer.storage, range: 20..<writer.storage.count, depth: 0, codes: codes)
    }
}

/// Building. The length in the header is right after each step that ends an AVP.
extension DiameterMessage {
    @inlinable
    public mutating func append<Value>(_ key: AVPKey<Value>, _ value: Value) {
        writer.append(key, value)
        putLength()
    }

    /// Appends nothing for nil.
    @inlinable
    public mutating func append<Value>(_ key: AVPKey<Value>, _ value: Value?) {
        if let value { append(key, value) }
    }

    @inlinable
    public mutating func append<Value>(_ key: AVPKey<Value>, all values: [Value]) {
        for value in values { append(key, value) }
    }

    /// Copies an AVP from another message as it is.
    package mutating func append(_ avp: AVP) {
        writer.append(avp)
        putLength()
    }

    /// Begins a grouped AVP; the AVPs appended until `end(_:)` stand inside it.
    @inlinable
    public mutating func begin(_ key: AVPKey<AVPGroup>) -> AVPWriter.Mark { writer.begin(key) }

    @inlinable
    public mutating func end(_ mark: AVPWriter.Mark) {
        writer.end(mark)
        putLength()
    }

    @inlinable
    mutating func putLength() {
        codes = .unknown
        let count = writer.storage.count
        precondition(count < 1 << 24, "a message of \(count) octets")
        // Version 1 and the length: the first word of the header.
        writer.storage.put32(1 << 24 | UInt32(count), at: 0)
    }
}
