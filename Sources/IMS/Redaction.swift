import Cx
import Diameter
import Octets

/// Blots keys out of traced messages: whoever looks at a ladder has no business with CK, IK, XRES and HA1.
enum Redaction {
    /// The values of `ck` and `ik` in a SIP challenge (TS 24.229 §7.2A.1), overwritten digit by digit.
    static func sip(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        for parameter in [Array("ck=\"".utf8), Array("ik=\"".utf8)] {
            var index = 0
            while index + parameter.count < octets.count {
                guard octets[index] == parameter[0], octets[index..<index + parameter.count].elementsEqual(parameter)
                else {
                    index += 1
                    continue
                }
                index += parameter.count
                while index < octets.count, octets[index] != UInt8(ascii: "\"") {
                    octets[index] = UInt8(ascii: "x")
                    index += 1
                }
            }
        }
        return octets
    }

    /// The data of Confidentiality-Key, Integrity-Key, SIP-Authorization and Digest-HA1, set to zero.
    static func diameter(_ octets: [UInt8]) -> [UInt8] {
        do throws(DiameterDecodeFailure) {
            let message = try DiameterMessage(decoding: octets)
            var octets = octets
            for avp in message.avps where avp.name.code == 612 { blot(avp, &octets) }
            return octets
        } catch {
            return octets
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
            // A group that cannot be read hides nothing that could be told apart.
        }
    }
}
