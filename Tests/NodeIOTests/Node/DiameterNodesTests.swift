import IMS
import NodeIO
import Octets
import Testing

@Suite("Two nodes talk Diameter over TCP", .timeLimit(.minutes(1)))
struct DiameterNodesTests {
    @Test("RFC 6733 §5.3, §5.4: CER, a thousand questions over one connection, DPR")
    func life() async throws {
        let endpoint = Endpoint(.loopback, try await FreePort.tcp())
        let server = try await DiameterNode("hss", peer: "icscf", listen: endpoint, remote: nil)
        let client = try await DiameterNode("icscf", peer: "hss", listen: nil, remote: endpoint)
        try await server.start()
        try await client.start()
        let peer = try await client.peer(isOpen: true)
        #expect(peer["carrier"] == "TCP")
        #expect(peer["identity"] == "hss.ims.example")
        _ = try await server.peer(isOpen: true)
        try await withThrowingTaskGroup(of: (String, Report).self) { group in
            for number in 0..<1_000 {
                let identity = "sip:\(number)@ims.example"
                group.addTask { (identity, try await client.command(Command("ask", ["identity": identity]))) }
            }
            for try await (identity, report) in group { #expect(report.text == identity) }
        }
        try await client.stop()
        _ = try await server.peer(isOpen: false)
        try await server.stop()
    }

    @Test("a question while nobody is connected fails at once; when the peer comes, it is called again")
    func reconnect() async throws {
        let endpoint = Endpoint(.loopback, try await FreePort.tcp())
        let client = try await DiameterNode("icscf", peer: "hss", listen: nil, remote: endpoint)
        try await client.start()
        let failed = try await client.command(Command("ask"))
        #expect(failed["error"] == "unableToDeliver")
        let server = try await DiameterNode("hss", peer: "icscf", listen: endpoint, remote: nil)
        try await server.start()
        _ = try await client.peer(isOpen: true)
        #expect(try await client.command(Command("ask")) == "sip:a@ims.example")
        try await server.stop()
        _ = try await client.peer(isOpen: false)
        try await client.stop()
    }
}
