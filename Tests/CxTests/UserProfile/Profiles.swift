import Cx

/// Profiles for the tests.
enum Profiles {
    static let server = ApplicationServer(serverName: "sip:as.example.org")

    static let minimal = IMSSubscription(
        privateID: "a@example.org",
        serviceProfiles: [ServiceProfile(publicIdentities: [PublicIdentityElement("sip:a@example.org")])])

    /// Everything that the schema has.
    static let full = IMSSubscription(
        privateID: "a@example.org",
        serviceProfiles: [
            ServiceProfile(
                publicIdentities: [
                    PublicIdentityElement(
                        "sip:a@example.org", isBarred: true, identityType: .publicUserIdentity,
                        displayName: "Ada <\"&'> \u{1F600}", aliasIdentityGroupID: "1"),
                    PublicIdentityElement(
                        "sip:psi@example.org", identityType: .wildcardedPublicServiceIdentity,
                        wildcardedPSI: "sip:psi!.*!@example.org"),
                    PublicIdentityElement(
                        "sip:b@example.org", identityType: .wildcardedPublicUserIdentity,
                        wildcardedIMPU: "sip:b!.*!@example.org", serviceLevelTraceInfo: "<t/>\r\n",
                        sipURIParameters: "user=phone"),
                ],
                coreNetworkServicesAuthorization: CoreNetworkServicesAuthorization(
                    subscribedMediaProfileID: 3, serviceIDs: ["urn:urn-7:3gpp-service.ims.icsi.mmtel"]),
                initialFilterCriteria: [
                    InitialFilterCriteria(
                        priority: 0,
                        triggerPoint: TriggerPoint(
                            isConjunctive: true,
                            servicePointTriggers: [
                                ServicePointTrigger(.requestURI("sip:x@example.org"), groups: [0, 1]),
                                ServicePointTrigger(
                                    .method("REGISTER"), isNegated: true,
                                    registrationTypes: [.initialRegistration, .reRegistration, .deregistration]),
                                ServicePointTrigger(.sipHeader("X-A", content: nil)),
                                ServicePointTrigger(.sipHeader("X-B", content: " ^a&b<c>$ ")),
                                ServicePointTrigger(.sessionCase(.originatingAfterDiversion)),
                                ServicePointTrigger(.sessionDescription(line: "m", content: "video.*")),
                                ServicePointTrigger(.sessionDescription(line: "a", content: nil)),
                            ]),
                        applicationServer: ApplicationServer(
                            serverName: "sip:as.example.org;lr", defaultHandling: .sessionTerminated,
                            serviceInfo: "key=1&2", includesRegisterRequest: true, includesRegisterResponse: true),
                        profilePartIndicator: .unregistered),
                    InitialFilterCriteria(priority: 2_147_483_647, applicationServer: server),
                ], sharedIFCSetIDs: [1, 2]),
            ServiceProfile(publicIdentities: [PublicIdentityElement("tel:+15550000001")]),
        ])

    /// A profile around the given service profile text.
    static func document(_ content: String, identity: String = "<Identity>sip:a@example.org</Identity>") -> [UInt8] {
        Array(
            """
            <?xml version="1.0"?>
            <IMSSubscription><PrivateID>a@example.org</PrivateID>
            <ServiceProfile>
            <PublicIdentity>\(identity)</PublicIdentity>
            \(content)
            </ServiceProfile></IMSSubscription>
            """.utf8)
    }

    /// A profile with one filter criterion whose trigger is the given text.
    static func trigger(_ content: String) -> [UInt8] {
        document(
            """
            <InitialFilterCriteria><Priority>0</Priority>
            <TriggerPoint><ConditionTypeCNF>1</ConditionTypeCNF>
            <SPT>\(content)</SPT></TriggerPoint>
            <ApplicationServer><ServerName>sip:as.example.org</ServerName></ApplicationServer>
            </InitialFilterCriteria>
            """)
    }
}
