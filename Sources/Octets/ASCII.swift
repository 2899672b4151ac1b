/// Octet classes and case folding shared by the text protocols.
package enum ASCII {
    package static let tab = UInt8(ascii: "\t")
    package static let lineFeed = UInt8(ascii: "\n")
    package static let carriageReturn = UInt8(ascii: "\r")
    package static let space = UInt8(ascii: " ")

    @inline(__always)
    package static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }

    @inline(__always)
    package static func isAlpha(_ octet: UInt8) -> Bool { (octet | 0x20) &- 0x61 < 26 }

    @inline(__always)
    package static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    @inline(__always)
    package static func lowercase(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }

    /// `token` of RFC 3261 §25.1: alphanumerics and `-.!%*_+`'~`.
    @inline(__always)
    package static func isToken(_ octet: UInt8) -> Bool {
        if octet < 64 { return (low &>> UInt64(octet)) & 1 != 0 }
        return octet < 128 && (high &>> UInt64(octet &- 64)) & 1 != 0
    }

    private static let (low, high): (UInt64, UInt64) = {
        var halves: (UInt64, UInt64) = (0, 0)
        for octet in UInt8(0)..<128
        where isDigit(octet) || isAlpha(octet) || "-.!%*_+`'~".utf8.contains(octet) {
            if octet < 64 { halves.0 |= 1 << UInt64(octet) } else { halves.1 |= 1 << UInt64(octet - 64) }
        }
        return halves
    }()
}
