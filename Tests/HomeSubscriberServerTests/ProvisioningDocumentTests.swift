import Cx
import HomeSubscriberServer
import IMS
import Testing

@Suite("Provisioning documents")
struct ProvisioningDocumentTests {
    static let server: Report = ["uri": "sip:tas.example.org:5090", "default-handling": "terminate"]

    private func problems(_ tree: Report) -> [DocumentProblem] {
        do throws(DocumentProblems) {
            _ = try ProvisioningDocument(tree, domain: Home.domain)
            return []
        } catch {
            return error.problems
        }
    }

    private func criterion(_ value: Report) throws -> InitialFilterCriteria? {
        let tree: Report = ["service-profiles": ["p": ["ifc": [value]]]]
        return try ProvisioningDocument(tree, domain: Home.domain).catalogue.serviceProfiles.first?.criteria.first?
            .criterion
    }

    @Test("TS 29.228 Annexes B and E: criteria of conditions, and the same as XML")
    func criteria() throws {
        let read = try criterion([
            "priority": "4", "server": "sip:as.example.org", "part": "registered", "service-info": "x & y",
            "include-register-request": "true",
            "all": [
                ["method": "REGISTER", "registration": ["initial", "de-registration"]],
                [["session-case": "originating"], ["header": "Accept-Contact", "content": "mmtel", "not": true]],
                ["sdp": "m", "content": "audio"],
            ],
        ])
        let expected = InitialFilterCriteria(
            priority: 4,
            triggerPoint: TriggerPoint(
                isConjunctive: true,
                servicePointTriggers: [
                    ServicePointTrigger(
                        .method("REGISTER"), groups: [0], registrationTypes: [.initialRegistration, .deregistration]),
                    ServicePointTrigger(.sessionCase(.originating), groups: [1]),
                    ServicePointTrigger(
                        .sipHeader("Accept-Contact", content: "mmtel"), groups: [1], isNegated: true),
                    ServicePointTrigger(.sessionDescription(line: "m", content: "audio"), groups: [2]),
                ]),
            applicationServer: ApplicationServer(
                serverName: "sip:as.example.org", serviceInfo: "x & y", includesRegisterRequest: true),
            profilePartIndicator: .registered)
        #expect(read == expected)
        let xml = """
            <InitialFilterCriteria><Priority>4</Priority><TriggerPoint><ConditionTypeCNF>1</ConditionTypeCNF>\
            <SPT><ConditionNegated>0</ConditionNegated><Group>0</Group><Method>REGISTER</Method><Extension>\
            <RegistrationType>0</RegistrationType><RegistrationType>2</RegistrationType></Extension></SPT>\
            <SPT><ConditionNegated>0</ConditionNegated><Group>1</Group><SessionCase>0</SessionCase></SPT>\
            <SPT><ConditionNegated>1</ConditionNegated><Group>1</Group><SIPHeader><Header>Accept-Contact</Header>\
            <Content>mmtel</Content></SIPHeader></SPT><SPT><ConditionNegated>0</ConditionNegated><Group>2</Group>\
            <SessionDescription><Line>m</Line><Content>audio</Content></SessionDescription></SPT></TriggerPoint>\
            <ApplicationServer><ServerName>sip:as.example.org</ServerName><ServiceInfo>x &amp; y</ServiceInfo>\
            <Extension><IncludeRegisterRequest/></Extension></ApplicationServer>\
            <ProfilePartIndicator>0</ProfilePartIndicator></InitialFilterCriteria>
            """
        #expect(try criterion(.text(xml)) == expected)
        #expect(FilterCriterionText.write(expected) == xml)
    }

    @Test("any is an OR of ANDs; without either every request matches")
    func normalForms() throws {
        let any = try criterion([
            "priority": 0, "server": "sip:as.example.org",
            "any": [["method": "MESSAGE"], [["method": "INVITE"], ["session-case": "terminating-unregistered"]]],
        ])
        #expect(any?.triggerPoint?.isConjunctive == false)
        #expect(any?.triggerPoint?.servicePointTriggers.map(\.groups) == [[0], [1], [1]])
        #expect(try criterion(["priority": 0, "server": "sip:as.example.org"])?.triggerPoint == nil)
    }

