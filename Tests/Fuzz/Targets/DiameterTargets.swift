import Cx
import Diameter
import Octets

/// Everything of Diameter and Cx that reads octets from outside.
let diameterTargets: [FuzzTarget] = [
    FuzzTarget("diameter", seeds: sampleCommands.map(\.octets)) { octets in
        guard let message = try? DiameterMessage(decoding: octets) else { return }
        check(message.octets == octets, "a decoded message is not the octets that it was decoded from")
        walk(message.avps, depth: 0)
        _ = try? message.result()
        _ = try? CapabilitiesExchangeRequest(decoding: message)
        _ = try? CapabilitiesExchangeAnswer(decoding: message)
    },
    FuzzTarget("cx", seeds: sampleCommands.map { cxSeed($0) }) { octets in
        // The first octet says which command it is taken for: a header that fits is hard to guess.
        guard let first = octets.first else { return }
        var template = DiameterMessage(
            cxCommands[Int(first >> 1) % cxCommands.count], application: CxDictionary.application,
            flags: first & 1 == 0 ? [.request, .proxiable] : [.proxiable]
        ).octets
        template += octets.dropFirst()
        let length = UInt32(template.count)
        for octet in 0..<3 { template[1 + octet] = UInt8(truncatingIfNeeded: length >> (16 - 8 * UInt32(octet))) }
        guard let message = try? DiameterMessage(decoding: template) else { return }
        readCommand(message)
    },
    FuzzTarget("user-data") { octets in
        checkFixedPoint("IMSSubscription", octets) { text in (try? IMSSubscription(parsing: text))?.xml }
    },
]

private let cxCommands: [CommandCode] = [
    .userAuthorization, .serverAssignment, .locationInfo, .multimediaAuth, .registrationTermination, .pushProfile,
]

private let origin = LocalOrigin(host: "a.example.org", realm: "example.org")

/// Messages with grouped AVPs, lists and enumerations.
private let sampleCommands: [DiameterMessage] = {
    let realm = DiameterIdentity("example.org")
    let request = UserAuthorizationRequest(
        userName: "a", publicIdentity: "sip:a@example.org", visitedNetworkIdentifier: OctetSlice("example.org"),
        userAuthorizationType: .registrationAndCapabilities,
        supportedFeatures: [SupportedFeatures(featureList: CxFeatures(rawValue: 3))]
    ).message(session: "a;1;1", origin: origin, destinationRealm: realm)
    let answer = UserAuthorizationAnswer(
        .base(.success),
        serverCapabilities: ServerCapabilities(mandatory: [1, 2], optional: [3], serverNames: ["sip:s.example.org"])
    ).message(answering: request, origin: origin)
    let auth = MultimediaAuthRequest(
        userName: "a", publicIdentity: "sip:a@example.org",
        authenticationItem: AuthenticationItem(scheme: .digestAKAv1MD5),
        serverName: "sip:s.example.org"
    ).message(session: "a;1;2", origin: origin, destinationRealm: realm)
    return [request, answer, auth]
}()

/// The command's number, then what follows the header.
private func cxSeed(_ message: DiameterMessage) -> [UInt8] {
    let command = UInt8(truncatingIfNeeded: cxCommands.firstIndex(of: message.commandCode) ?? 0)
    return [command << 1 | (message.isRequest ? 0 : 1)] + message.octets.dropFirst(20)
}

private func walk(_ avps: AVPSequence, depth: Int) {
    for avp in avps {
        _ = try? avp.value(as: UInt32.self)
        _ = try? avp.value(as: String.self)
        _ = try? avp.value(as: IPAddress.self)
        _ = try? avp.value(as: DiameterTime.self)
        guard depth < 4, let group = try? avp.value(as: AVPGroup.self) else { continue }
        walk(group.avps, depth: depth + 1)
    }
}

private func readCommand(_ message: DiameterMessage) {
    switch (message.commandCode, message.isRequest) {
    case (.userAuthorization, true): _ = try? UserAuthorizationRequest(decoding: message)
    case (.userAuthorization, false): _ = try? UserAuthorizationAnswer(decoding: message)
    case (.serverAssignment, true): _ = try? ServerAssignmentRequest(decoding: message)
    case (.serverAssignment, false): _ = try? ServerAssignmentAnswer(decoding: message)
    case (.locationInfo, true): _ = try? LocationInfoRequest(decoding: message)
    case (.locationInfo, false): _ = try? LocationInfoAnswer(decoding: message)
    case (.multimediaAuth, true): _ = try? MultimediaAuthRequest(decoding: message)
    case (.multimediaAuth, false): _ = try? MultimediaAuthAnswer(decoding: message)
    case (.registrationTermination, true): _ = try? RegistrationTerminationRequest(decoding: message)
    case (.registrationTermination, false): _ = try? RegistrationTerminationAnswer(decoding: message)
    case (.pushProfile, true): _ = try? PushProfileRequest(decoding: message)
    case (.pushProfile, false): _ = try? PushProfileAnswer(decoding: message)
    default: break
    }
}
