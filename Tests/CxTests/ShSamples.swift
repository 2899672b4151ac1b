import Cx
import Diameter
import Octets
import Sh

/// Messages of Sh with every AVP that they may have.
extension Sample {
    private static let user = UserIdentity(
        publicIdentity: "sip:a@example.org", msisdn: SubscriberNumber("15550001"),
        externalIdentifier: "a@example.org")
    private static let wildcarded = WildcardedIdentities(
        publicIdentity: "sip:a!.*!@example.org", impu: "sip:b!.*!@example.org")
    private static let document: OctetSlice = "<Sh-Data/>"
    private static let userData = UserDataRequest(
        supportedFeatures: features, userIdentity: user, wildcarded: wildcarded, serverName: "sip:as.example.org",
        serviceIndications: ["mmtel"], dataReferences: [.imsUserState], identitySets: [.implicit],
        requestedDomain: .packetSwitched, currentLocation: .initiateActiveLocationRetrieval,
        serviceActivationTags: ["tag"], sessionPriority: .priority1, userName: "a@example.org",
        requestedNodes: [.mme, .amf], servingNodeIndication: .onlyServingNodesRequired, prePagingSupported: .supported,
        localTimeZoneIndication: .withLocationInformation, flags: .ratTypeRequested,
        callReference: CallReference(number: "1", asNumber: "2"))
    private static let profileUpdate = ProfileUpdateRequest(
        supportedFeatures: features, userIdentity: user, wildcarded: wildcarded, userName: "a@example.org",
        dataReferences: [.repositoryData], userData: document)
    private static let subscribeNotifications = SubscribeNotificationsRequest(
        supportedFeatures: features, userIdentity: user, wildcarded: wildcarded, serviceIndications: ["mmtel"],
        sendDataIndication: .userDataRequested, serverName: "sip:as.example.org", type: .subscribe,
        dataReferences: [.imsUserState], identitySets: [.all],
        expiryTime: DiameterTime(secondsSince1970: 1_800_000_000),
        serviceActivationTags: ["tag"], oneTimeNotification: .requested, userName: "a@example.org")
    private static let pushNotification = PushNotificationRequest(
        supportedFeatures: features, userIdentity: user, wildcarded: wildcarded, userName: "a@example.org",
        userData: document)

    static let shRequests: [Sample] = [
        Sample(
            abbreviation: "UDR",
            message: userData.message(session: session, origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try UserDataRequest(decoding: message) == userData
        },
        Sample(
            abbreviation: "PUR",
            message: profileUpdate.message(
                session: session, origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try ProfileUpdateRequest(decoding: message) == profileUpdate
        },
        Sample(
            abbreviation: "SNR",
            message: subscribeNotifications.message(
                session: session, origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try SubscribeNotificationsRequest(decoding: message) == subscribeNotifications
        },
        Sample(
            abbreviation: "PNR",
            message: pushNotification.message(
                session: session, origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try PushNotificationRequest(decoding: message) == pushNotification
        },
    ]

    static let shAnswers: [Sample] = [
        answer(
            "UDA", UserDataAnswer(.success, supportedFeatures: features, wildcarded: wildcarded, userData: document),
            shRequests[0].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try UserDataAnswer(decoding: message) },
        answer(
            "PUA",
            ProfileUpdateAnswer(
                .experimental(.transparentDataOutOfSync), wildcarded: wildcarded,
                repositoryDataID: RepositoryDataID(serviceIndication: "mmtel", sequenceNumber: 7),
                dataReference: .repositoryData, supportedFeatures: features), shRequests[1].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try ProfileUpdateAnswer(decoding: message) },
        answer(
            "SNA",
            SubscribeNotificationsAnswer(
                .success, wildcarded: wildcarded, supportedFeatures: features, userData: document,
                expiryTime: DiameterTime(secondsSince1970: 1_800_000_000)), shRequests[2].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try SubscribeNotificationsAnswer(decoding: message) },
        answer(
            "PNA", PushNotificationAnswer(.success, supportedFeatures: features), shRequests[3].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try PushNotificationAnswer(decoding: message) },
    ]
}