    @Test("What is wrong is told with its place, all of it")
    func places() {
        let found = problems([
            "application-servers": ["a": ["uri": "tel:+1"], "b": ["uri": "sip:b.example", "defualt-handling": "x"]],
            "service-profiles": [
                "p": ["ifc": [["priority": "first", "server": "a"]]],
                "q": ["ifc": [["priority": 1, "server": "a", "all": [["method": "INVITE", "sdp": "m"]]]]],
                "r": ["ifc": [["priority": 1, "server": "a"], ["priority": 1, "server": "b"]]],
                "s": ["ifc": ["<InitialFilterCriteria>"]],
            ],
            "services": [],
        ])
        #expect(
            found.map(\.place) == [
                "application-servers.a.uri", "application-servers.b.defualt-handling",
                "service-profiles.p.ifc[0].priority", "service-profiles.q.ifc[0].all[0]", "service-profiles.r.ifc[1]",
                "service-profiles.s.ifc[0]", "services",
            ])
    }

    @Test("The whole of a catalogue")
    func catalogue() throws {
        let document = try ProvisioningDocument(
            [
                "application-servers": ["tas": Self.server],
                "shared-ifc-sets": ["7": ["ifc": [["priority": 9, "server": "tas"]]]],
                "service-profiles": ["p": ["media-profile": "2", "services": ["urn:x"], "shared-ifc-sets": [7]]],
                "capability-sets": ["c": ["mandatory": [1, 2], "optional": 3, "servers": ["sip:s1.example"]]],
                "visited-networks": ["home": ["ims.example.org"]],
                "charging": ["post": ["primary-collection": "aaa://ccf.example.org"]],
                "subscribers": [
                    [
                        "imsi": .text(Home.imsi), "k": .text(Home.key), "opc": .text(Home.opc), "service-profile": "p",
                        "capabilities": "c", "visited-networks": "home", "charging": "post",
                    ]
                ],
            ], domain: Home.domain)
        let catalogue = document.catalogue
        #expect(catalogue.applicationServers.map(\.server.defaultHandling) == [.sessionTerminated])
        #expect(catalogue.criteriaSets.map(\.number) == [7])
        #expect(catalogue.criteriaSets.first?.criteria.first?.server == "tas")
        #expect(
            catalogue.serviceProfiles.first?.authorization
                == CoreNetworkServicesAuthorization(subscribedMediaProfileID: 2, serviceIDs: ["urn:x"]))
        let capabilities = ServerCapabilities(mandatory: [1, 2], optional: [3], serverNames: ["sip:s1.example"])
        #expect(catalogue.capabilitySets["c"] == capabilities)
        #expect(catalogue.visitedNetworks["home"] == ["ims.example.org"])
        #expect(
            document.subscribers.first?.lists
                == SharedLists(capabilities: "c", visitedNetworks: "home", charging: "post"))
    }

    private func subscription(_ entry: Report) throws -> SubscriptionRecord? {
        try ProvisioningDocument(["subscribers": [entry]], domain: Home.domain).subscribers.first
    }

    private static let secondUser: Report = [
        "imsi": "001010000000002", "k": .text(Home.key), "opc": .text(Home.opc), "sets": [0],
    ]

    @Test("TS 23.228 §5.2.1a: identities shared by private ones, several implicit sets, kinds, aliases")
    func wholeSubscription() throws {
        let record = try #require(
            try subscription([
                "imsi": .text(Home.imsi), "impi": .text(Home.user), "k": .text(Home.key), "opc": .text(Home.opc),
                "private-identities": [Self.secondUser],
                "identities": [
                    ["identity": "sip:Alice@EXAMPLE.org;x=1", "name": "Alice", "alias-group": "a"],
                    ["identity": "tel:+1-555-0100", "alias-group": "a", "service-profile": "volte"],
                    ["identity": "sip:work@example.org", "set": 1, "barred": true],
                    ["identity": "sip:room!.*!@example.org", "set": 1, "kind": "wildcarded"],
                ],
            ]))
        #expect(record.privateIdentities.map(\.identity.text) == [Home.user, "001010000000002@\(Home.domain)"])
        #expect(
            record.registrations == [
                Registration(privateIdentity: 0, implicitSet: 0), Registration(privateIdentity: 0, implicitSet: 1),
                Registration(privateIdentity: 1, implicitSet: 0),
            ])
        #expect(
            record.publicIdentities.map(\.identity.text) == [
                "sip:Alice@example.org", "tel:+15550100", "sip:work@example.org", "sip:room!.*!@example.org",
            ])
        #expect(record.publicIdentities.map(\.aliasGroup) == ["a", "a", nil, nil])
        #expect(record.publicIdentities.map(\.serviceProfile.name) == ["default", "volte", "default", "default"])
        #expect(record.publicIdentities[3].kind == .wildcarded && record.publicIdentities[2].isBarred)
    }

    @Test("A subscription that cannot be is told what it lacks")
    func incomplete() {
        func sentence(_ entry: Report) -> String? { problems(["subscribers": [entry]]).first?.sentence }
        let identities: Report = ["sip:a@example.org"]
        #expect(sentence(["impi": "a@b", "identities": identities])?.contains("neither k nor digest") == true)
        #expect(
            sentence(["impi": "a", "digest": ["password": "x"], "identities": identities])?.contains("user@domain")
                == true)
        #expect(sentence(["impi": "a@b", "digest": ["password": "x"]])?.contains("identities is missing") == true)
        #expect(sentence(["identities": identities])?.contains("impi is missing") == true)
        #expect(
            sentence(["impi": "a@b", "digest": ["password": "x", "ha1": "y"], "identities": identities])?
                .contains("one of the two") == true)
        #expect(
            sentence(["impi": "a@b", "digest": ["ha1": "xyz"], "identities": identities])?.contains("MD5") == true)
        #expect(
            sentence(["impi": "a@b", "digest": ["password": "x"], "identities": ["mailto:a@b"]])?
                .contains("SIP URI") == true)
        // An ISIM's private identity need not be made of an IMSI.
        #expect(
            sentence(["impi": "a@b", "k": .text(Home.key), "opc": .text(Home.opc), "identities": identities]) == nil)
        #expect(
            sentence([
                "private-identities": [Self.secondUser],
                "identities": ["sip:a@example.org", ["identity": "sip:b@example.org", "set": 3]],
            ])?.contains("set 3") == true)
    }
}
