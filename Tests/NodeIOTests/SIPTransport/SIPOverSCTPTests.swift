import Diameter
import IMS
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("RFC 4168: SIP over SCTP, usrsctp on loopback", .timeLimit(.minutes(1)))
struct SIPOverSCTPTests {
    @Test("A request over an association is answered over it, without Content-Length")
    func echo() async throws {
        let (port, udp) = (UInt16.random(in: 20_000..<30_000), try await FreePort.udp())
        let local = Endpoint(.loopback, port)
        var settings = NodeSettings(name: "echo")
        settings.listeners = [ListenerID(rawValue: 0): SIPListener(.sctp, local)]
        settings.sipSCTP.implementation = .usrsctp
        settings.sipSCTP.sctp.encapsulationPort = udp
        settings.sipSCTP.sctp.encapsulationAddress = .loopback
        let final = settings
        let node = try await sctpLoop.submit {
            let log = ObservationLog(role: "echo", level: .error)
            let core = EchoFunction.core(final.listeners)
            return NIOLoopBound(
                Node(core, settings: final, log: log, on: sctpLoop, perform: EchoFunction.perform),
                eventLoop: sctpLoop)
        }.get()
        try await sctpLoop.flatSubmit { node.value.start() }.get()
        var calling = SCTPSettings()
        calling.encapsulationPort = 0
        calling.remoteEncapsulationPort = udp
        calling.encapsulationAddress = .loopback
        calling.delivery = .sip
        let callingSettings = calling
        let phone = try await SCTPParty { deliver, observe in
            UsrsctpAssociations(
                loop: sctpLoop, numbers: AssociationNumbers(), settings: callingSettings, observe: observe,
                deliver: deliver)
        }
        let id = AssociationID(rawValue: 1)
        try await phone.transport { $0.connect(id, to: local, from: nil) }
        _ = try await phone.connected(id)
        let request = Options.text("SCTP", branch: "c1").replacing("Content-Length: 0\r\n", with: "")
        try await phone.transport { $0.send(Array(text: request), on: id) }
        let answer = try await phone.received(1, on: id).first?.text ?? ""
        #expect(answer.hasPrefix("SIP/2.0 200 "))
        #expect(answer.contains("Via: SIP/2.0/SCTP "))
        try await phone.shutDown()
        try await sctpLoop.submit { node.value.stop() }.get()
    }
}
