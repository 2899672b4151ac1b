import Octets

/// An application that a node advertises under a vendor, RFC 6733 §6.11.
///
///     Vendor-Specific-Application-Id ::= < AVP Header: 260 >
///                                        { Vendor-Id }
///                                        [ Auth-Application-Id ]
///                                        [ Acct-Application-Id ]
package struct VendorSpecificApplicationID: Hashable, Sendable {
    package var vendor: UInt32
    package var auth: ApplicationID?
    package var acct: ApplicationID?

    package init(vendor: UInt32, auth: ApplicationID? = nil, acct: ApplicationID? = nil) {
        self.vendor = vendor
        self.auth = auth
        self.acct = acct
    }
}

extension VendorSpecificApplicationID: AVPValue {
    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> VendorSpecificApplicationID {
        let group = try AVPGroup.decode(avp)
        do throws(DiameterDecodeFailure) {
            guard let first = group.avp(.vendorID) else {
                throw DiameterDecodeFailure.missing(AVPKey<UInt32>.vendorID)
            }
            let vendor: UInt32 = try first.value()
            // RFC 3588 allowed several Vendor-Ids here; the first one counts, but all must be numbers.
            if group.avps.next(after: first) != nil { _ = try group.list(.vendorID) }
            let auth = try group.optional(.authApplicationID)
            let acct = try group.optional(.acctApplicationID)
            // §6.11: exactly one of the two; Failed-AVP shows both.
            guard (auth == nil) != (acct == nil) else {
                var failure =
                    auth == nil
                    ? DiameterDecodeFailure.missing(AVPKey<ApplicationID>.authApplicationID)
                    : DiameterDecodeFailure.repeated(avp)
                var both = AVPWriter()
                both.append(.authApplicationID, auth ?? .common)
                both.append(.acctApplicationID, acct ?? .common)
                failure.failedAVP = both.octets
                throw failure
            }
            return VendorSpecificApplicationID(vendor: vendor, auth: auth, acct: acct)
        } catch {
            throw .inside(error)
        }
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.vendorID, vendor)
        writer.append(.authApplicationID, auth)
        writer.append(.acctApplicationID, acct)
    }
}
