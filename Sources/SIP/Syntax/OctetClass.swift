/// A set of ASCII characters of RFC 3261 §25.1, as two words of bits.
struct OctetClass: Sendable {
    private let low: UInt64
    private let high: UInt64

    @inline(__always)
    private init(_ low: UInt64, _ high: UInt64) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        if octet < 64 { return (low &>> UInt64(octet)) & 1 != 0 }
        return octet < 128 && (high &>> UInt64(octet &- 64)) & 1 != 0
    }

    /// `token`: alphanumerics and `-.!%*_+`'~`.
    @inline(__always) static var token: OctetClass { OctetClass(0x03ff_6ca2_0000_0000, 0x47ff_ffff_87ff_fffe) }
    /// `user` without escapes: unreserved and `&=+$,;?/`.
    @inline(__always) static var user: OctetClass { OctetClass(0xabff_ffd2_0000_0000, 0x47ff_fffe_87ff_fffe) }
    /// `password` without escapes: unreserved and `&=+$,`.
    @inline(__always) static var password: OctetClass { OctetClass(0x23ff_7fd2_0000_0000, 0x47ff_fffe_87ff_fffe) }
    /// `paramchar` without escapes: unreserved and `[]/:&+$`.
    @inline(__always) static var uriParameter: OctetClass { OctetClass(0x07ff_efd2_0000_0000, 0x47ff_fffe_afff_fffe) }
    /// `hname`, `hvalue` without escapes: unreserved and `[]/?:+$`.
    @inline(__always) static var uriHeader: OctetClass { OctetClass(0x87ff_ef92_0000_0000, 0x47ff_fffe_afff_fffe) }
    /// A host name: alphanumerics, `-`, `.` and, as many networks have them, `_`.
    @inline(__always) static var host: OctetClass { OctetClass(0x03ff_6000_0000_0000, 0x07ff_fffe_87ff_fffe) }
    /// `uric` of RFC 3966 §3 but for the semicolon, which would end the parameter.
    @inline(__always) static var isdnSubaddress: OctetClass { OctetClass(0xa7ff_ffd2_0000_0000, 0x47ff_fffe_87ff_ffff) }
    /// `reserved` of RFC 2396 §2.2: `;/?:@&=+$,`.
    @inline(__always) static var uriReserved: OctetClass { OctetClass(0xac00_9850_0000_0000, 0x0000_0000_0000_0001) }
    /// `word` of a Call-ID and `@`.
    @inline(__always) static var callID: OctetClass { OctetClass(0xd7ff_efa6_0000_0000, 0x6fff_ffff_bfff_ffff) }
    /// Any character that a URI of another scheme may have.
    @inline(__always) static var anyURI: OctetClass { OctetClass(0xafff_fffa_0000_0000, 0x7fff_fffe_efff_ffff) }
    /// A header parameter's value without quotes: every visible character that does not end it.
    @inline(__always) static var parameterValue: OctetClass {
        OctetClass(0x87ff_effa_0000_0000, 0x7fff_ffff_efff_ffff)
    }
}
