import Testing
import Cx
import Diameter
import Octets

/// One message of each command with every AVP that it may have.
struct Sample: Sendable, CustomTestStringConvertible {
    var abbreviation: String
    var message: DiameterMessage
    /// Decodes, and says whether the result encodes to the same octets.
    var roundTrips: @Sendable (DiameterMessage) throws(CxDecodeFailure) -> Bool

    var testDescription: String { abbreviation }

    static let origin = LocalOrigin(host: "here.example.org", realm: "example.org")
    static let realm = DiameterIdentity("home.example.org")
    static let host = DiameterIdentity("there.home.example.org")
    static let session = "here.example.org;1;2"
    static let features = [SupportedFeatures(featureList: [.sharedFilterCriteria, .aliasIndication])]
    static let restoration = ServingCSCFRestoration(
        userName: "a@example.org",
        registrations: [
            RestorationInformation(
                path: "<sip:pcscf.example.org;lr>", contact: "<sip:a@192.0.2.1>", initialCSeqSequenceNumber: 1,
                callID: "1@192.0.2.1",
                subscription: SubscriptionInformation(
                    callID: "2@192.0.2.1", from: "<sip:a@example.org>;tag=1", to: "<sip:a@example.org>;tag=2",
                    recordRoute: "<sip:pcscf.example.org;lr>", contact: "<sip:a@192.0.2.1>"))
        ], authenticationScheme: .digestAKAv1MD5)
    static let charging = ChargingInformation(
        primaryEventChargingFunctionName: "aaa://ecf1.example.org",
        secondaryEventChargingFunctionName: "aaa://ecf2.example.org",
        primaryChargingCollectionFunctionName: "aaa://ccf1.example.org",
        secondaryChargingCollectionFunctionName: "aaa://ccf2.example.org")
    static let capabilities = ServerCapabilities(
        mandatory: [1, 2], optional: [3], serverNames: ["sip:scscf.example.org"])
    static let aka = AuthenticationItem.aka(
        itemNumber: 1, rand: [UInt8](repeating: 1, count: 16), autn: [UInt8](repeating: 2, count: 16),
        xres: [UInt8](repeating: 0, count: 8), confidentialityKey: [UInt8](repeating: 4, count: 16),
        integrityKey: [UInt8](repeating: 5, count: 16))
    static let digest = AuthenticationItem.digest(
        itemNumber: 2,
        DigestCredential(realm: "example.org", algorithm: "MD5", ha1: "939e7578ed9e3c518a452acee763bce9"))

    static let userAuthorization = UserAuthorizationRequest(
        userName: "a@example.org", publicIdentity: "sip:a@example.org", visitedNetworkIdentifier: "visited.example.org",
        userAuthorizationType: .registrationAndCapabilities, flags: .emergencyRegistration,
        overloadControlFeatures: OverloadControlFeatures(vector: 1), supportedFeatures: features)
    static let serverAssignment = ServerAssignmentRequest(
        userName: "a@example.org", publicIdentities: ["sip:a@example.org"],
        wildcardedPublicIdentity: "sip:a!.*!@example.org", serverName: "sip:scscf.example.org",
        serverAssignmentType: .registration, restoration: restoration,
        multipleRegistrationIndication: .multipleRegistration, sessionPriority: .priority1,
        flags: .proxyCSCFRestoration, supportedFeatures: features)
    static let locationInfo = LocationInfoRequest(
        publicIdentity: "sip:a@example.org", originatingRequest: .originating,
        userAuthorizationType: .registrationAndCapabilities, sessionPriority: .priority4, supportedFeatures: features)
    static let multimediaAuth = MultimediaAuthRequest(
        userName: "a@example.org", publicIdentity: "sip:a@example.org", authenticationItem: .request(.digestAKAv1MD5),
        serverName: "sip:scscf.example.org", supportedFeatures: features)
    static let registrationTermination = RegistrationTerminationRequest(
        userName: "a@example.org", associatedIdentities: ["b@example.org"], publicIdentities: ["sip:a@example.org"],
        deregistrationReason: DeregistrationReason(.serverChange, info: "moved"),
        flags: RegistrationTerminationFlags(rawValue: 1), supportedFeatures: features)
    static let pushProfile = PushProfileRequest(
        userName: "a@example.org", userData: "<IMSSubscription/>", chargingInformation: charging,
        authenticationItem: digest, supportedFeatures: features)

    static let requests = cxRequests + shRequests + rxRequests
    static let answers = cxAnswers + shAnswers + rxAnswers

