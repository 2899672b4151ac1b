/// Octet classes and case folding shared by the text protocols.
///
/// Public and inlinable, unlike the rest of the library: the compiler inlines across modules only what is public, and
/// these stand in the innermost loops of every parser.
public enum ASCII {
    @inlinable public static var tab: UInt8 { UInt8(ascii: "\t") }
    @inlinable public static var lineFeed: UInt8 { UInt8(ascii: "\n") }
    @inlinable public static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
    @inlinable public static var space: UInt8 { UInt8(ascii: " ") }

    @inlinable @inline(__always)
    public static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }

    @inlinable @inline(__always)
    public static func isAlpha(_ octet: UInt8) -> Bool { (octet | 0x20) &- 0x61 < 26 }

    @inlinable @inline(__always)
    public static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

    @inlinable @inline(__always)
    public static func lowercase(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }

    /// `token` of RFC 3261 §25.1: alphanumerics and `-.!%*_+`'~`.
    @inlinable @inline(__always)
    public static func isToken(_ octet: UInt8) -> Bool {
        if octet < 64 { return (0x03ff_6ca2_0000_0000 as UInt64 &>> UInt64(octet)) & 1 != 0 }
        return octet < 128 && (0x47ff_ffff_87ff_fffe as UInt64 &>> UInt64(octet &- 64)) & 1 != 0
    }
}
