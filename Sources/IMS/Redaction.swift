import Cx
import Diameter
import Octets

/// Blots keys out of traced messages: whoever looks at a ladder has no business with CK, IK, XRES and HA1.
enum Redaction {
    /// The values of `ck` and `ik` in a SIP challenge (TS 24.229 §7.2A.1), overwritten digit by digit, however they are
    /// spelt: another vendor's S-CSCF may write `CK = "…"`.
    static func sip(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        var index = 0
        while index + 2 < octets.count {
            guard octets[index + 1] | 0x20 == UInt8(ascii: "k"), isKeyName(octets, at: index),
                let start = valueStart(octets, after: index + 2)
            else {
                index += 1
                continue
            }
            index = start
            while index < octets.count, octets[index] > 0x20, !"\",;".utf8.contains(octets[index]) {
                octets[index] = UInt8(ascii: "x")
                index += 1
            }
        }
        return octets
    }

    /// `ck` or `ik` that is no end of a longer word.
    private static func isKeyName(_ octets: [UInt8], at index: Int) -> Bool {
        let letter = octets[index] | 0x20
        guard letter == UInt8(ascii: "c") || letter == UInt8(ascii: "i") else { return false }
        guard index > 0 else { return true }
        return !ASCII.isAlpha(octets[index - 1]) && !ASCII.isDigit(octets[index - 1])
    }

    /// Behind the equals sign and the quotation mark, if there are any.
    private static func valueStart(_ octets: [UInt8], after name: Int) -> Int? {
        var index = name
        func skipSpace() {
            while index < octets.count, [0x20, 0x09, 0x0D, 0x0A].contains(octets[index]) { index += 1 }
        }
        skipSpace()
        guard index < octets.count, octets[index] == UInt8(ascii: "=") else { return nil }
        index += 1
        skipSpace()
        if index < octets.count, octets[index] == UInt8(ascii: "\"") { index += 1 }
        return index
    }

    /// The data of Confidentiality-Key, Integrity-Key, SIP-Authorization and Digest-HA1, set to zero.
    ///
    /// A read of a stream may hold several messages, or a part of one, and a peer may send what nobody can read: then
    /// nobody can tell where the keys are, and everything behind the header is set to zero.
    static func diameter(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        var start = 0
        while start < octets.count {
            let length = messageLength(octets, at: start)
            guard let length, let message = blotted(Array(octets[start..<start + length])) else {
                for index in start + (isHeader(octets, at: start) ? 20 : 0)..<octets.count { octets[index] = 0 }
                return octets
            }
            octets.replaceSubrange(start..<start + length, with: message)
            start += length
        }
        return octets
    }

    /// Of the message that begins at `start`; nil when it does not end in these octets.
    private static func messageLength(_ octets: [UInt8], at start: Int) -> Int? {
        guard octets.count - start >= 20, octets[start] == 1 else { return nil }
        let length = Int(octets[start + 1]) << 16 | Int(octets[start + 2]) << 8 | Int(octets[start + 3])
        return length >= 20 && length <= octets.count - start ? length : nil
    }

    /// Version, reserved flags and length as RFC 6733 §3 has them: where a message goes on, keys seldom look like that.
    private static func isHeader(_ octets: [UInt8], at start: Int) -> Bool {
        octets.count - start >= 20 && octets[start] == 1 && octets[start + 3] & 3 == 0 && octets[start + 4] & 15 == 0
    }

    private static func blotted(_ octets: [UInt8]) -> [UInt8]? {
        do throws(DiameterDecodeFailure) {
            let message = try DiameterMessage(decoding: octets)
            var octets = octets
            for avp in message.avps where avp.name.code == 612 { blot(avp, &octets) }
            return octets
        } catch {
            return nil
        }
    }

    private static func blot(_ group: AVP, _ octets: inout [UInt8]) {
        do throws(AVPValueFailure) {
            for avp in try AVPGroup.decode(group).avps {
                switch avp.name.code {
                case 610, 625, 626, 121: for index in avp.data.indices where index < octets.count { octets[index] = 0 }
                case 635: blot(avp, &octets)
                default: break
                }
            }
        } catch {
            for index in group.data.indices where index < octets.count { octets[index] = 0 }
        }
    }
}