    private static let cxRequests: [Sample] = [
        Sample(abbreviation: "UAR", message: encode(userAuthorization)) { (message) throws(CxDecodeFailure) in
            encode(try UserAuthorizationRequest(decoding: message)) == message
        },
        Sample(abbreviation: "SAR", message: encode(serverAssignment)) { (message) throws(CxDecodeFailure) in
            encode(try ServerAssignmentRequest(decoding: message)) == message
        },
        Sample(abbreviation: "LIR", message: encode(locationInfo)) { (message) throws(CxDecodeFailure) in
            encode(try LocationInfoRequest(decoding: message)) == message
        },
        Sample(abbreviation: "MAR", message: encode(multimediaAuth)) { (message) throws(CxDecodeFailure) in
            encode(try MultimediaAuthRequest(decoding: message)) == message
        },
        Sample(abbreviation: "RTR", message: encode(registrationTermination)) { (message) throws(CxDecodeFailure) in
            encode(try RegistrationTerminationRequest(decoding: message)) == message
        },
        Sample(abbreviation: "PPR", message: encode(pushProfile)) { (message) throws(CxDecodeFailure) in
            encode(try PushProfileRequest(decoding: message)) == message
        },
    ]

    private static let cxAnswers: [Sample] = [
        answer(
            "UAA",
            UserAuthorizationAnswer(
                .firstRegistration, serverName: "sip:scscf.example.org", serverCapabilities: capabilities,
                supportedFeatures: features),
            encode(userAuthorization), { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try UserAuthorizationAnswer(decoding: message) },
        answer(
            "SAA",
            ServerAssignmentAnswer(
                .success, userName: "a@example.org", userData: "<IMSSubscription/>", chargingInformation: charging,
                associatedIdentities: ["b@example.org"], looseRouteIndication: .required, restorations: [restoration],
                associatedRegisteredIdentities: ["b@example.org"], serverName: "sip:scscf.example.org",
                wildcardedPublicIdentity: "sip:a!.*!@example.org", priviledgedSenderIndication: .priviledgedSender,
                supportedFeatures: features),
            encode(serverAssignment), { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try ServerAssignmentAnswer(decoding: message) },
        answer(
            "LIA",
            LocationInfoAnswer(
                .unregisteredService, serverName: "sip:scscf.example.org", serverCapabilities: capabilities,
                wildcardedPublicIdentity: "sip:a!.*!@example.org", flags: .publicServiceIdentityDirectRouting,
                supportedFeatures: features),
            encode(locationInfo), { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try LocationInfoAnswer(decoding: message) },
        answer(
            "MAA",
            MultimediaAuthAnswer(
                .success, userName: "a@example.org", publicIdentity: "sip:a@example.org", sipNumberAuthItems: 2,
                authenticationItems: [aka, digest], supportedFeatures: features),
            encode(multimediaAuth), { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try MultimediaAuthAnswer(decoding: message) },
        answer(
            "RTA",
            RegistrationTerminationAnswer(
                .success, associatedIdentities: ["b@example.org"],
                emergencyIdentities: [
                    EmergencyIdentity(userName: "a@example.org", publicIdentity: "sip:a@example.org")
                ],
                supportedFeatures: features),
            encode(registrationTermination), { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try RegistrationTerminationAnswer(decoding: message) },
        answer(
            "PPA", PushProfileAnswer(.tooMuchData, supportedFeatures: features), encode(pushProfile),
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try PushProfileAnswer(decoding: message) },
    ]

    static let all = requests + answers

    static func answer<Answer: Equatable & Sendable>(
        _ abbreviation: String, _ answer: Answer, _ request: DiameterMessage,
        _ encode: @Sendable @escaping (Answer, DiameterMessage) -> DiameterMessage,
        _ decode: @Sendable @escaping (DiameterMessage) throws(CxDecodeFailure) -> Answer
    ) -> Sample {
        Sample(abbreviation: abbreviation, message: encode(answer, request)) { (message) throws(CxDecodeFailure) in
            try decode(message) == answer
        }
    }

    static func encode(_ request: UserAuthorizationRequest) -> DiameterMessage {
        request.message(session: session, origin: origin, destinationRealm: realm, destinationHost: host)
    }
    static func encode(_ request: ServerAssignmentRequest) -> DiameterMessage {
        request.message(session: session, origin: origin, destinationRealm: realm, destinationHost: host)
    }
    static func encode(_ request: LocationInfoRequest) -> DiameterMessage {
        request.message(session: session, origin: origin, destinationRealm: realm, destinationHost: host)
    }
    static func encode(_ request: MultimediaAuthRequest) -> DiameterMessage {
        request.message(session: session, origin: origin, destinationRealm: realm, destinationHost: host)
    }
    static func encode(_ request: RegistrationTerminationRequest) -> DiameterMessage {
        request.message(session: session, origin: origin, destinationRealm: realm, destinationHost: host)
    }
    static func encode(_ request: PushProfileRequest) -> DiameterMessage {
        request.message(session: session, origin: origin, destinationRealm: realm, destinationHost: host)
    }
}
