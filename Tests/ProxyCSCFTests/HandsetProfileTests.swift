import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("Handset profiles: phones of one family, by what they say or the operator says")
struct HandsetProfileTests {
    private static let samsung = "SM-G975W-G975WVLS5GUD1 Samsung IMS 6.0"
    private static let pixel = "Google_Pixel8_Android 16_BP4A.260205.001"

    private func register(_ agent: String?, _ more: [String] = []) -> Request {
        Request(more: (agent.map { ["User-Agent: \($0)"] } ?? []) + more)
    }

    private func handset(_ edge: inout AccessEdge) throws -> String? {
        let actions = edge.handle(.command(Command("registrations"), CommandID(rawValue: 1)))
        guard case .reply(let report, _) = try #require(actions.first) else { return nil }
        return report["registrations"]?.list?.first?["handset"]?.text
    }

    private func sentences(_ actions: [Action<ProxyWork>]) -> [String] {
        actions.compactMap { if case .observe(let observation) = $0 { observation.message } else { nil } }
    }

    /// A profile of the operator's own that is the standard, so that every phone has it.
    private func edge(_ change: (inout HandsetProfile) -> Void) -> AccessEdge {
        AccessEdge {
            var profile = HandsetProfile("own")
            change(&profile)
            $0.handsets.add(profile)
            $0.handsets.standard = $0.handsets.index(named: "own") ?? 0
        }
    }

    @Test(
        "User-Agent names the family; case says nothing, and what fits nowhere is generic",
        arguments: [
            (samsung, "samsung"), ("SM-A515F-WI1 samsung ims 6.0", "samsung"), ("iOS/26.3 iPhone", "apple"),
            (pixel, "pixel"), ("Google_Pixel 7 Pro_Android13_TQ1A", "pixel"),
            ("Xiaomi_Mi9 Pro 5G_Android9_11", "generic"),
            ("iPhone iOS/26.3", "generic"), ("iOS/26.3 iPad", "generic"), ("linphone/5.2", "generic"), (nil, "generic"),
            (String(repeating: "a", count: 300) + "Samsung IMS", "generic"),
        ])
    func byUserAgent(_ agent: String?, _ name: String) throws {
        var edge = AccessEdge()
        try edge.register(register(agent))
        #expect(try handset(&edge) == name)
    }

    @Test(
        "* stands for anything, also nothing, as often as it stands there",
        arguments: [
            ("*", "", true), ("a*", "A", true), ("*a", "bba", true), ("a*b*c", "axxbxbc", true),
            ("a*b*c", "axxbxb", false),
            ("**a**", "a", true), ("", "a", false), ("a", "ab", false), ("*aab", "aaaaaab", true),
        ])
    func wildcards(_ pattern: String, _ agent: String, _ fits: Bool) throws {
        var edge = AccessEdge { $0.handsets.add(HandsetProfile("own", userAgents: [WildcardPattern(pattern)])) }
        try edge.register(register(agent.isEmpty ? " " : agent))
        #expect(try handset(&edge) == (fits ? "own" : "generic"))
    }

