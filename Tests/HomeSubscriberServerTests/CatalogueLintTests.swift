import Cx
import HomeSubscriberServer
import IMS
import Testing

@Suite("Findings about all services")
struct CatalogueLintTests {
    private func findings(_ document: Report, beside known: ServiceCatalogue = ServiceCatalogue()) throws -> [String] {
        try ProvisioningDocument(document, domain: Home.domain).catalogue.lint(beside: known).map(\.description)
    }

    private static let servers: Report = ["telephony": ["uri": "sip:tas.example.org"]]
    private static let criterion: Report = [
        "priority": 1, "server": "telephony", "all": [["method": "INVITE"], ["session-case": "originating"]],
    ]

    @Test("Nothing is said of what is in order")
    func clean() throws {
        #expect(
            try findings([
                "application-servers": Self.servers, "shared-ifc-sets": ["1": ["ifc": [Self.criterion]]],
                "service-profiles": ["volte": ["shared-ifc-sets": [1]]],
            ]).isEmpty)
    }

    @Test("A server that is not there, one that nobody names, and one that is none of ours")
    func servers() throws {
        #expect(
            try findings([
                "application-servers": Self.servers,
                "service-profiles": [
                    "volte": [
                        "ifc": [
                            ["priority": 1, "server": "voicemail"], ["priority": 2, "server": "sip:as.example.net"],
                        ]
                    ]
                ],
            ]) == [
                "error: service profile volte: criterion 1: there is no application server voicemail",
                "note: service profile volte: criterion 2: sip:as.example.net is none of the application servers that are known here",
                "note: application server telephony: no filter criterion names it",
            ])
    }

    @Test("What the database has may be named")
    func beside() throws {
        let known = try ProvisioningDocument(["application-servers": Self.servers], domain: Home.domain).catalogue
        #expect(try findings(["service-profiles": ["volte": ["ifc": [Self.criterion]]]], beside: known).isEmpty)
    }

    @Test("TS 29.228 Annex B.2.2: a priority of a shared set that the profile has already")
    func priorities() throws {
        let told = try findings([
            "application-servers": Self.servers, "shared-ifc-sets": ["1": ["ifc": [Self.criterion]]],
            "service-profiles": ["volte": ["shared-ifc-sets": [1], "ifc": [Self.criterion]]],
        ])
        #expect(
            told == [
                "error: service profile volte: criterion 1 (sip:tas.example.org, shared set 1): is not used, because "
                    + "sip:tas.example.org has the same priority"
            ])
    }

    @Test("What is wrong within a shared set is told once, of the set")
    func withinSet() throws {
        let spoilt: Report = [
            "priority": 1, "server": "telephony", "all": [["method": "INVITE"], ["method": "REGISTER"]],
        ]
        let told = try findings([
            "application-servers": Self.servers, "shared-ifc-sets": ["1": ["ifc": [spoilt]], "2": ["ifc": []]],
            "service-profiles": ["a": ["shared-ifc-sets": [1]], "b": ["shared-ifc-sets": [1]]],
        ])
        #expect(
            told == [
                "error: shared iFC set 1: criterion 1 (sip:tas.example.org): never matches, because triggers 1 and 2 exclude each other",
                "note: shared iFC set 2: no service profile has it",
            ])
    }

    @Test(
        "An expression that RE2 refuses, and one that costs too much", arguments: ["(", "((a{1,100}){1,100}){1,100}"])
    func expressions(pattern: String) throws {
        let told = try findings([
            "application-servers": Self.servers,
            "service-profiles": [
                "a": [
                    "ifc": [
                        [
                            "priority": 1, "server": "telephony",
                            "all": [["header": "Subject", "content": .text(pattern)]],
                        ]
                    ]
                ]
            ],
        ])
        #expect(told.count == 1)
        #expect(told.first?.hasPrefix("error: service profile a: criterion 1") == true)
    }
}
