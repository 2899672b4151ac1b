import Octets

/// An application that this node speaks.
package struct DiameterApplication: Hashable, Sendable {
    package var id: ApplicationID
    /// Advertised in Vendor-Specific-Application-Id when there is one, otherwise in Auth-Application-Id.
    package var vendor: UInt32?
    /// Advertised in Acct-Application-Id instead: accounting, RFC 6733 §9.
    package var isAccounting: Bool
    /// The requests that this node serves; others are answered with 3001.
    package var commands: Set<CommandCode>

    package init(
        id: ApplicationID, vendor: UInt32? = nil, isAccounting: Bool = false, commands: Set<CommandCode> = []
    ) {
        self.id = id
        self.vendor = vendor
        self.isAccounting = isAccounting
        self.commands = commands
    }
}

/// What this node is to its peers.
package struct LocalNode: Sendable {
    package var originHost: DiameterIdentity
    package var originRealm: DiameterIdentity
    /// Enterprise number of who made this software; 0 says nothing (RFC 6733 §5.3.3).
    package var vendor: UInt32
    package var productName: String
    package var applications: [DiameterApplication]
    package var hostAddresses: [IPAddress]
    /// Grows with every start that lost state, RFC 6733 §8.16; nil is not sent.
    package var originStateID: UInt32?
    package var firmwareRevision: UInt32?
    /// Realms that are ours beside `originRealm`: requests for others are answered with 3003.
    package var servedRealms: Set<DiameterIdentity>

    package init(
        originHost: DiameterIdentity, originRealm: DiameterIdentity, vendor: UInt32 = 0, productName: String = "ims",
        applications: [DiameterApplication], hostAddresses: [IPAddress] = [.loopback], originStateID: UInt32? = nil,
        firmwareRevision: UInt32? = nil, servedRealms: Set<DiameterIdentity> = []
    ) {
        self.originHost = originHost
        self.originRealm = originRealm
        self.vendor = vendor
        self.productName = productName
        self.applications = applications
        self.hostAddresses = hostAddresses
        self.originStateID = originStateID
        self.firmwareRevision = firmwareRevision
        self.servedRealms = servedRealms
    }

    package var origin: DiameterOrigin { DiameterOrigin(host: originHost, realm: originRealm) }

    package var capabilities: Capabilities {
        var vendors: [UInt32] = []
        for vendor in applications.compactMap(\.vendor) where vendor != 0 && !vendors.contains(vendor) {
            vendors.append(vendor)
        }
        return Capabilities(
            origin: origin, hostAddresses: hostAddresses, vendor: vendor, productName: productName,
            originStateID: originStateID, supportedVendors: vendors,
            authApplications: applications.filter { $0.vendor == nil && !$0.isAccounting }.map(\.id),
            inbandSecurity: [CapabilityNegotiation.noInbandSecurity],
            acctApplications: applications.filter { $0.vendor == nil && $0.isAccounting }.map(\.id),
            vendorSpecificApplications: applications.compactMap { application in
                application.vendor.map { VendorSpecificApplicationID(vendor: $0, auth: application.id) }
            },
            firmwareRevision: firmwareRevision)
    }

    func serves(_ realm: OctetSlice) -> Bool {
        originRealm.matches(realm) || servedRealms.contains { $0.matches(realm) }
    }

    func application(_ id: ApplicationID) -> DiameterApplication? { applications.first { $0.id == id } }
}
