import Octets

/// Code and vendor of an AVP, RFC 6733 §4.1. Vendor 0 is the IETF: no V bit.
package struct AVPName: Hashable, Sendable, CustomStringConvertible {
    package let code: UInt32
    package let vendor: UInt32

    package init(code: UInt32, vendor: UInt32 = 0) {
        self.code = code
        self.vendor = vendor
    }

    package var description: String { vendor == 0 ? "AVP \(code)" : "AVP \(code) of vendor \(vendor)" }
}

/// An AVP's name with the type of its value, so that `answer[.resultCode]` is a `ResultCode?`.
package struct AVPKey<Value: AVPValue>: Sendable {
    package let code: UInt32
    package let vendor: UInt32?
    /// Whether we send it with the M bit; received ones may have it or not.
    package let mandatory: Bool

    package init(_ code: UInt32, vendor: UInt32? = nil, mandatory: Bool = true) {
        self.code = code
        self.vendor = vendor
        self.mandatory = mandatory
    }

    package var name: AVPName { AVPName(code: code, vendor: vendor ?? 0) }
}
