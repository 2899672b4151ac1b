import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

/// A laboratory whose S-CSCF has a store: a dictionary that outlives it.
struct StoredLaboratory {
    /// 2026-01-01 at the origin of the first start's time line.
    private static let epoch: Int64 = 1_767_225_600_000_000_000

    var laboratory: Laboratory
    /// The time of day at the origin of the time line.
    private var origin = epoch
    private let adjust: (inout ServingCSCFConfiguration) -> Void
    private(set) var disk: [[UInt8]: [UInt8]] = [:]
    private(set) var writes = 0

    init(_ adjust: @escaping (inout ServingCSCFConfiguration) -> Void = { _ in }) {
        self.adjust = adjust
        laboratory = Laboratory {
            $0.clock = WallClock(nanoseconds: Self.epoch, at: .zero)
            adjust(&$0)
        }
    }

    /// Does what the store has to do, and goes on until there is nothing more.
    mutating func settle(_ actions: [ServingCSCF.Order]) -> [ServingCSCF.Order] {
        var all: [ServingCSCF.Order] = []
        for action in actions {
            guard case .perform(let records, let id) = action else {
                all.append(action)
                continue
            }
            writes += 1
            for record in records { disk[record.key] = record.value }
            all += settle(laboratory.handle(.performed(id, .written)))
        }
        return all
    }

    mutating func register(_ message: Message = Message(), profile: String = Profile.standard) throws {
        _ = settle(try laboratory.register(message, profile: profile))
    }

    /// kill -9 and a new start, some time later: the node's time line begins anew.
    mutating func crash(after span: Duration = .seconds(2)) {
        let wall = origin + laboratory.now.nanoseconds + span.wholeNanoseconds
        laboratory = Laboratory {
            $0.clock = WallClock(nanoseconds: wall, at: .zero + .seconds(5))
            adjust(&$0)
        }
        laboratory.now = .zero + .seconds(5)
        origin = wall - laboratory.now.nanoseconds
        let records = disk.map { StoredRecord(key: $0.key, value: $0.value) }
        for record in laboratory.role.restore(records) { disk[record.key] = record.value }
    }

    mutating func damage(_ key: [UInt8], _ change: (inout [UInt8]) -> Void) {
        guard var value = disk[key] else { return }
        change(&value)
        disk[key] = value
    }
}

@MainActor
@Suite("F5: registrations and subscriptions outlive kill -9")
struct StoreTests {
    @Test("The 200 leaves when the registration is written, and not before")
    func writtenFirst() throws {
        var stored = StoredLaboratory()
        let actions = try stored.laboratory.register()
        #expect(actions.shape == ["count registerSucceeded", "perform"])
        #expect(stored.settle(actions).shape == ["count registerSucceeded", "respond 200"])
        #expect(try stored.laboratory.stat("unwritten") == 0)
    }

    @Test("A store that fails delays nobody and is an error in the log")
    func failing() throws {
        var stored = StoredLaboratory()
        let actions = try stored.laboratory.register()
        guard case .perform(_, let id)? = actions.last else {
            Issue.record("nothing is written")
            return
        }
        let after = stored.laboratory.handle(.performed(id, .failed("the disk is full")))
        #expect(after.shape == ["observe error", "respond 200"])
    }

    @Test("After a crash everything is as it was: contacts, path, profile, times")
    func registration() throws {
        var stored = StoredLaboratory()
        var message = Message()
        message.path = "<sip:token@pcscf.ims.example:5060;lr;ob>"
        message.contacts = [
            "<sip:a@10.0.0.1:5060;ob>;q=0.5;+sip.instance=\"<urn:gsma:imei:35-1>\";reg-id=2"
        ]
        try stored.register(message, profile: Profile.withServer)
        message = Message()
        message.callID = "call-2"
        message.contacts = ["<sip:b@[2001:db8::1]>"]
        message.authorization = .response(.one)
        message.protection = "yes"
        _ = stored.settle(try stored.laboratory.send(message))
        stored.laboratory.now += .seconds(100)
        let before = try stored.laboratory.command("registration", ["identity": "tel:+15550001"])
        stored.crash(after: .zero)
        #expect(try stored.laboratory.command("registration", ["identity": "tel:+15550001"]) == before)
        #expect(try stored.laboratory.stat("contacts") == 2)
        #expect(try stored.laboratory.stat("profiles") == 1)
        stored.crash(after: .seconds(3))
        let after = try stored.laboratory.command("registration", ["identity": Laboratory.privateIdentity])
        #expect(after["contacts"]?.list?.compactMap { $0["expires"]?.integer } == [497, 497])
    }

