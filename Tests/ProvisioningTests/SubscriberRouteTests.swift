import HomeSubscriberServer
import IMS
import Provisioning
import SubscriberStore
import Testing

@Suite("Provisioning: subscribers")
struct SubscriberRouteTests {
    @Test("what is read can be put back, and changes nothing")
    func fixedPoint() throws {
        let desk = try Desk()
        let added = try desk.perform(.put, "/v1/subscribers/001010000000001", Desk.sim())
        #expect(added.status == 201)
        #expect(added.body?.text("result") == "added")
        #expect(added.location == ["v1", "subscribers", "001010000000001"])
        let read = try desk.perform(.get, "/v1/subscribers/+15550001")
        #expect(read.status == 200)
        #expect(read.entityTag == added.entityTag)
        let again = try desk.perform(.put, "/v1/subscribers/001010000000001", read.body)
        #expect(again.status == 200)
        #expect(again.body?.text("result") == "unchanged")
    }

    @Test("a private identity without its secret keeps the one that it has")
    func keepsSecrets() throws {
        let desk = try Desk()
        _ = try desk.perform(.post, "/v1/subscribers", Desk.sim())
        _ = try desk.perform(
            .patch, "/v1/subscribers/001010000000001",
            ["identities": [["identity": "tel:+15550002", "service-profile": "default"]]])
        let store = try SubscriberStore(path: desk.folder + "/hss.sqlite", options: .init(creates: false))
        let subscription = try #require(try store.find("001010000000001"))
        #expect(subscription.publicIdentities.map(\.identity.text) == ["tel:+15550002"])
        let secrets = try #require(subscription.privateIdentities[0].secrets)
        #expect(secrets.revealedOctets == Array(hex: Desk.key + Desk.opc))
    }

