import Cx
import Diameter
import Testing

/// Rows D2, D3, D5 and D6 of the list of known failures, made from the command code formats.
@Suite("RFC 6733 §7: what is wrong with a request of Cx, Sh or Rx is answered as such")
struct BadInputTests {
    @Test("an AVP removed: 5005 when the format requires it", arguments: Sample.requests)
    func removed(sample: Sample) throws {
        try mutate(sample) { raw, index, entry, presence in
            raw.avps.remove(at: index)
            return presence == .required || presence == .oneOrMore ? 5005 : nil
        }
    }

    @Test("an AVP doubled: 5009 unless the format repeats it", arguments: Sample.requests)
    func doubled(sample: Sample) throws {
        try mutate(sample) { raw, index, entry, presence in
            raw.avps.append(raw.avps[index])
            return presence == .repeated || presence == .oneOrMore ? nil : 5009
        }
    }

    @Test("an AVP emptied: 5004 for names, 5014 for numbers, 5005 for groups", arguments: Sample.requests)
    func emptied(sample: Sample) throws {
        try mutate(sample) { raw, index, entry, _ in
            raw.avps[index].data = []
            switch entry.type {
            case "UTF8String", "DiameterIdentity": return 5004
            case "Unsigned32", "Enumerated", "Time": return 5014
            case "Grouped":
                let allOptional = [
                    "SIP-Auth-Data-Item", "Charging-Information", "Associated-Identities", "OC-Supported-Features",
                    "User-Identity",
                ]
                return allOptional.contains(entry.name) ? nil : 5005
            default: return nil
            }
        }
    }

    @Test("an AVP lengthened: 5014 for numbers and groups", arguments: Sample.requests)
    func lengthened(sample: Sample) throws {
        try mutate(sample) { raw, index, entry, _ in
            raw.avps[index].data.append(0x41)
            return ["Unsigned32", "Enumerated", "Time", "Grouped"].contains(entry.type) ? 5014 : nil
        }
    }

    @Test("M flipped: read all the same", arguments: Sample.requests)
    func mandatoryFlipped(sample: Sample) throws {
        try mutate(sample) { raw, index, _, _ in
            raw.avps[index].flags ^= 0x40
            return nil
        }
    }

    @Test("an enumeration out of range: 5004", arguments: Sample.requests, [99, 0xFFFF_FFFE] as [UInt32])
    func outOfRange(sample: Sample, value: UInt32) throws {
        try mutate(sample) { raw, index, entry, _ in
            guard entry.type == "Enumerated" else { return nil }
            raw.avps[index].data = bigEndian(value)
            return 5004
        }
    }

    @Test("a name that is not UTF-8 or has NUL in it: 5004; a very long one is read", arguments: Sample.requests)
    func names(sample: Sample) throws {
        for (data, code) in [
            (Array("a\u{0}b".utf8), 5004), ([0x61, 0xFF], 5004), ([UInt8](repeating: 0x61, count: 65_536), nil),
        ] as [([UInt8], UInt32?)] {
            try mutate(sample) { raw, index, entry, _ in
                guard entry.type == "UTF8String" else { return nil }
                raw.avps[index].data = data
                return code
            }
        }
    }

    @Test("RFC 6733 §4.1: an unknown AVP is 5001 with the M bit, passed over without", arguments: Sample.requests)
    func unknown(sample: Sample) throws {
        var raw = RawMessage(sample.message)
        raw.avps.append(RawMessage.AVP(code: 1, vendor: 99_999, flags: 0x80, data: [1]))
        #expect(try failure(sample, raw) == nil)
        raw.avps[raw.avps.count - 1].flags = 0xC0
        #expect(try failure(sample, raw)?.resultCode == .avpUnsupported)
    }

    @Test("AVPs in reverse order are read the same", arguments: Sample.requests)
    func reversed(sample: Sample) throws {
        var raw = RawMessage(sample.message)
        raw.avps.reverse()
        #expect(try failure(sample, raw) == nil)
    }

