import CXFRM

/// A request to the kernel: netlink(7), <linux/netlink.h>.
package struct NetlinkRequest: Sendable, Equatable {
    package let type: UInt16
    let flags: UInt16
    package private(set) var payload = NativeOctets()

    static let headerLength = 16

    /// One that is acknowledged.
    init(_ type: Int32, flags: Int32 = 0) {
        self.type = UInt16(truncatingIfNeeded: type)
        self.flags = UInt16(truncatingIfNeeded: NLM_F_REQUEST | NLM_F_ACK | flags)
    }

    /// One that is answered by all there is.
    static func dump(_ type: Int32) -> NetlinkRequest { NetlinkRequest(dumping: type) }

    private init(dumping type: Int32) {
        self.type = UInt16(truncatingIfNeeded: type)
        flags = UInt16(truncatingIfNeeded: NLM_F_REQUEST | NLM_F_DUMP)
    }

    var isDump: Bool { Int32(flags) & NLM_F_DUMP == NLM_F_DUMP }

    mutating func fixed(_ write: (inout NativeOctets) -> Void) { write(&payload) }

    /// A type-length-value after the fixed part.
    mutating func attribute(_ type: Int, _ write: (inout NativeOctets) -> Void) {
        var value = NativeOctets()
        write(&value)
        payload.align()
        payload.write(UInt16(truncatingIfNeeded: 4 + value.count))
        payload.write(UInt16(truncatingIfNeeded: type))
        payload.write(value.octets)
        payload.align()
    }

    package func octets(sequence: UInt32) -> [UInt8] {
        var octets = NativeOctets()
        octets.write(UInt32(truncatingIfNeeded: Self.headerLength + payload.count))
        octets.write(type)
        octets.write(flags)
        octets.write(sequence)
        octets.write(UInt32(0))  // the kernel fills in whose socket it is
        octets.write(payload.octets)
        octets.align()
        return octets.octets
    }
}

/// A message of the kernel.
package struct NetlinkMessage: Sendable {
    package let type: Int32
    let flags: Int32
    let sequence: UInt32
    package let payload: NativeReader

    /// All messages of one datagram; a broken rest is left out.
    package static func all(in datagram: ArraySlice<UInt8>) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = NativeReader(datagram)
        while let length = rest.number(at: 0, as: UInt32.self).flatMap(Int.init(exactly:)),
            length >= NetlinkRequest.headerLength, let type: UInt16 = rest.number(at: 4),
            let flags: UInt16 = rest.number(at: 6), let sequence: UInt32 = rest.number(at: 8),
            let payload = rest.part(
                from: NetlinkRequest.headerLength, count: length - NetlinkRequest.headerLength)
        {
            messages.append(
                NetlinkMessage(type: Int32(type), flags: Int32(flags), sequence: sequence, payload: payload))
            let next = min((length + 3) / 4 * 4, rest.count)
            guard let after = rest.part(from: next, count: rest.count - next) else { break }
            rest = after
        }
        return messages
    }

    /// The values of type-length-value attributes from `offset` on, by type.
    func attributes(from offset: Int) -> [UInt16: NativeReader] {
        var found: [UInt16: NativeReader] = [:]
        var position = offset
        while let length: UInt16 = payload.number(at: position), length >= 4,
            let type: UInt16 = payload.number(at: position + 2),
            let value = payload.part(from: position + 4, count: Int(length) - 4)
        {
            found[type] = value
            position += (Int(length) + 3) / 4 * 4
        }
        return found
    }

    /// Of an acknowledgement, the errno (0 when all is well) and what the kernel says to it.
    package var verdict: (code: Int32, sentence: String?)? {
        guard type == NLMSG_ERROR, let code: Int32 = payload.number(at: 0) else { return nil }
        guard flags & Self.hasAttributes != 0, let length: UInt32 = payload.number(at: 4) else { return (-code, nil) }
        // After the errno stands the request, whole unless the kernel was told to keep its header alone.
        let isCapped = flags & Self.isCapped != 0
        let echo = isCapped ? NetlinkRequest.headerLength : (Int(length) + 3) / 4 * 4
        let text = attributes(from: 4 + echo)[UInt16(truncatingIfNeeded: NLMSGERR_ATTR_MSG.rawValue)]
        return (-code, text.map { String(decoding: $0.octets.prefix { $0 != 0 }, as: UTF8.self) })
    }

    /// NLM_F_ACK_TLVS, NLM_F_CAPPED.
    private static let hasAttributes: Int32 = 0x200
    private static let isCapped: Int32 = 0x100
}