    @Test("a digest keeps its HA1, but not under another realm")
    func keepsDigest() throws {
        let desk = try Desk()
        let alice: Report = [
            "impi": "alice@example.org", "digest": ["password": "secret"], "identities": ["sip:alice@example.org"],
        ]
        #expect(try desk.perform(.post, "/v1/subscribers", alice).status == 201)
        let path = "/v1/subscribers/alice@example.org/private-identities/alice@example.org"
        #expect(try desk.perform(.patch, path, ["sets": [0]]).body?.text("result") == "unchanged")
        let moved = try desk.perform(.patch, path, ["digest": ["realm": "example.net"]])
        #expect(moved.status == 422)
        #expect(moved.body?["errors"]?.list?.first?.text("place") == "private-identities[0].digest.realm")
        #expect(
            try desk.perform(.patch, path, ["digest": ["realm": "example.net", "password": "x"]]).body?.text("result")
                == "changed")
    }

    @Test("nobody without a secret is added")
    func needsSecret() throws {
        let answer = try Desk().perform(
            .post, "/v1/subscribers", ["impi": "alice@example.org", "identities": ["sip:alice@example.org"]])
        #expect(answer.status == 422)
        #expect(answer.body?.text("code") == "INVALID")
    }

    @Test("If-Match guards against what somebody else did, If-None-Match against what is there")
    func conditions() throws {
        let desk = try Desk()
        let path = "/v1/subscribers/001010000000001"
        #expect(try desk.perform(.put, path, Desk.sim(), ifMatch: "*").status == 412)
        let tag = try #require(try desk.perform(.put, path, Desk.sim(), ifNoneMatch: "*").entityTag)
        #expect(try desk.perform(.put, path, Desk.sim(), ifNoneMatch: "*").status == 412)
        #expect(try desk.perform(.get, path, ifNoneMatch: tag).status == 304)
        #expect(try desk.perform(.patch, path, ["charging": .null], ifMatch: tag).status == 200)
        _ = try desk.perform(.patch, path, ["identities": ["tel:+15550001"]])
        #expect(try desk.perform(.delete, path, ifMatch: tag).body?.text("code") == "CHANGED_MEANWHILE")
        #expect(try desk.perform(.delete, path, ifMatch: "*").status == 204)
        #expect(try desk.perform(.delete, path).status == 404)
    }

    @Test("the body has to be about whom the path names")
    func otherSubscriber() throws {
        let answer = try Desk().perform(.put, "/v1/subscribers/001010000000002", Desk.sim())
        #expect(answer.status == 422)
        #expect(answer.body?.text("detail")?.contains("001010000000002") == true)
    }

    @Test("pages of a range, IMSI and MSISDN counted up")
    func pages() throws {
        let desk = try Desk()
        #expect(try desk.perform(.post, "/v1/subscribers?count=25", Desk.sim()).status == 201)
        var names: [String] = []
        var after: Int? = 0
        while let start = after {
            let page = try #require(try desk.perform(.get, "/v1/subscribers?limit=10&after=\(start)").body)
            #expect(page["total"] == 25)
            names += page["subscribers"]?.list?.compactMap { $0.text("msisdn") } ?? []
            after = page["next"]?.integer
        }
        #expect(names == (1...25).map { "\(15_550_000 + $0)" })
    }

    @Test("barring of a subscriber spares the identity that is only to register with")
    func barring() throws {
        let desk = try Desk()
        _ = try desk.perform(.post, "/v1/subscribers", Desk.sim())
        let derived = "sip:001010000000001@\(Desk.domain)"
        func barred() throws -> [String] {
            let declared = try desk.perform(.get, "/v1/subscribers/001010000000001").body
            return declared?["identities"]?.list?.filter { $0["barred"] == true }.compactMap { $0.text("identity") }
                ?? []
        }
        #expect(try barred() == [derived])
        let all = try desk.perform(.post, "/v1/subscribers/001010000000001/bar")
        #expect(all.body?["identities"]?.list?.count == 2)
        #expect(try barred().count == 3)
        #expect(try desk.perform(.post, "/v1/subscribers/001010000000001/unbar").status == 200)
        #expect(try barred() == [derived])
        _ = try desk.perform(.post, "/v1/subscribers/tel:+15550001/bar")
        #expect(try barred() == ["tel:+15550001", derived])
        #expect(
            try desk.perform(.post, "/v1/subscribers/tel:+15550001/bar").body?["identities"] == [])
    }

    @Test("TS 33.102 Annex C: a SQN goes forward, backward only by force")
    func sequenceNumber() throws {
        let desk = try Desk()
        _ = try desk.perform(.post, "/v1/subscribers", Desk.sim())
        let user = "001010000000001@\(Desk.domain)"
        let path = "/v1/subscribers/001010000000001/private-identities/\(user)/sqn"
        #expect(
            try desk.perform(.put, path, ["sqn": "0000000000ff"]).body
                == ["sqn": "0000000000ff", "before": "000000000000"])
        #expect(try desk.perform(.put, path, ["sqn": "0000000000fe"]).status == 422)
        #expect(try desk.perform(.get, path).body?.text("sqn") == "0000000000ff")
        #expect(try desk.perform(.put, path, ["sqn": "0000000000fe", "force": true]).status == 200)
        #expect(try desk.perform(.put, path, ["sqn": "x"]).body?["errors"]?.list?.first?.text("place") == "sqn")
    }

    @Test("identities one by one; their sets follow")
    func identities() throws {
        let desk = try Desk()
        _ = try desk.perform(.post, "/v1/subscribers", Desk.sim())
        let all = "/v1/subscribers/001010000000001"
        #expect(
            try desk.perform(.put, all + "/public-identities/tel:+15550009", ["set": 3, "name": "Office"]).status == 200
        )
        let users = try desk.perform(.get, all + "/private-identities").body?["private-identities"]?.list
        #expect(users?.first?["sets"] == [0, 3])
        #expect(try desk.perform(.delete, all + "/public-identities/tel:+15550009").status == 200)
        #expect(
            try desk.perform(.get, all + "/private-identities").body?["private-identities"]?.list?.first?["sets"] == [0]
        )
        #expect(try desk.perform(.get, all + "/public-identities/tel:+15550009").status == 404)
        let user = "001010000000001@\(Desk.domain)"
        #expect(try desk.perform(.delete, all + "/private-identities/\(user)").body?.text("code") == "IN_USE")
    }

    @Test("a kick of somebody whom no S-CSCF holds is told so")
    func idleKick() throws {
        let desk = try Desk()
        _ = try desk.perform(.post, "/v1/subscribers", Desk.sim())
        let answer = try desk.perform(.post, "/v1/subscribers/001010000000001/kick")
        #expect(answer.body?.text("code") == "NOTHING_TO_DO")
        #expect(
            try desk.perform(.post, "/v1/subscribers/001010000000001/kick", ["reason": "whim"]).status == 422)
    }

    @Test("A20: no answer holds a key, an OPc or an HA1")
    func secretsStay() throws {
        let desk = try Desk()
        let ha1 = "0123456789abcdef0123456789abcdef"
        _ = try desk.perform(.post, "/v1/subscribers", Desk.sim())
        _ = try desk.perform(
            .post, "/v1/subscribers",
            [
                "impi": "bob@example.org", "digest": ["ha1": .text(ha1)], "identities": ["sip:bob@example.org"],
            ])
        for name in ["001010000000001", "bob@example.org"] {
            for rest in ["", "/state", "/private-identities", "/public-identities"] {
                let text = try #require(try desk.perform(.get, "/v1/subscribers/\(name)\(rest)").body).json
                for secret in [Desk.key, Desk.opc, ha1] { #expect(!text.contains(secret)) }
            }
        }
        let refused = try desk.perform(
            .post, "/v1/subscribers", ["imsi": "001010000000002", "k": .text(Desk.key + "00"), "opc": .text(Desk.opc)])
        #expect(refused.status == 422)
        #expect(refused.body?.json.contains(Desk.key) == false)
    }

    @Test("who did it stands in the audit trail")
    func audit() throws {
        let desk = try Desk()
        _ = try desk.perform(.post, "/v1/subscribers", Desk.sim())
        let entry = try #require(try desk.perform(.get, "/v1/audit").body?["entries"]?.list?.last)
        #expect(entry.text("actor") == "test")
        #expect(entry.text("action") == "add subscriber")
        #expect(entry.text("object") == "001010000000001")
    }
}

extension [UInt8] {
    fileprivate init?(hex text: String) {
        self = []
        var rest = text[...]
        while !rest.isEmpty {
            guard let octet = UInt8(rest.prefix(2), radix: 16) else { return nil }
            append(octet)
            rest = rest.dropFirst(2)
        }
    }
}