    @Test("members of groups removed, doubled, emptied, lengthened or out of range: no trap", arguments: Sample.all)
    func insideGroups(sample: Sample) throws {
        let raw = RawMessage(sample.message)
        var variants = 0
        let grouped = raw.avps.count { Specification.byKey[$0.key]?.type == "Grouped" }
        for (index, avp) in raw.avps.enumerated() where Specification.byKey[avp.key]?.type == "Grouped" {
            for data in groupVariants(avp.data) {
                var changed = raw
                changed.avps[index].data = data
                guard let code = try failure(sample, changed)?.resultCode?.rawValue else { continue }
                #expect([5004, 5005, 5009, 5014].contains(code))
                variants += 1
            }
        }
        #expect(variants > 0 || grouped == 0)
    }

    @Test("answers with an AVP removed, doubled, emptied or lengthened: no trap", arguments: Sample.answers)
    func answers(sample: Sample) throws {
        let raw = RawMessage(sample.message)
        for data in groupVariants(raw.avps.flatMap(\.octets)) {
            var changed = raw
            changed.avps = RawMessage.split(data[...])
            _ = try? changed.message()
            _ = try failure(sample, changed)
        }
        var without = raw
        without.avps.removeAll { $0.code == 268 || $0.code == 297 }
        #expect(try failure(sample, without)?.resultCode == .missingAVP)
    }

    @Test("octets changed at random: no trap", arguments: Sample.all)
    func random(sample: Sample) {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<2_000 {
            var octets = sample.message.octets
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                octets[Int((state >> 33) % UInt64(octets.count))] = UInt8(truncatingIfNeeded: state >> 24)
            }
            guard let message = try? DiameterMessage(decoding: octets) else { continue }
            do {
                _ = try sample.roundTrips(message)
            } catch {
                #expect(!error.answer(to: message, origin: Sample.origin).octets.isEmpty)
            }
        }
    }

    /// Changes each AVP in turn and checks what comes of it: the code that `change` names, nil for none.
    private func mutate(
        _ sample: Sample,
        _ change: (inout RawMessage, Int, Specification.Entry, Specification.Presence) throws -> UInt32?
    ) throws {
        let command = try #require(Specification.commands[sample.abbreviation])
        for (index, avp) in RawMessage(sample.message).avps.enumerated() {
            let entry = try #require(Specification.byKey[avp.key])
            let presence = try #require(command.members[entry.name])
            var raw = RawMessage(sample.message)
            let expected = try change(&raw, index, entry, presence)
            let failure = try failure(sample, raw)
            #expect(failure?.resultCode?.rawValue == expected, "\(sample.abbreviation) \(entry.name)")
            guard let failure else { continue }
            let answer = failure.answer(to: sample.message, origin: Sample.origin)
            let decoded = try DiameterMessage(decoding: answer.octets)
            #expect(decoded[.resultCode] == failure.resultCode)
            let failed = try #require(decoded[.failedAVP])
            #expect(!RawMessage.split(failed.array[...]).isEmpty)
            if entry.type != "Grouped" { #expect(RawMessage.split(failed.array[...])[0].key == avp.key) }
        }
    }

    private func failure(_ sample: Sample, _ raw: RawMessage) throws -> CxDecodeFailure? {
        let message = try raw.message()
        do {
            _ = try sample.roundTrips(message)
            return nil
        } catch {
            return error
        }
    }

    /// Each member of the group removed, doubled, emptied, lengthened, set to ones; groups inside likewise.
    private func groupVariants(_ data: [UInt8]) -> [[UInt8]] {
        let members = RawMessage.split(data[...])
        var variants: [[UInt8]] = []
        for index in members.indices {
            func add(_ change: (inout [RawMessage.AVP]) -> Void) {
                var changed = members
                change(&changed)
                variants.append(changed.flatMap(\.octets))
            }
            add { $0.remove(at: index) }
            add { $0.append($0[index]) }
            add { $0[index].data = [] }
            add { $0[index].data.append(0xFF) }
            add { $0[index].data = [0xFF, 0xFF, 0xFF, 0xFF] }
            if Specification.byKey[members[index].key]?.type == "Grouped" {
                for inner in groupVariants(members[index].data) { add { $0[index].data = inner } }
            }
        }
        return variants
    }
}
