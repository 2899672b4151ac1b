import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import Sh
import Testing

@Suite("TS 29.328: application servers read, change and watch")
struct ShTests {
    static let server = LocalOrigin(host: "tas.example.org", realm: "example.org")
    static let other = LocalOrigin(host: "other.example.org", realm: "example.org")
    static let everything = ShAccess(
        host: "tas.example.org",
        pull: [
            .repositoryData, .imsPublicIdentity, .imsUserState, .servingCSCFName, .initialFilterCriteria,
            .chargingInformation, .msisdn,
        ], update: [.repositoryData], subscribe: [.repositoryData])

    private func home(_ kind: Home.Kind) throws -> Home {
        var home = try Home(kind, criteria: [LocationInfoTests.telephony])
        try home.permit(Self.everything)
        try home.permit(ShAccess(host: "other.example.org", pull: [.msisdn], subscribe: [.repositoryData]))
        return home
    }

    private let realm = DiameterIdentity(Home.domain)
    private let user = UserIdentity(publicIdentity: Home.identity)

    private func pull(
        _ home: inout Home, _ references: [DataReference], of user: UserIdentity? = nil,
        from origin: LocalOrigin = ShTests.server
    ) throws -> UserDataAnswer {
        let request = UserDataRequest(
            userIdentity: user ?? self.user, serviceIndications: ["mmtel"], dataReferences: references)
        return try UserDataAnswer(
            decoding: home.ask(request.message(session: "s", origin: origin, destinationRealm: realm)))
    }

    private func update(
        _ home: inout Home, _ number: Int, _ data: String?, from origin: LocalOrigin = ShTests.server
    ) throws -> CxResult {
        let content = data.map { "<ServiceData>\($0)</ServiceData>" } ?? ""
        let xml = """
            <Sh-Data><RepositoryData><ServiceIndication>mmtel</ServiceIndication>\
            <SequenceNumber>\(number)</SequenceNumber>\(content)</RepositoryData></Sh-Data>
            """
        return try update(&home, xml: xml, from: origin)
    }

    private func update(_ home: inout Home, xml: String, from origin: LocalOrigin) throws -> CxResult {
        let request = ProfileUpdateRequest(
            userIdentity: user, dataReferences: [.repositoryData], userData: OctetSlice(Array(xml.utf8)))
        return try ProfileUpdateAnswer(
            decoding: home.ask(request.message(session: "s", origin: origin, destinationRealm: realm))
        ).result
    }

    private func subscribe(
        _ home: inout Home, _ type: SubscriptionRequestType = .subscribe, from origin: LocalOrigin = ShTests.other,
        _ references: [DataReference] = [.repositoryData]
    ) throws -> SubscribeNotificationsAnswer {
        let request = SubscribeNotificationsRequest(
            userIdentity: user, serviceIndications: ["mmtel"], sendDataIndication: .userDataRequested, type: type,
            dataReferences: references)
        return try SubscribeNotificationsAnswer(
            decoding: home.ask(request.message(session: "s", origin: origin, destinationRealm: realm)))
    }

