import Cx
import HomeSubscriberServer
import Testing

@Suite("LIR, TS 29.228 §6.1.4")
struct LocationInfoTests {
    static let voicemail = """
        <InitialFilterCriteria><Priority>1</Priority><ApplicationServer><ServerName>sip:as.example.org</ServerName>\
        </ApplicationServer><ProfilePartIndicator>1</ProfilePartIndicator></InitialFilterCriteria>
        """
    static let telephony = """
        <InitialFilterCriteria><Priority>2</Priority><ApplicationServer><ServerName>sip:mmtel.example.org</ServerName>\
        </ApplicationServer><ProfilePartIndicator>0</ProfilePartIndicator></InitialFilterCriteria>
        """
    static let both = """
        <InitialFilterCriteria><Priority>3</Priority><ApplicationServer><ServerName>sip:both.example.org</ServerName>\
        </ApplicationServer></InitialFilterCriteria>
        """

    /// With services for the unregistered state, and without.
    static let table: [(Home.State, with: CxResult, without: CxResult)] = [
        (.fresh, .unregisteredService, .identityNotRegistered),
        (.pending, .success, .identityNotRegistered),
        (.registered, .success, .success),
        (.unregistered, .success, .identityNotRegistered),
        (.keptName, .success, .identityNotRegistered),
    ]

    @Test("Every state, with and without services for the unregistered", arguments: Home.Kind.allCases)
    func table(kind: Home.Kind) throws {
        let capabilities = ServerCapabilities(mandatory: [3])
        for (state, with, without) in Self.table {
            for (criteria, expected) in [
                ([Self.voicemail], with), ([Self.both], with), ([Self.telephony], without), ([], without),
            ] {
                var home = try Home(kind, criteria: criteria)
                try home.require(capabilities)
                try home.bring(to: state)
                let answer = try home.locate()
                #expect(answer.result == expected, "\(state)")
                #expect(answer.serverName == (expected == .success ? Home.server : nil), "\(state)")
                #expect(
                    answer.serverCapabilities == (expected == .unregisteredService ? capabilities : nil), "\(state)")
            }
        }
    }

    @Test("REGISTRATION_AND_CAPABILITIES asks for the capabilities", arguments: Home.Kind.allCases)
    func capabilities(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.require(ServerCapabilities(mandatory: [3]))
        try home.bring(to: .registered)
        let answer = try home.locate(Home.identity, .registrationAndCapabilities)
        #expect(answer.result == .success)
        #expect(answer.serverName == nil)
        #expect(answer.serverCapabilities == ServerCapabilities(mandatory: [3]))
    }

    @Test("Unknown: 5001", arguments: Home.Kind.allCases)
    func unknown(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(try home.locate("sip:nobody@\(Home.domain)").result == .userUnknown)
        #expect(home.refusals == ["UNKNOWN_SUBSCRIBER"])
    }

    @Test("Every identity of the set is found once the set is registered", arguments: Home.Kind.allCases)
    func set(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.bring(to: .registered)
        for identity in [Home.identity, Home.tel, Home.temporary] {
            #expect(try home.locate(identity).serverName == Home.server)
        }
    }
}
