import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("F1, F2: security associations outlive kill -9 of the P-CSCF")
struct SecurityKeepingTests {
    private var edge = ProtectedEdge {
        $0.clock = WallClock(nanoseconds: 1_767_225_600_000_000_000, at: .zero)
    }
    private var phone = ProtectedPhone()

    /// A new start; the kernel has what it had.
    private mutating func crash(after span: Duration = .seconds(2)) {
        edge.edge.crash(after: span)
        let kernel = edge.kernel.associations
        edge.edge.role.keepSecurity(at: edge.edge.now) { set in
            set.allSatisfy { one in kernel.contains { $0.id == one.id } }
        }
    }

    @Test("the set is as it was: ports, SPIs, keys, and the time that is left")
    mutating func restored() throws {
        try edge.register(&phone, expires: 600)
        let before = edge.kernel.associations
        crash(after: .seconds(100))
        let after = edge.edge.role.securityAssociations(at: edge.edge.now)
        #expect(after.map(\.description) == before.map(\.description))
        #expect(after.map(\.keys) == before.map(\.keys))
        #expect(after.map(\.direction) == before.map(\.direction))
        #expect(after.map(\.requestID) == before.map(\.requestID))
        #expect(after.allSatisfy { abs(($0.lifetime - .seconds(530)).components.seconds) <= 1 })
        #expect(try edge.states() == ["established"])
    }

    @Test("calls and messages go on through it without a new registration, and so do refreshes")
    mutating func goesOn() throws {
        try edge.register(&phone)
        let path = try #require(
            try edge.edge.send(phone.second, from: phone.protected()).forwarded?.0.texts(.path).first)
        crash()
        let routes = edge.edge.role.responseRoutes
        #expect(Set(routes.map(\.from.remote)) == [Endpoint(phone.address, phone.clientPort)])
        let client = try #require(phone.mechanism?.clientPort)
        let call = try #require(
            try edge.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core).forwarded)
        #expect(ProtectedEdge.listeners[call.1.listener]?.local.port == client)
        #expect(call.1.remote == Endpoint(phone.address, phone.serverPort))
        var message = Request(method: "MESSAGE")
        message.contacts = [phone.contact]
        #expect(try edge.send(message, from: phone.protected()).forwarded != nil)
        #expect(try edge.authenticate(phone).response?.status == .ok)
        #expect(edge.kernel.lifetimes.values.allSatisfy { $0 == .seconds(630) })
    }

    @Test("what the kernel has lost is forgotten: nothing is sent to the phone, and it registers anew")
    mutating func kernelLost() throws {
        try edge.register(&phone)
        edge.edge.crash()
        edge.edge.role.keepSecurity(at: edge.edge.now) { _ in false }
        #expect(try edge.states().isEmpty)
        #expect(edge.edge.role.securityAssociations(at: edge.edge.now).isEmpty)
        #expect(edge.edge.role.responseRoutes.isEmpty)
        #expect(try edge.send(phone.second, from: phone.protected()).response?.status == .forbidden)
        #expect(try edge.challenge(phone).response?.status == .unauthorized)
    }

    @Test("challenges and sets that end are not kept: their associations are orphans")
    mutating func notKept() throws {
        _ = try edge.challenge(phone)
        crash()
        #expect(try edge.states().isEmpty)
        var again = phone.renewed()
        try edge.register(&again)
        _ = try edge.authenticate(again, expires: 0)
        crash()
        #expect(try edge.states().isEmpty)
        #expect(edge.edge.disk.isEmpty)
    }
}
