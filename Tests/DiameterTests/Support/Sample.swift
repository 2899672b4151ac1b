import Diameter
import Octets

/// Names and numbers of the tests.
enum Sample {
    static let application = ApplicationID(rawValue: 16_777_216)
    static let command = CommandCode(rawValue: 300)
    static let realm = DiameterIdentity("example.org")

    static func host(_ name: String) -> DiameterIdentity { DiameterIdentity("\(name).example.org") }

    static func local(_ name: String, stateID: UInt32? = 1, application: ApplicationID = application) -> LocalNode {
        LocalNode(
            originHost: host(name), originRealm: realm,
            applications: [DiameterApplication(id: application, vendor: 10415, commands: [command])],
            originStateID: stateID)
    }

    static func peer(
        _ name: String, port: UInt16, initiates: Bool = true, priority: Int = 0
    ) -> PeerConfiguration {
        PeerConfiguration(
            identity: host(name), realm: realm, remote: Endpoint(.loopback, port), transport: .tcp,
            initiates: initiates, priority: priority)
    }

    static func stack(
        _ name: String, peers: [PeerConfiguration],
        settings: DiameterSettings = DiameterSettings(watchdog: .seconds(6)),
        stateID: UInt32? = 1, application: ApplicationID = application
    ) -> DiameterStack {
        DiameterStack(
            local: local(name, stateID: stateID, application: application), peers: peers, settings: settings,
            entropy: Entropy(number: UInt64(name.utf8.reduce(7) { $0 * 31 + Int($1) })))
    }

    static func request(
        from name: String = "cscf", to host: DiameterIdentity? = nil, realm: DiameterIdentity = realm
    ) -> DiameterMessage {
        var request = DiameterMessage(command, application: application)
        request.append(.sessionID, "\(name);1;1")
        request.append(.authSessionState, .noStateMaintained)
        request.append(.originHost, self.host(name))
        request.append(.originRealm, Self.realm)
        request.append(.destinationHost, host)
        request.append(.destinationRealm, realm)
        return request
    }

    /// cscf connects to hss1, and with two also to hss2 of lower preference.
    static func world(servers: Int = 1, settings: DiameterSettings = DiameterSettings(watchdog: .seconds(6)))
        -> DiameterWorld
    {
        var world = DiameterWorld()
        let peers = (1...servers).map { peer("hss\($0)", port: 3868 + UInt16($0), priority: $0) }
        _ = world.add(stack("cscf", peers: peers, settings: settings), port: 1000)
        for number in 1...servers {
            _ = world.add(
                stack(
                    "hss\(number)", peers: [peer("cscf", port: 1000, initiates: false)],
                    settings: DiameterSettings(watchdog: .seconds(30))), port: 3868 + UInt16(number))
        }
        return world
    }

    /// One stack that nobody is connected to yet.
    static func server(
        _ name: String = "hss", settings: DiameterSettings = .standard, peers: [PeerConfiguration]? = nil
    ) -> DiameterWorld {
        var world = DiameterWorld()
        let peers = peers ?? [peer("cscf", port: 1000, initiates: false)]
        _ = world.add(stack(name, peers: peers, settings: settings), port: 3868)
        return world
    }

    /// The answers among what a stack sends.
    static func answers(_ outputs: [DiameterStackOutput]) throws -> [DiameterMessage] {
        var answers: [DiameterMessage] = []
        for case .send(let octets, _) in outputs {
            let message = try DiameterMessage(decoding: octets)
            if !message.isRequest { answers.append(message) }
        }
        return answers
    }

    static func reasons(_ outputs: [DiameterStackOutput]) -> [DiameterRefusal.Reason] {
        outputs.compactMap { if case .refused(let refusal) = $0 { refusal.reason } else { nil } }
    }
}
