import Octets

/// What a node says of itself in CER and CEA, RFC 6733 §5.3.
package struct Capabilities: Equatable, Sendable {
    package var origin: DiameterOrigin
    package var hostAddresses: [IPAddress]
    package var vendor: UInt32
    package var productName: String
    package var originStateID: UInt32?
    package var supportedVendors: [UInt32]
    package var authApplications: [ApplicationID]
    package var inbandSecurity: [UInt32]
    package var acctApplications: [ApplicationID]
    package var vendorSpecificApplications: [VendorSpecificApplicationID]
    package var firmwareRevision: UInt32?

    package init(
        origin: DiameterOrigin, hostAddresses: [IPAddress], vendor: UInt32, productName: String,
        originStateID: UInt32? = nil, supportedVendors: [UInt32] = [], authApplications: [ApplicationID] = [],
        inbandSecurity: [UInt32] = [], acctApplications: [ApplicationID] = [],
        vendorSpecificApplications: [VendorSpecificApplicationID] = [], firmwareRevision: UInt32? = nil
    ) {
        self.origin = origin
        self.hostAddresses = hostAddresses
        self.vendor = vendor
        self.productName = productName
        self.originStateID = originStateID
        self.supportedVendors = supportedVendors
        self.authApplications = authApplications
        self.inbandSecurity = inbandSecurity
        self.acctApplications = acctApplications
        self.vendorSpecificApplications = vendorSpecificApplications
        self.firmwareRevision = firmwareRevision
    }

    init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        origin = try DiameterOrigin(decoding: message)
        hostAddresses = try message.list(.hostIPAddress, atLeast: 1)
        vendor = try message.required(.vendorID)
        productName = try message.required(.productName)
        originStateID = try message.optional(.originStateID)
        supportedVendors = try message.list(.supportedVendorID)
        authApplications = try message.list(.authApplicationID)
        inbandSecurity = try message.list(.inbandSecurityID)
        acctApplications = try message.list(.acctApplicationID)
        vendorSpecificApplications = try message.list(.vendorSpecificApplicationID)
        firmwareRevision = try message.optional(.firmwareRevision)
    }

    /// Origin-Host to Origin-State-Id, the same order in both commands.
    func writeIdentity(to message: inout DiameterMessage) {
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.hostIPAddress, all: hostAddresses)
        message.append(.vendorID, vendor)
        message.append(.productName, productName)
        message.append(.originStateID, originStateID)
    }

    /// Supported-Vendor-Id to Firmware-Revision.
    func writeSupport(to message: inout DiameterMessage) {
        message.append(.supportedVendorID, all: supportedVendors)
        message.append(.authApplicationID, all: authApplications)
        message.append(.inbandSecurityID, all: inbandSecurity)
        message.append(.acctApplicationID, all: acctApplications)
        message.append(.vendorSpecificApplicationID, all: vendorSpecificApplications)
        message.append(.firmwareRevision, firmwareRevision)
    }
}

extension DiameterOrigin {
    /// { Origin-Host } { Origin-Realm }
    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        self.init(host: try message.required(.originHost), realm: try message.required(.originRealm))
    }
}
