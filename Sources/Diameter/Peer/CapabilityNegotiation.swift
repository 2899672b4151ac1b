/// Which applications two peers share, RFC 6733 §5.3.
package enum CapabilityNegotiation {
    /// Inband-Security-Id NO_INBAND_SECURITY, §6.10: TLS, if any, comes before CER.
    package static let noInbandSecurity: UInt32 = 0

    package enum Outcome: Equatable, Sendable {
        /// What may be asked of the peer; a relay takes all of ours.
        case common(Set<ApplicationID>, peerIsRelay: Bool)
        /// 5010 NO_COMMON_APPLICATION or 5017 NO_COMMON_SECURITY.
        case refused(ResultCode)
    }

    /// The vendor of a Vendor-Specific-Application-Id is not compared, as §5.3 wants it.
    package static func negotiate(local: [DiameterApplication], remote: Capabilities) -> Outcome {
        guard remote.inbandSecurity.isEmpty || remote.inbandSecurity.contains(noInbandSecurity) else {
            return .refused(.noCommonSecurity)
        }
        var offered = Set(remote.authApplications)
        offered.formUnion(remote.acctApplications)
        for application in remote.vendorSpecificApplications {
            if let auth = application.auth { offered.insert(auth) }
            if let acct = application.acct { offered.insert(acct) }
        }
        let ours = Set(local.map(\.id))
        if offered.contains(.relay) || ours.contains(.relay) {
            return .common(offered.contains(.relay) ? ours : offered, peerIsRelay: offered.contains(.relay))
        }
        let common = ours.intersection(offered)
        return common.isEmpty ? .refused(.noCommonApplication) : .common(common, peerIsRelay: false)
    }
}
