import Cx
import Diameter
import Octets

/// Each command of TS 29.229 §6.1 and its answer, with every AVP that it may have.
let cxSamples: [DiameterMessage] = {
    let uar = request(
        UserAuthorizationRequest(
            userName: "a", publicIdentity: "sip:a@example.org", visitedNetworkIdentifier: OctetSlice("example.org"),
            userAuthorizationType: .registrationAndCapabilities, flags: .emergencyRegistration,
            overloadControlFeatures: OverloadControlFeatures(vector: 1), supportedFeatures: features
        ).message)
    let uaa = UserAuthorizationAnswer(
        .firstRegistration, serverName: "sip:s.example.org", serverCapabilities: capabilities,
        supportedFeatures: features
    ).message(answering: uar, origin: origin)
    let sar = request(
        ServerAssignmentRequest(
            userName: "a", publicIdentities: ["sip:a@example.org", "tel:+15550100"],
            wildcardedPublicIdentity: "sip:a!.*!@example.org", serverName: "sip:s.example.org",
            serverAssignmentType: .registration, restoration: restoration,
            multipleRegistrationIndication: .multipleRegistration, sessionPriority: .priority1,
            flags: .proxyCSCFRestoration, supportedFeatures: features
        ).message)
    let saa = ServerAssignmentAnswer(
        .base(.success), userName: "a", userData: "<IMSSubscription/>", chargingInformation: charging,
        associatedIdentities: ["b"], looseRouteIndication: .required, restorations: [restoration],
        associatedRegisteredIdentities: ["b"], serverName: "sip:s.example.org",
        wildcardedPublicIdentity: "sip:a!.*!@example.org", priviledgedSenderIndication: .priviledgedSender,
        supportedFeatures: features
    ).message(answering: sar, origin: origin)
    let lir = request(
        LocationInfoRequest(
            publicIdentity: "sip:a@example.org", originatingRequest: .originating,
            userAuthorizationType: .registrationAndCapabilities, sessionPriority: .priority4,
            supportedFeatures: features
        ).message)
    let lia = LocationInfoAnswer(
        .unregisteredService, serverName: "sip:s.example.org", serverCapabilities: capabilities,
        wildcardedPublicIdentity: "sip:a!.*!@example.org", flags: .publicServiceIdentityDirectRouting,
        supportedFeatures: features
    ).message(answering: lir, origin: origin)
    let mar = request(
        MultimediaAuthRequest(
            userName: "a", publicIdentity: "sip:a@example.org", authenticationItem: .request(.digestAKAv1MD5),
            serverName: "sip:s.example.org", supportedFeatures: features
        ).message)
    let maa = MultimediaAuthAnswer(
        .base(.success), userName: "a", publicIdentity: "sip:a@example.org", sipNumberAuthItems: 2,
        authenticationItems: [vector, credential], supportedFeatures: features
    ).message(answering: mar, origin: origin)
    let rtr = push(
        RegistrationTerminationRequest(
            userName: "a", associatedIdentities: ["b"], publicIdentities: ["sip:a@example.org"],
            deregistrationReason: DeregistrationReason(.serverChange, info: "moved"),
            flags: RegistrationTerminationFlags(rawValue: 1), supportedFeatures: features
        ).message)
    let rta = RegistrationTerminationAnswer(
        .base(.success), associatedIdentities: ["b"],
        emergencyIdentities: [EmergencyIdentity(userName: "a", publicIdentity: "sip:a@example.org")],
        supportedFeatures: features
    ).message(answering: rtr, origin: origin)
    let ppr = push(
        PushProfileRequest(
            userName: "a", userData: "<IMSSubscription/>", chargingInformation: charging,
            authenticationItem: credential, supportedFeatures: features
        ).message)
    let ppa = PushProfileAnswer(.tooMuchData, supportedFeatures: features).message(answering: ppr, origin: origin)
    return [uar, uaa, sar, saa, lir, lia, mar, maa, rtr, rta, ppr, ppa]
}()

private func request(
    _ write: (String, LocalOrigin, DiameterIdentity, DiameterIdentity?) -> DiameterMessage
) -> DiameterMessage { write("a;1;1", origin, realm, host) }

private func push(
    _ write: (String, LocalOrigin, DiameterIdentity, DiameterIdentity) -> DiameterMessage
) -> DiameterMessage { write("a;1;2", origin, realm, host) }

private let features = [SupportedFeatures(featureList: CxFeatures(rawValue: 3))]
private let capabilities = ServerCapabilities(mandatory: [1, 2], optional: [3], serverNames: ["sip:s.example.org"])
private let charging = ChargingInformation(
    primaryEventChargingFunctionName: "aaa://e1.example.org",
    secondaryEventChargingFunctionName: "aaa://e2.example.org",
    primaryChargingCollectionFunctionName: "aaa://c1.example.org",
    secondaryChargingCollectionFunctionName: "aaa://c2.example.org")
private let restoration = ServingCSCFRestoration(
    userName: "a",
    registrations: [
        RestorationInformation(
            path: "<sip:p.example.org;lr>", contact: "<sip:a@192.0.2.1>", initialCSeqSequenceNumber: 1, callID: "1",
            subscription: SubscriptionInformation(
                callID: "2", from: "<sip:a@example.org>;tag=1", to: "<sip:a@example.org>;tag=2",
                recordRoute: "<sip:p.example.org;lr>", contact: "<sip:a@192.0.2.1>"))
    ], authenticationScheme: .digestAKAv1MD5)
private let vector = AuthenticationItem.aka(
    itemNumber: 1, rand: [UInt8](repeating: 1, count: 16), autn: [UInt8](repeating: 2, count: 16),
    xres: [UInt8](repeating: 0, count: 8), confidentialityKey: [UInt8](repeating: 4, count: 16),
    integrityKey: [UInt8](repeating: 5, count: 16))
private let credential = AuthenticationItem.digest(
    itemNumber: 2, DigestCredential(realm: "example.org", algorithm: "MD5", ha1: "939e7578ed9e3c518a452acee763bce9"))
