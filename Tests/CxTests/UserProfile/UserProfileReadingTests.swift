import Cx
import Testing

@Suite("TS 29.228 Annex E: reading a user profile")
struct UserProfileReadingTests {
    @Test("a profile as another HSS writes it")
    func profile() throws {
        let subscription = try IMSSubscription(parsing: Specification.fixture("profile.xml"))
        let domain = "ims.mnc001.mcc001.3gppnetwork.org"
        #expect(
            subscription
                == IMSSubscription(
                    privateID: "001010000000001@" + domain,
                    serviceProfiles: [
                        ServiceProfile(
                            publicIdentities: [
                                PublicIdentityElement("sip:001010000000001@" + domain, isBarred: true),
                                PublicIdentityElement(
                                    "sip:+15550000001@" + domain, identityType: .publicUserIdentity,
                                    displayName: "Ada & Grace", aliasIdentityGroupID: "1",
                                    wildcardedIMPU: "sip:+1555!.*!@" + domain),
                                PublicIdentityElement("tel:+15550000001"),
                            ],
                            initialFilterCriteria: [
                                InitialFilterCriteria(
                                    priority: 1,
                                    triggerPoint: TriggerPoint(
                                        isConjunctive: false,
                                        servicePointTriggers: [
                                            ServicePointTrigger(
                                                .method("REGISTER"), groups: [0, 1],
                                                registrationTypes: [.initialRegistration, .deregistration]),
                                            ServicePointTrigger(
                                                .sipHeader("Accept-Contact", content: ".*<sip.*"), groups: [1],
                                                isNegated: true),
                                            ServicePointTrigger(.sessionCase(.originatingAfterDiversion), groups: [2]),
                                        ]),
                                    applicationServer: ApplicationServer(
                                        serverName: "sip:as.example.org;lr", defaultHandling: .sessionTerminated,
                                        serviceInfo: "a<b", includesRegisterRequest: true),
                                    profilePartIndicator: .registered)
                            ], sharedIFCSetIDs: [7])
                    ]))
        #expect(subscription.defaultPublicIdentity?.identity == "sip:+15550000001@" + domain)
    }

    @Test(
        "booleans are 0, 1, false or true", arguments: [("0", false), ("1", true), ("false", false), (" true\n", true)])
    func booleans(text: String, value: Bool) throws {
        let subscription = try IMSSubscription(
            parsing: Profiles.document(
                "", identity: "<BarringIndication>\(text)</BarringIndication><Identity>tel:+1</Identity>"))
        #expect(subscription.publicIdentities.map(\.isBarred) == [value])
    }

    @Test("what is wrong is named with its element and line")
    func errors() {
        let cases: [([UInt8], UserProfileError)] = [
            (Array("<A/>".utf8), UserProfileError(.missing, element: "IMSSubscription", line: 1)),
            (Array("<IMSSubscription/>".utf8), UserProfileError(.missing, element: "PrivateID", line: 1)),
            (
                Array("<IMSSubscription><PrivateID>a</PrivateID></IMSSubscription>".utf8),
                UserProfileError(.missing, element: "ServiceProfile", line: 1)
            ),
            (Profiles.document("", identity: ""), UserProfileError(.missing, element: "Identity", line: 4)),
            (
                Profiles.document("", identity: "<Identity> </Identity>"),
                UserProfileError(.value, element: "Identity", line: 4)
            ),
            (
                Profiles.document("", identity: "<Identity>a</Identity><Identity>b</Identity>"),
                UserProfileError(.repeated, element: "Identity", line: 4)
            ),
            (
                Profiles.document("", identity: "<BarringIndication>2</BarringIndication><Identity>a</Identity>"),
                UserProfileError(.value, element: "BarringIndication", line: 4)
            ),
            (
                Profiles.document("<InitialFilterCriteria><Priority>-1</Priority></InitialFilterCriteria>"),
                UserProfileError(.value, element: "Priority", line: 5)
            ),
            (
                Profiles.document("<Extension><SharedIFCSetID>99999999999</SharedIFCSetID></Extension>"),
                UserProfileError(.value, element: "SharedIFCSetID", line: 5)
            ),
            (Profiles.trigger("<Method>INVITE</Method>"), UserProfileError(.missing, element: "Group", line: 7)),
            (Profiles.trigger("<Group>0</Group>"), UserProfileError(.condition, element: "SPT", line: 7)),
            (
                Profiles.trigger("<Group>0</Group><Method>A</Method><Method>B</Method>"),
                UserProfileError(.condition, element: "SPT", line: 7)
            ),
            (
                Profiles.trigger("<Group>0</Group><SessionCase>5</SessionCase>"),
                UserProfileError(.value, element: "SessionCase", line: 7)
            ),
        ]
        for (document, expected) in cases {
            #expect(throws: expected) { try IMSSubscription(parsing: document) }
            #expect(expected.result == .notSupportedUserData)
        }
    }

    @Test("two criteria of one priority are refused")
    func samePriority() {
        let criteria = """
            <InitialFilterCriteria><Priority>3</Priority>
            <ApplicationServer><ServerName>sip:as.example.org</ServerName></ApplicationServer></InitialFilterCriteria>

            """
        #expect(throws: UserProfileError(.samePriority, element: "InitialFilterCriteria", line: 7)) {
            try IMSSubscription(parsing: Profiles.document(criteria + criteria))
        }
    }
}
