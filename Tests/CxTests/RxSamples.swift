import Cx
import Diameter
import Octets
import Rx

/// Messages of Rx with every AVP that we read.
extension Sample {
    private static let media = MediaComponent(
        number: 1,
        subComponents: [
            MediaSubComponent(
                flowNumber: 1,
                flowDescriptions: [
                    "permit out 17 from 192.0.2.1 49170 to 198.51.100.1 49172",
                    "permit in 17 from 198.51.100.1 49172 to 192.0.2.1 49170",
                ], flowStatus: .enabled, flowUsage: .noInformation, maxBandwidthUL: 41_000, maxBandwidthDL: 41_000,
                signallingProtocol: .sip)
        ], afApplicationIdentifier: "ims", mediaType: .audio, maxBandwidthUL: 41_000, maxBandwidthDL: 41_000,
        minBandwidthUL: 1, minBandwidthDL: 1, flowStatus: .enabled, rsBandwidth: 600, rrBandwidth: 2_000,
        codecData: ["uplink\noffer\nm=audio 49170 RTP/AVP 0"])
    private static let subscription = SubscriptionID(.endUserSIPURI, "sip:a@example.org")
    private static let aar = AARequest(
        session: session, ipDomainID: "1", afApplicationIdentifier: "ims", mediaComponents: [media],
        serviceInfoStatus: .preliminary, afChargingIdentifier: "icid", sipForkingIndication: .severalDialogues,
        specificActions: [.indicationOfLossOfBearer, .indicationOfReleaseOfBearer], subscriptionIDs: [subscription],
        supportedFeatures: features, framedIPAddress: OctetSlice([198, 51, 100, 1]),
        framedIPv6Prefix: OctetSlice([0, 64, 0x20, 1, 0xD, 0xB8, 0, 0, 0, 1]), calledStationID: "ims",
        serviceURN: "sos", requestType: .initial, requiredAccessInfo: [.userLocation])
    private static let rar = ReAuthRequest(
        session: session, specificActions: [.indicationOfReleaseOfBearer],
        flows: [Flows(mediaComponentNumber: 1, flowNumbers: [1])], subscriptionIDs: [subscription],
        abortCause: .bearerReleased, ipCANType: 5, ratType: 1004, supportedFeatures: features)
    private static let str = SessionTerminationRequest(
        session: session, terminationCause: .logout, requiredAccessInfo: [.timeZone])
    private static let asr = AbortSessionRequest(session: session, abortCause: .insufficientBearerResources)

    static let rxRequests: [Sample] = [
        Sample(
            abbreviation: "AAR", message: aar.message(origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try AARequest(decoding: message) == aar
        },
        Sample(
            abbreviation: "RAR", message: rar.message(origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try ReAuthRequest(decoding: message) == rar
        },
        Sample(
            abbreviation: "STR", message: str.message(origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try SessionTerminationRequest(decoding: message) == str
        },
        Sample(
            abbreviation: "ASR", message: asr.message(origin: origin, destinationRealm: realm, destinationHost: host)
        ) { (message) throws(CxDecodeFailure) in
            try AbortSessionRequest(decoding: message) == asr
        },
    ]

    static let rxAnswers: [Sample] = [
        answer(
            "AAA",
            AAAnswer(
                .success, flows: [Flows(mediaComponentNumber: 1)], ipCANType: 5, ratType: 1004,
                supportedFeatures: features, retryInterval: 5), rxRequests[0].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try AAAnswer(decoding: message) },
        answer(
            "RAA", ReAuthAnswer(.experimental(.invalidServiceInformation), mediaComponents: [media], serviceURN: "sos"),
            rxRequests[1].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try ReAuthAnswer(decoding: message) },
        answer(
            "STA", SessionTerminationAnswer(.success), rxRequests[2].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try SessionTerminationAnswer(decoding: message) },
        answer(
            "ASA", AbortSessionAnswer(.base(.unableToComply)), rxRequests[3].message,
            { $0.message(answering: $1, origin: origin) }
        ) { (message) throws(CxDecodeFailure) in try AbortSessionAnswer(decoding: message) },
    ]
}
