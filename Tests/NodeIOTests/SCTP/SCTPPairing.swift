import Diameter
import Foundation
import NIOCore
import NodeIO
import Octets
import Testing

enum SCTPBackEnd: String, Sendable {
    case kernel, usrsctp
}

/// Who talks to whom in a test: every test of the suite runs over each pairing that the machine can do.
struct SCTPPairing: Sendable, CustomTestStringConvertible {
    let client: SCTPBackEnd
    let server: SCTPBackEnd

    var testDescription: String { "\(client) → \(server)" }

    /// The kernel's own encapsulation port; the machine of the test has to set it for mixed pairings.
    static let kernelEncapsulationPort: UInt16 = {
        guard let text = try? String(contentsOfFile: "/proc/sys/net/sctp/udp_port", encoding: .utf8) else { return 0 }
        return UInt16(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }()

    static let available: [SCTPPairing] = {
        var pairings = [SCTPPairing(client: .usrsctp, server: .usrsctp)]
        guard SCTPCapability.kernel().isAvailable else { return pairings }
        pairings.append(SCTPPairing(client: .kernel, server: .kernel))
        if kernelEncapsulationPort != 0 {
            pairings.append(SCTPPairing(client: .kernel, server: .usrsctp))
            pairings.append(SCTPPairing(client: .usrsctp, server: .kernel))
        }
        return pairings
    }()

    /// Those whose packets travel in UDP, or can be made to: the relay of a test can stand between.
    static var encapsulated: [SCTPPairing] {
        available.filter { ($0.client == .usrsctp && $0.server == .usrsctp) || kernelEncapsulationPort != 0 }
    }
}

/// A listening server and a client that is to reach it, directly or through a relay.
struct SCTPScene: Sendable {
    let client: SCTPParty
    let server: SCTPParty
    let port: UInt16
    let relay: EncapsulationRelay?
    /// Draws the client's numbers.
    let numbers = AssociationNumberSource()

    static let quick: SCTPTiming = {
        var timing = SCTPTiming()
        timing.retransmissionInitial = .milliseconds(100)
        timing.retransmissionMinimum = .milliseconds(50)
        timing.retransmissionMaximum = .milliseconds(100)
        timing.heartbeat = .milliseconds(100)
        timing.associationRetransmissions = 4
        timing.pathRetransmissions = 4
        return timing
    }()

    init(
        _ pairing: SCTPPairing, throughRelay: Bool = false, timing: SCTPTiming = SCTPTiming(),
        clientLimits: AssociationLimits = AssociationLimits(), serverLimits: AssociationLimits = AssociationLimits()
    ) async throws {
        let port = SCTPPorts.next()
        self.port = port
        server = try await Self.party(pairing.server, timing, serverLimits, remoteEncapsulation: 9899)
        try await server.listen(on: Endpoint(.loopback, port))
        var udp = pairing.server == .kernel ? SCTPPairing.kernelEncapsulationPort : 0
        if pairing.server == .usrsctp {
            udp = try await server.on { state in
                (state.transport as? UsrsctpAssociations)?.encapsulationPort ?? 0
            }
        }
        if throughRelay {
            let relay = try await EncapsulationRelay(serverPort: port, server: Endpoint(.loopback, udp))
            udp = relay.port
            self.relay = relay
        } else {
            relay = nil
        }
        let isEncapsulated = throughRelay || pairing.client != pairing.server || pairing.client == .usrsctp
        client = try await Self.party(
            pairing.client, timing, clientLimits, remoteEncapsulation: isEncapsulated ? udp : nil)
    }

    private static func party(
        _ kind: SCTPBackEnd, _ timing: SCTPTiming, _ limits: AssociationLimits, remoteEncapsulation: UInt16?
    ) async throws -> SCTPParty {
        try await SCTPParty { deliver, observe in
            var settings = SCTPSettings()
            settings.encapsulationPort = 0
            settings.remoteEncapsulationPort = remoteEncapsulation ?? 9899
            switch kind {
            case .usrsctp:
                return UsrsctpAssociations(
                    loop: sctpLoop, numbers: AssociationNumbers(), settings: settings, limits: limits, timing: timing,
                    observe: observe, deliver: deliver)
            case .kernel:
                let kernel = KernelSCTPAssociations(
                    loop: sctpLoop, numbers: AssociationNumbers(), settings: settings, limits: limits, timing: timing,
                    observe: observe, deliver: deliver)
                kernel.remoteEncapsulationPort = remoteEncapsulation
                return kernel
            }
        }
    }

    /// Opens an association and returns it as both sides name it.
    func connect() async throws -> (client: AssociationID, server: AssociationID) {
        let before = try await server.on { $0.events.count { if case .accepted = $0 { true } else { false } } }
        let id = try await begin()
        _ = try await client.connected(id)
        return (id, try await server.accepted(before + 1)[before])
    }

    /// Begins to open one, without waiting.
    func begin(port other: UInt16? = nil) async throws -> AssociationID {
        let id = numbers.next()
        let remote = Endpoint(.loopback, other ?? port)
        try await client.transport { $0.connect(id, to: remote, from: nil) }
        return id
    }

    func end() async throws {
        try await client.shutDown()
        try await server.shutDown()
        try await relay?.close()
    }
}
