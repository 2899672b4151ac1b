import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 33.203 §7.4: new security associations beside old ones")
struct RenewalTests {
    private var edge = ProtectedEdge()
    private var phone = ProtectedPhone()

    /// A REGISTER through the phone's associations that offers the next, and its 401.
    private mutating func challengeAgain(offering next: ProtectedPhone) throws -> ProtectedPhone {
        var asking = phone
        asking.client = next.securityClient
        let response = try #require(
            try edge.answer(
                try edge.send(asking.second, from: phone.protected()), .unauthorized, ProtectedEdge.challenge
            ).response)
        #expect(response.status == .unauthorized)
        var next = next
        try next.take(response)
        return next
    }

    private func message(_ phone: ProtectedPhone) -> Request {
        var request = Request(method: "MESSAGE")
        request.contacts = [phone.contact]
        return request
    }

    @Test("re-authentication: the old set lives until the new one is used, then 64·T1")
    mutating func reauthentication() throws {
        try edge.register(&phone)
        let old = edge.kernel.associations.map(\.id)
        let next = try challengeAgain(offering: phone.renewed())
        #expect(edge.kernel.associations.count == 8)
        let (before, after) = (try #require(phone.mechanism), try #require(next.mechanism))
        #expect(after.serverPort == before.serverPort)
        #expect(after.clientPort != before.clientPort)
        #expect(after.clientSPI != before.clientSPI && after.serverSPI != before.serverSPI)
        #expect(try edge.authenticate(next).response?.status == .ok)
        #expect(try edge.states() == ["established", "established"])
        // The old set can still be used while the new one has carried nothing more.
        #expect(try edge.send(message(phone), from: phone.protected()).forwarded != nil)
        #expect(try edge.states() == ["established", "established"])
        #expect(try edge.send(message(next), from: next.protected()).forwarded != nil)
        #expect(try edge.states() == ["ending", "established"])
        #expect(old.allSatisfy { edge.kernel.lifetimes[$0] == .seconds(128) })
        edge.edge.now += .seconds(128)
        _ = edge.fire()
        #expect(edge.kernel.associations.count == 4)
        #expect(!edge.kernel.associations.contains { old.contains($0.id) })
    }

    @Test("the new set lives at least as long as the old one would have")
    mutating func noShorterThanTheOld() throws {
        try edge.register(&phone, expires: 3_600)
        let next = try challengeAgain(offering: phone.renewed())
        _ = try edge.authenticate(next, expires: 600)
        let new = edge.kernel.associations.suffix(4).map(\.id)
        #expect(new.allSatisfy { edge.kernel.lifetimes[$0] == .seconds(3_630) })
    }

    @Test("a failed re-authentication leaves the old set as it was")
    mutating func failedRenewal() throws {
        try edge.register(&phone)
        let next = try challengeAgain(offering: phone.renewed())
        #expect(try edge.authenticate(next, .forbidden).response?.status == .forbidden)
        #expect(try edge.states() == ["ending", "established"])
        edge.edge.now += .seconds(128)
        _ = edge.fire()
        #expect(try edge.states() == ["established"])
        #expect(try edge.send(message(phone), from: phone.protected()).forwarded != nil)
    }

    @Test("an offer with the ports or SPIs of the very set that it comes through is 403")
    mutating func reused() throws {
        try edge.register(&phone)
        let actions = try edge.answer(
            try edge.send(phone.second, from: phone.protected()), .unauthorized, ProtectedEdge.challenge)
        #expect(actions.response?.status == .forbidden)
        #expect(try edge.states() == ["established"])
    }

    @Test("a phone that restarts with other ports: its old set ends when the registrar has forgotten the old contact")
    mutating func restartElsewhere() throws {
        try edge.register(&phone)
        var again = phone.renewed()
        again.serverPort += 100
        try edge.register(&again)
        #expect(try edge.states() == ["ending", "established"])
        #expect(try edge.send(message(phone), from: phone.protected()).response?.status == .forbidden)
    }

    @Test("a phone that restarts with the same ports and SPIs takes the place of itself")
    mutating func restartInPlace() throws {
        try edge.register(&phone)
        try edge.register(&phone)
        #expect(try edge.states() == ["established"])
        #expect(edge.kernel.associations.count == 4)
        #expect(edge.kernel.complaints.isEmpty)
    }

    @Test(
        "another identity at the same ports or with the same SPIs is 403 and disturbs nobody", arguments: [true, false])
    mutating func taken(ports: Bool) throws {
        try edge.register(&phone)
        var other = phone.renewed(4)
        other.serverPort += 100
        other.identity = "001010000000002@\(AccessEdge.domain)"
        if ports { other.clientPort = phone.clientPort } else { other.serverSPI = phone.clientSPI }
        #expect(try edge.challenge(other).response?.status == .forbidden)
        #expect(try edge.states() == ["established"])
        #expect(try edge.send(message(phone), from: phone.protected()).forwarded != nil)
    }

    @Test("S10: of two REGISTERs of a phone at once the later one's associations stand, the other is told so")
    mutating func overlapping() throws {
        edge.holdsBack = true
        let first = try edge.edge.send(phone.first, from: phone.unprotected)
        let second = try edge.edge.send(phone.renewed().first, from: phone.unprotected)
        _ = try edge.answer(first, .unauthorized, ProtectedEdge.challenge)
        _ = try edge.answer(second, .unauthorized, ProtectedEdge.challenge)
        var statuses: [Status?] = []
        for case .respond(let response, _) in edge.release() { statuses.append(response.status) }
        #expect(statuses == [.serviceUnavailable, .unauthorized])
        #expect(edge.kernel.associations.count == 4)
        #expect(try edge.states() == ["offered"])
    }

    @Test("at most three sets of one identity: idle ones make room, sets in use do not")
    mutating func limit() throws {
        for step in UInt16(0)..<3 {
            var device = phone.renewed(step)
            device.address = .v4(0x0A0B_0C0D + UInt32(step))
            device.publicIdentity = "sip:device\(step)@\(AccessEdge.domain)"
            try edge.register(&device)
        }
        #expect(try edge.states() == ["established", "established", "established"])
        var fourth = phone.renewed(5)
        fourth.address = .v4(0x0A0B_0C1D)
        #expect(try edge.challenge(fourth).response?.status == .forbidden)
        edge.edge.now += .seconds(630)
        _ = edge.fire()
        #expect(try edge.challenge(fourth).response?.status == .unauthorized)
    }

    @Test("client ports: each set of a phone has another; the one of a set that ends is taken when no other is left")
    mutating func ports() throws {
        edge = ProtectedEdge { $0.security.sockets[0].clients.removeLast() }
        try edge.register(&phone)
        for step in UInt16(1)...4 {
            let next = try challengeAgain(offering: phone.renewed())
            #expect(next.mechanism?.clientPort != phone.mechanism?.clientPort)
            _ = try edge.authenticate(next)
            _ = try edge.send(message(next), from: next.protected())
            phone = next
            #expect(try edge.states() == ["ending", "established"], "step \(step)")
        }
        #expect(edge.kernel.complaints.isEmpty)
    }

    @Test("S10: whatever happens in whatever order, nothing is left behind", arguments: UInt64(1)...24)
    func nothingLeaks(seed: UInt64) throws {
        var dice = Entropy(number: seed)
        var edge = ProtectedEdge()
        var registered = 0
        var phones = (0..<3).map { number in
            var phone = ProtectedPhone()
            phone.address = .v4(0x0A0B_0C0D + UInt32(number))
            phone.identity = "00101000000000\(number / 2)@\(AccessEdge.domain)"
            return phone
        }
        for _ in 0..<200 {
            let number = Int(dice.next32() % 3)
            var phone = phones[number]
            edge.kernel.failure = dice.next32() % 16 == 0 ? "no memory" : nil
            switch dice.next32() % 8 {
            case 0, 1:
                let next = phone.renewed(UInt16(dice.next32() % 3))
                if let response = try edge.challenge(next).response, response.contains(.securityServer) {
                    phone = next
                    phone.verify = response.texts(.securityServer).first
                }
            case 2, 3, 4:
                let actions = try edge.send(phone.second, from: phone.protected())
                guard actions.forwarded != nil else { break }
                let expires = Int(dice.next32() % 4) * 200
                switch dice.next32() % 6 {
                case 0: _ = try edge.answer(actions, .forbidden)
                case 1: _ = try edge.answer(actions, .unauthorized, ProtectedEdge.challenge)
                default:
                    _ = try edge.answer(actions, .ok, phone.bound(expires))
                    registered += 1
                }
            case 5: _ = try edge.send(message(phone), from: phone.protected())
            case 6: edge.holdsBack.toggle()
            default:
                edge.edge.now += .seconds(Int(dice.next32() % 200))
                _ = edge.fire()
            }
            if !edge.holdsBack { _ = edge.release() }
            phones[number] = phone
        }
        edge.kernel.failure = nil
        _ = edge.release()
        #expect(registered > 0, "nothing has happened at all")
        #expect(edge.kernel.associations.count == 4 * (try edge.states().count))
        for _ in 0..<3 {
            edge.edge.now += .seconds(3_600)
            _ = edge.fire()
        }
        #expect(edge.kernel.associations.isEmpty)
        #expect(try edge.states().isEmpty)
        #expect(edge.kernel.complaints.isEmpty, "\(edge.kernel.complaints)")
    }
}
