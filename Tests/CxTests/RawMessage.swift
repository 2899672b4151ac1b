import Cx
import Diameter

/// A Diameter message taken apart and put together by a second, plain implementation of RFC 6733 §3 and §4.1.
struct RawMessage {
    struct AVP {
        var code: UInt32
        var vendor: UInt32
        var flags: UInt8
        var data: [UInt8]

        var key: Specification.Name { Specification.Name(code: code, vendor: vendor) }

        var octets: [UInt8] {
            let isVendor = flags & 0x80 != 0
            let length = UInt32(data.count + (isVendor ? 12 : 8))
            let padding = [UInt8](repeating: 0, count: (4 - data.count % 4) % 4)
            return bigEndian(code) + bigEndian(UInt32(flags) << 24 | length) + (isVendor ? bigEndian(vendor) : [])
                + data
                + padding
        }
    }

    var header: [UInt8]
    var avps: [AVP]

    init(_ message: DiameterMessage) {
        header = Array(message.octets[..<20])
        avps = Self.split(message.octets[20...])
    }

    static func split(_ octets: ArraySlice<UInt8>) -> [AVP] {
        var avps: [AVP] = []
        var rest = octets
        while rest.count >= 8 {
            let start = rest.startIndex
            let code = number(rest[start..<start + 4])
            let flags = rest[start + 4]
            let length = Int(number(rest[start + 5..<start + 8]))
            let head = flags & 0x80 == 0 ? 8 : 12
            let vendor = head == 12 ? number(rest[start + 8..<start + 12]) : 0
            avps.append(AVP(code: code, vendor: vendor, flags: flags, data: Array(rest[start + head..<start + length])))
            rest = rest[(start + (length + 3) / 4 * 4)...]
        }
        return avps
    }

    var octets: [UInt8] {
        let body = avps.flatMap(\.octets)
        return [1] + bigEndian(UInt32(body.count + 20))[1...] + header[4...] + body
    }

    func message() throws(DiameterDecodeFailure) -> DiameterMessage { try DiameterMessage(decoding: octets) }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt32 { octets.reduce(0) { $0 << 8 | UInt32($1) } }
}

func bigEndian(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