    @Test("the operator's word on identity or socket goes before the phone's own, the identity first")
    func precedence() throws {
        func name(_ adjust: (inout ProxyCSCFConfiguration) -> Void) throws -> String? {
            var edge = AccessEdge(adjust)
            try edge.register(register(Self.samsung))
            return try handset(&edge)
        }
        func place(_ name: String) -> Int { HandsetProfiles().index(named: name) ?? -1 }
        #expect(try name { $0.handsets.standard = place("apple") } == "samsung")
        #expect(try name { $0.handsets.sockets[AccessEdge.listener] = place("apple") } == "apple")
        #expect(try name { $0.handsets.sockets[ListenerID(rawValue: 1)] = place("apple") } == "samsung")
        #expect(
            try name {
                $0.handsets.sockets[AccessEdge.listener] = place("apple")
                $0.handsets.identities[OctetSlice(AccessEdge.privateIdentity)] = place("pixel")
            } == "pixel")
        // One of the operator's with the name of a built-in one takes its place.
        #expect(try name { $0.handsets.add(HandsetProfile("samsung")) } == "generic")
    }

    @Test("the log says once for each phone how it is treated, and why")
    func saidOnce() throws {
        var edge = AccessEdge()
        let said = sentences(try edge.register(register(Self.pixel)))
        #expect(said == ["the phone is treated as pixel: User-Agent \(Self.pixel) is like Google_Pixel*"])
        #expect(sentences(try edge.register(register(Self.pixel))).isEmpty)
        #expect(
            sentences(try edge.register(register("linphone/5.2")))
                == ["the phone is treated as generic: User-Agent linphone/5.2 is like none of the patterns"])
        #expect(sentences(try edge.register(register(nil))).isEmpty)
    }

    @Test("F1: the profile outlives kill -9, and is not said again")
    func kept() throws {
        var edge = AccessEdge {
            $0.clock = WallClock(nanoseconds: 1_700_000_000_000_000_000, at: .zero)
            $0.handsets.add(HandsetProfile("own", userAgents: [WildcardPattern("own*")]))
        }
        try edge.register(register("own phone"))
        edge.crash()
        #expect(try handset(&edge) == "own")
        #expect(!sentences(try edge.register(register("own phone"))).contains { $0.contains("treated") })
    }

    @Test("registrations that were stored before there were profiles are taken up")
    func formerRecords() throws {
        var edge = AccessEdge { $0.clock = WallClock(nanoseconds: 1_700_000_000_000_000_000, at: .zero) }
        try edge.register(register(Self.pixel))
        let (key, value) = try #require(edge.disk.first { $0.key.first == UInt8(ascii: "r") })
        // The name of the profile and its length are the end of the record.
        edge.disk[key] = [1] + value.dropFirst().dropLast(4 + "pixel".utf8.count)
        edge.crash()
        #expect(try edge.registrations() == 1)
        #expect(try handset(&edge) == "generic")
    }

    @Test("qop: remove takes it out of the challenge, and nothing else")
    func qualityOfProtection() throws {
        let challenge =
            "Digest realm=\"r\", nonce=\"bm9uY2U=\", algorithm=AKAv1-MD5, qop=\"auth,auth-int\", ck=\"00\", ik=\"00\""
        for (choice, parts) in [
            (HandsetProfile.QualityOfProtection.keep, ["realm", "nonce", "algorithm", "qop"]),
            (.remove, ["realm", "nonce", "algorithm"]),
        ] {
            var edge = edge { $0.qualityOfProtection = choice }
            let actions = try edge.answer(try edge.send(Request()), .unauthorized, [(.wwwAuthenticate, challenge)])
            let text = try #require(actions.response?.texts(.wwwAuthenticate).first)
            for name in ["realm", "nonce", "algorithm", "qop", "ck", "ik"] {
                #expect(text.contains("\(name)=") == parts.contains(name), "\(name) \(text)")
            }
        }
    }

    @Test("proxy-require: ignore takes off what we do not have, of a REGISTER and of a request; sec-agree never counts")
    func proxyRequire() throws {
        let wanted = ["Proxy-Require: sec-agree, gin", "Proxy-Require: foo"]
        var strict = edge { _ in }
        #expect(try strict.send(register(nil, wanted)).response?.status == .badExtension)
        var lenient = edge { $0.proxyRequirement = .ignore }
        #expect(try lenient.send(register(nil, wanted)).forwarded?.0.contains(.proxyRequire) == false)
        try lenient.register(register(nil, wanted))
        let message = Request(method: "MESSAGE", uri: "sip:bob@other.example", more: wanted)
        #expect(try lenient.send(message).forwarded?.0.contains(.proxyRequire) == false)
    }

    @Test(
        "route-mismatch and identity-mismatch of the profile go before those of all phones", arguments: [true, false])
    func policies(_ isStrict: Bool) throws {
        var edge = edge {
            $0.routeMismatch = isStrict ? .refuse : .replace
            $0.identityMismatch = isStrict ? .refuse : .default
        }
        try edge.register()
        var request = Request(
            method: "MESSAGE", uri: "sip:bob@other.example", more: ["Route: <sip:elsewhere.example;lr>"])
        #expect(try edge.send(request).response?.status == (isStrict ? .badRequest : nil))
        request.more = ["Route: \(AccessEdge.serviceRoute)"]
        request.from = "<sip:boss@\(AccessEdge.domain)>;tag=f1"
        #expect(try edge.send(request).response?.status == (isStrict ? .forbidden : nil))
    }

    @Test("RFC 6223: keep-alive of the profile is what the phone is told")
    func keepAlive() throws {
        var edge = edge { $0.keepAlive = 90 }
        var request = Request()
        request.via += ";keep"
        #expect(try edge.register(request).response?.texts(.via).first?.hasSuffix(";keep=90") == true)
        var invite = Request(method: "INVITE", uri: "sip:bob@other.example")
        invite.via += ";keep"
        #expect(try edge.answer(try edge.send(invite), .ok).response?.texts(.via).first?.hasSuffix(";keep=90") == true)
    }

    @Test("TS 24.229 §7.7: makes that are known by name have the timers of phones wherever their sockets stand")
    func timers() {
        for profile in HandsetProfile.builtIn {
            #expect(profile.timers(else: .userEquipment) == .userEquipment)
            #expect(profile.timers(else: .core) == (profile.name == "generic" ? .core : .userEquipment))
        }
    }
}