    @Test("A refresh after the crash needs no new challenge, and the registration runs out when it was to")
    func refreshAndExpiry() throws {
        var stored = StoredLaboratory()
        try stored.register()
        stored.crash(after: .seconds(10))
        var refresh = Message()
        refresh.cseq = 3
        refresh.authorization = .response(.one)
        refresh.protection = "yes"
        #expect(stored.settle(try stored.laboratory.send(refresh)).response?.status == .ok)
        stored.crash(after: .seconds(10))
        #expect(!stored.laboratory.wait(.seconds(589)).shape.contains("count registrationExpired"))
        let expired = stored.settle(stored.laboratory.wait(.seconds(1)))
        #expect(expired.shape.contains("ask SAR timeoutDeregistration"))
        stored.crash()
        #expect(try stored.laboratory.stat("registrations") == 0)
    }

    @Test("One that ran out while nobody was there ends at once, and the HSS is told")
    func expiredMeanwhile() throws {
        var stored = StoredLaboratory()
        try stored.register()
        stored.crash(after: .seconds(1000))
        #expect(stored.laboratory.wait(.zero).shape.contains("ask SAR timeoutDeregistration"))
    }

    @Test("Who has left is gone from the store, and his profile with the last who had it")
    func left() throws {
        var stored = StoredLaboratory()
        try stored.register(profile: Profile.withServer)
        #expect(Set(stored.disk.keys.compactMap(\.first)) == Set("rs".utf8))
        var leave = Message()
        leave.cseq = 3
        leave.expires = 0
        leave.authorization = .response(.one)
        leave.protection = "yes"
        let asked = try stored.laboratory.send(leave)
        _ = stored.settle(try stored.laboratory.answer(asked, result: .success))
        #expect(Set(stored.disk.keys.compactMap(\.first)) == Set("s".utf8))
        stored.crash()
        #expect(stored.disk.isEmpty)
    }

    @Test("A subscription goes on in its dialog: refresh, news, CSeq and version grow")
    func subscription() throws {
        var stored = StoredLaboratory()
        try stored.register()
        var subscribe = Subscribe()
        let first = stored.settle(try stored.laboratory.send(subscribe))
        #expect(first.response?.status == .ok)
        let notify = try #require(first.requests.first).message
        stored.crash()
        #expect(try stored.laboratory.stat("watchers") == 1)
        var refresh = Message()
        refresh.cseq = 3
        refresh.authorization = .response(.one)
        refresh.protection = "yes"
        let news = try #require(stored.settle(try stored.laboratory.send(refresh)).requests.first).message
        #expect(news.texts(.callID) == notify.texts(.callID))
        #expect(news.texts(.from) == notify.texts(.from))
        #expect(news.texts(.to) == notify.texts(.to))
        #expect(news.texts(.route) == notify.texts(.route))
        #expect(news.requestURI == notify.requestURI)
        #expect(try #require(news.cseq).number > #require(notify.cseq).number)
        let information = try RegistrationInformation(news)
        #expect(information.state == "full")
        #expect(try #require(Int(information.version)) > 0)
        subscribe.toTag = try #require(first.response?.toTag).string
        subscribe.cseq = 1
        #expect(
            stored.settle(try stored.laboratory.send(subscribe)).response?.status == .serverInternalError,
            "its CSeq was used before the crash")
        subscribe.cseq = 2
        subscribe.expires = 0
        #expect(stored.settle(try stored.laboratory.send(subscribe)).response?.status == .ok)
        #expect(!stored.disk.keys.contains { $0.first == UInt8(ascii: "w") })
    }

    @Test("A record cut short or scrambled is passed over; the others are taken up")
    func damaged() throws {
        var stored = StoredLaboratory()
        try stored.register()
        var other = Message()
        other.to = "<sip:other@\(Laboratory.domain)>"
        other.callID = "call-2"
        try stored.register(other, profile: Profile.profile([("sip:other@\(Laboratory.domain)", false)]))
        let whole = stored
        let key = try #require(stored.disk.keys.first { $0.first == UInt8(ascii: "r") })
        let length = try #require(stored.disk[key]).count
        for end in 0..<length {
            stored = whole
            stored.damage(key) { $0.removeSubrange(end...) }
            stored.crash()
            #expect(try stored.laboratory.stat("registrations") == 1)
        }
        for index in 0..<length {
            stored = whole
            stored.damage(key) { $0[index] = ~$0[index] }
            stored.crash()
            #expect(try stored.laboratory.stat("registrations") >= 1)
        }
    }

    @Test("2,000 users are taken up within two seconds, even by a build for debugging")
    func many() throws {
        var stored = StoredLaboratory()
        for number in 1...2_000 {
            let user = "sip:00101\(1_000_000_000 + number)@\(Laboratory.domain)"
            var message = Message()
            message.to = "<\(user)>"
            message.callID = "call-\(number)"
            try stored.register(
                message, profile: Profile.profile([(user, true), ("tel:+1555\(1_000_000 + number)", false)]))
        }
        let began = ContinuousClock.now
        stored.crash()
        let took = ContinuousClock.now - began
        #expect(try stored.laboratory.stat("registrations") == 2_000)
        #expect(try stored.laboratory.stat("profiles") == 1)
        #expect(took < .seconds(2), "\(took)")
    }
}