    @Test("Sh-Pull brings what is asked for, in the order of Annex C", arguments: Home.Kind.allCases)
    func pulls(kind: Home.Kind) throws {
        var home = try home(kind)
        try home.bring(to: .registered)
        let answer = try pull(&home, Self.everything.pull)
        #expect(answer.result == .success)
        let xml = try #require(answer.userData).string
        #expect(
            xml == """
                <?xml version="1.0" encoding="UTF-8"?>
                <Sh-Data><PublicIdentifiers><IMSPublicIdentity>\(Home.identity)</IMSPublicIdentity>\
                <IMSPublicIdentity>\(Home.tel)</IMSPublicIdentity><IMSPublicIdentity>\(Home.temporary)</IMSPublicIdentity>\
                <MSISDN>491700000001</MSISDN></PublicIdentifiers><Sh-IMS-Data><SCSCFName>\(Home.server)</SCSCFName><IFCs>\
                \(LocationInfoTests.telephony)</IFCs><IMSUserState>1</IMSUserState></Sh-IMS-Data></Sh-Data>
                """)
        let byNumber = try pull(&home, [.imsUserState], of: UserIdentity(msisdn: SubscriberNumber("491700000001")))
        #expect(byNumber.userData?.string.contains("<IMSUserState>1</IMSUserState>") == true)
    }

    @Test("Who is not in the permission list gets nothing: 5101, 5102, 5103, 5104", arguments: Home.Kind.allCases)
    func permissions(kind: Home.Kind) throws {
        var home = try home(kind)
        let stranger = LocalOrigin(host: "stranger.example.org", realm: "example.org")
        #expect(try pull(&home, [.msisdn], from: stranger).result == .experimental(.operationNotAllowed))
        #expect(home.refusals == ["SERVER_NOT_PERMITTED"])
        #expect(try pull(&home, [.msisdn], from: Self.other).result == .success)
        #expect(
            try pull(&home, [.msisdn, .imsUserState], from: Self.other).result == .experimental(.userDataCannotBeRead))
        #expect(try update(&home, 0, "x", from: Self.other) == .experimental(.userDataCannotBeModified))
        #expect(
            try subscribe(&home, .subscribe, from: Self.server, [.imsUserState]).result
                == .experimental(.userDataCannotBeNotified))
        #expect(try pull(&home, [.msisdn], of: UserIdentity(publicIdentity: "sip:x@y")).result == .userUnknown)
        #expect(try pull(&home, [.msisdn], of: UserIdentity()).result == .userUnknown)
    }

    @Test("TS 29.328 §7.6.1: repository data and their numbers", arguments: Home.Kind.allCases)
    func repository(kind: Home.Kind) throws {
        var home = try home(kind)
        let outOfSync = CxResult.experimental(.transparentDataOutOfSync)
        #expect(try update(&home, 1, "<a/>") == outOfSync, "new data begin with 0")
        #expect(try update(&home, 0, nil) == .experimental(.operationNotAllowed), "nothing to remove")
        #expect(try update(&home, 0, "<a b='1'>é &amp; <!-- x --></a>") == .success)
        let stored = try pull(&home, [.repositoryData]).userData?.string
        #expect(
            stored?.contains(
                "<SequenceNumber>0</SequenceNumber><ServiceData><a b='1'>é &amp; <!-- x --></a></ServiceData>") == true)
        #expect(try update(&home, 0, "<b/>") == outOfSync)
        #expect(try update(&home, 2, "<b/>") == outOfSync)
        #expect(home.refusals == ["DATA_OUT_OF_SYNC"])
        #expect(try update(&home, 1, "<b/>") == .success)
        #expect(try update(&home, 2, nil) == .success)
        #expect(try pull(&home, [.repositoryData]).userData?.string.contains("RepositoryData") == false)
        #expect(try update(&home, 0, "<c/>") == .success)
    }

    @Test("What is no Sh-Data, or too much, is refused", arguments: Home.Kind.allCases)
    func malformed(kind: Home.Kind) throws {
        var home = try home(kind)
        let unreadable = CxResult.experimental(.userDataNotRecognized)
        let item = "<RepositoryData><ServiceIndication>m</ServiceIndication><SequenceNumber>0</SequenceNumber>"
        for xml in [
            "", "<", "<Sh-Data/>", "<Other/>", "<Sh-Data>\(item)</RepositoryData>\(item)</RepositoryData></Sh-Data>",
            "<Sh-Data>\(item)<ServiceData></RepositoryData></Sh-Data>", "<!DOCTYPE x><Sh-Data/>",
            "<Sh-Data><!-- <ServiceData> -->\(item)<ServiceData><a></a></ServiceData></RepositoryData></Sh-Data>",
        ] {
            #expect(try update(&home, xml: xml, from: Self.server) == unreadable, "\(xml)")
        }
        #expect(try update(&home, 0, String(repeating: "x", count: 70_000)) == .tooMuchData)
    }

    @Test("Who subscribed hears of a change by PNR, until he no longer wants to", arguments: Home.Kind.allCases)
    func notification(kind: Home.Kind) throws {
        var home = try home(kind)
        #expect(try subscribe(&home, .unsubscribe).result == .experimental(.noSubscriptionToData))
        #expect(try update(&home, 0, "<a/>") == .success)
        #expect(home.asked.isEmpty)
        let subscribed = try subscribe(&home)
        #expect(subscribed.result == .success)
        #expect(subscribed.userData?.string.contains("<ServiceData><a/></ServiceData>") == true)
        #expect(try subscribe(&home, from: Self.server).result == .success)
        #expect(try update(&home, 1, "<b/>") == .success)
        try #require(home.asked.count == 1, "who made the change knows it")
        let request = try PushNotificationRequest(decoding: home.asked[0])
        #expect(home.asked[0][.destinationHost] == Self.other.host)
        #expect(home.asked[0].applicationID == ShDictionary.application)
        #expect(request.userIdentity.publicIdentity == Home.identity)
        #expect(request.userData.string.contains("<SequenceNumber>1</SequenceNumber><ServiceData><b/></ServiceData>"))
        #expect(try subscribe(&home, .unsubscribe).result == .success)
        #expect(try update(&home, 2, "<c/>") == .success)
        #expect(home.asked.isEmpty)
    }

    @Test("Repository data outlive a change of the subscriber, and go with the identity")
    func applied() throws {
        var home = try home(.sqlite)
        #expect(try update(&home, 0, "<a/>") == .success)
        var record = SubscriptionRecord(try Home.record())
        record.publicIdentities.swapAt(0, 2)
        #expect(try home.store().apply(record) == .changed)
        #expect(try pull(&home, [.repositoryData]).userData?.string.contains("<a/>") == true)
        record.publicIdentities.removeAll { $0.identity.text == Home.identity }
        #expect(try home.store().apply(record) == .changed)
        #expect(try home.store().apply(SubscriptionRecord(try Home.record())) == .changed)
        #expect(try pull(&home, [.repositoryData]).userData?.string.contains("<a/>") == false)
    }

    @Test("A request of Sh that lacks an AVP is answered in the form of Sh")
    func missing() throws {
        var home = try home(.dictionary)
        let message = DiameterMessage.request(
            .userData, of: ShDictionary.applicationAdvertised, session: "s", origin: Self.server,
            destinationRealm: realm, destinationHost: nil)
        let answer = try home.ask(message)
        #expect(answer[.resultCode] == .missingAVP)
        #expect(answer[.vendorSpecificApplicationID]?.auth == ShDictionary.application)
    }
}
