import Octets

/// Code and vendor of an AVP, RFC 6733 §4.1. Vendor 0 is the IETF: no V bit.
public struct AVPName: Hashable, Sendable, CustomStringConvertible {
    public let code: UInt32
    public let vendor: UInt32

    @inlinable
    public init(code: UInt32, vendor: UInt32 = 0) {
        self.code = code
        self.vendor = vendor
    }

    public var description: String { vendor == 0 ? "AVP \(code)" : "AVP \(code) of vendor \(vendor)" }
}

/// An AVP's name with the type of its value, so that `answer[.resultCode]` is a `ResultCode?`.
///
/// This and what reads and writes AVPs is public so that it is specialised and inlined in the modules of applications.
public struct AVPKey<Value: AVPValue>: Sendable {
    public let code: UInt32
    public let vendor: UInt32?
    /// Whether we send it with the M bit; received ones may have it or not.
    public let mandatory: Bool

    @inlinable
    public init(_ code: UInt32, vendor: UInt32? = nil, mandatory: Bool = true) {
        self.code = code
        self.vendor = vendor
        self.mandatory = mandatory
    }

    @inlinable public var name: AVPName { AVPName(code: code, vendor: vendor ?? 0) }
}