@Suite("Handset profiles: what differs in the security agreement")
struct HandsetSecurityTests {
    private func edge(_ change: (inout HandsetProfile) -> Void) -> ProtectedEdge {
        ProtectedEdge {
            var profile = HandsetProfile("own")
            change(&profile)
            $0.handsets.add(profile)
            $0.handsets.standard = $0.handsets.index(named: "own") ?? 0
        }
    }

    @Test("algorithms: the order of the profile decides", arguments: ["hmac-md5-96/null", "hmac-sha-1-96/null"])
    func algorithms(_ pair: String) throws {
        var edge = edge { $0.algorithms = SecurityAlgorithms(pair).map { [$0] } }
        var phone = ProtectedPhone()
        try edge.register(&phone)
        #expect(edge.kernel.associations.first?.algorithms.description == pair)
    }

    @Test("cross-associations: for the phones of the profile alone", arguments: [true, false])
    func crossed(_ isCrossed: Bool) throws {
        var edge = edge { $0.crossesAssociations = isCrossed }
        var phone = ProtectedPhone()
        try edge.register(&phone)
        #expect(edge.kernel.associations.count == 4)
        #expect(edge.kernel.associations.allSatisfy { ($0.otherSourcePort != nil) == isCrossed })
    }

    @Test(
        "security-verify: terms forgives what says nothing, and nothing that protects",
        arguments: [
            ("q=0.1;", "", true), ("prot=esp;mod=trans;", "", true), ("prot=esp", "prot=ah", false),
            ("ealg=aes-cbc", "ealg=null", false), ("port-s=5100", "port-s=5101", false),
        ])
    func verification(_ part: String, _ other: String, _ isForgiven: Bool) throws {
        for choice in HandsetProfile.Verification.allCases {
            var edge = edge { $0.verification = choice }
            var phone = ProtectedPhone()
            try phone.take(try #require(try edge.challenge(phone).response))
            let verify = try #require(phone.verify)
            #expect(verify.contains(part))
            phone.verify = verify.replacing(part, with: other)
            let forwarded = try edge.send(phone.second, from: phone.protected()).forwarded
            #expect((forwarded != nil) == (isForgiven && choice == .terms))
        }
    }
}
