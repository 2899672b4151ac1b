import Cx
import Diameter
import Octets
import Rx
import Sh

/// One command of an application: what it is read as is written and read again as the same.
struct CommandCheck: Sendable {
    let code: CommandCode
    let isRequest: Bool
    let examine: @Sendable (DiameterMessage) -> Void

    fileprivate init<Command: Equatable & SendableMetatype>(
        request code: CommandCode, _ decode: @escaping @Sendable (DiameterMessage) throws -> Command,
        _ encode: @escaping @Sendable (Command) -> DiameterMessage
    ) {
        self.init(code, isRequest: true, decode) { command, _ in encode(command) }
    }

    fileprivate init<Command: Equatable & SendableMetatype>(
        answer code: CommandCode, _ decode: @escaping @Sendable (DiameterMessage) throws -> Command,
        _ encode: @escaping @Sendable (Command, DiameterMessage) -> DiameterMessage
    ) {
        self.init(code, isRequest: false, decode, encode)
    }

    private init<Command: Equatable & SendableMetatype>(
        _ code: CommandCode, isRequest: Bool, _ decode: @escaping @Sendable (DiameterMessage) throws -> Command,
        _ encode: @escaping @Sendable (Command, DiameterMessage) -> DiameterMessage
    ) {
        self.code = code
        self.isRequest = isRequest
        examine = { message in
            guard let command = try? decode(message) else { return }
            let octets = encode(command, message).octets
            guard let again = try? decode(DiameterMessage(decoding: octets)) else {
                return check(false, "a command that refuses what it wrote itself: \(command)")
            }
            check(again == command, "a command is read as another one: \(command) | \(again)")
        }
    }
}

/// The first octet of an input says which command it is taken for: a header that fits is hard to guess.
func commandTarget(_ name: String, _ commands: [CommandCheck]) -> FuzzTarget {
    let seeds = commandSamples.compactMap { sample -> [UInt8]? in
        let number = commands.firstIndex { $0.code == sample.commandCode && $0.isRequest == sample.isRequest }
        return number.map { [UInt8(truncatingIfNeeded: $0)] + sample.octets.dropFirst(20) }
    }
    return FuzzTarget(name, seeds: seeds) { octets in
        guard let first = octets.first else { return }
        let command = commands[Int(first) % commands.count]
        var template = DiameterMessage(
            command.code, application: .common, flags: command.isRequest ? [.request, .proxiable] : [.proxiable]
        ).octets
        template += octets.dropFirst()
        let length = UInt32(template.count)
        for octet in 0..<3 { template[1 + octet] = UInt8(truncatingIfNeeded: length >> (16 - 8 * UInt32(octet))) }
        guard let message = try? DiameterMessage(decoding: template) else { return }
        command.examine(message)
    }
}

let origin = LocalOrigin(host: "a.example.org", realm: "example.org")
let realm = DiameterIdentity("example.org")
let host = DiameterIdentity("b.example.org")

/// A command of TS 29.229 §6.1 and its answer.
func cxCommands(_ code: CommandCode) -> [CommandCheck] { cxCommands.filter { $0.code == code } }

private let cxCommands: [CommandCheck] = [
    CommandCheck(request: .userAuthorization, UserAuthorizationRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .userAuthorization, UserAuthorizationAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .serverAssignment, ServerAssignmentRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .serverAssignment, ServerAssignmentAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .locationInfo, LocationInfoRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .locationInfo, LocationInfoAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .multimediaAuth, MultimediaAuthRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .multimediaAuth, MultimediaAuthAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .registrationTermination, RegistrationTerminationRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm, destinationHost: host)
    },
    CommandCheck(answer: .registrationTermination, RegistrationTerminationAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .pushProfile, PushProfileRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm, destinationHost: host)
    },
    CommandCheck(answer: .pushProfile, PushProfileAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
]

/// TS 29.329 §6.1.
let shCommands: [CommandCheck] = [
    CommandCheck(request: .userData, UserDataRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .userData, UserDataAnswer.init(decoding:)) { $0.message(answering: $1, origin: origin) },
    CommandCheck(request: .profileUpdate, ProfileUpdateRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .profileUpdate, ProfileUpdateAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .subscribeNotifications, SubscribeNotificationsRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .subscribeNotifications, SubscribeNotificationsAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .pushNotification, PushNotificationRequest.init(decoding:)) {
        $0.message(session: "s", origin: origin, destinationRealm: realm, destinationHost: host)
    },
    CommandCheck(answer: .pushNotification, PushNotificationAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
]

/// TS 29.214 §5.6.
let rxCommands: [CommandCheck] = [
    CommandCheck(request: .authenticateAuthorize, AARequest.init(decoding:)) {
        $0.message(origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .authenticateAuthorize, AAAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .reAuthorization, ReAuthRequest.init(decoding:)) {
        $0.message(origin: origin, destinationRealm: realm, destinationHost: host)
    },
    CommandCheck(answer: .reAuthorization, ReAuthAnswer.init(decoding:)) { $0.message(answering: $1, origin: origin) },
    CommandCheck(request: .sessionTermination, SessionTerminationRequest.init(decoding:)) {
        $0.message(origin: origin, destinationRealm: realm)
    },
    CommandCheck(answer: .sessionTermination, SessionTerminationAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
    CommandCheck(request: .abortSession, AbortSessionRequest.init(decoding:)) {
        $0.message(origin: origin, destinationRealm: realm, destinationHost: host)
    },
    CommandCheck(answer: .abortSession, AbortSessionAnswer.init(decoding:)) {
        $0.message(answering: $1, origin: origin)
    },
]

/// Messages with grouped AVPs, lists and enumerations, of each application.
let commandSamples: [DiameterMessage] = {
    let udr = UserDataRequest(
        userIdentity: UserIdentity(publicIdentity: "sip:a@example.org"), serverName: "sip:s.example.org",
        serviceIndications: [OctetSlice("x")], dataReferences: [.repositoryData, .imsUserState]
    ).message(session: "a;1;3", origin: origin, destinationRealm: realm)
    let uda = UserDataAnswer(.base(.success), userData: OctetSlice("<Sh-Data/>")).message(
        answering: udr, origin: origin)
    let stream = MediaComponent(
        number: 1,
        subComponents: [MediaSubComponent(flowNumber: 1, flowDescriptions: ["permit out ip from any to any"])],
        maxBandwidthUL: 64000, flowStatus: .enabled, codecData: [OctetSlice("uplink\noffer\nm=audio 1 RTP/AVP 0\n")])
    let aar = AARequest(session: "a;1;4", mediaComponents: [stream]).message(origin: origin, destinationRealm: realm)
    let aaa = AAAnswer(.base(.success)).message(answering: aar, origin: origin)
    return cxSamples + [udr, uda, aar, aaa]
}()
