import Cx
import Diameter
import Rx
import Sh
import Testing

@Suite("TS 29.229 §6.1 and §6.3, TS 29.329 §6, TS 29.214 §5: commands and AVPs as the tables have them")
struct CommandFormatTests {
    @Test("§6.1: header", arguments: Sample.all)
    func header(sample: Sample) throws {
        let command = try #require(Specification.commands[sample.abbreviation])
        #expect(sample.message.commandCode.rawValue == command.code)
        #expect(sample.message.applicationID.rawValue == command.application)
        #expect(sample.message.flags == (command.isRequest ? [.request, .proxiable] : [.proxiable]))
    }

    @Test("§6.1: every AVP of the command code format is sent, and no other", arguments: Sample.all)
    func members(sample: Sample) throws {
        let command = try #require(Specification.commands[sample.abbreviation])
        let names = RawMessage(sample.message).avps.compactMap { Specification.byKey[$0.key]?.name }
        #expect(names.count == RawMessage(sample.message).avps.count)
        #expect(names.first == "Session-Id")
        var missing = Set(command.members.keys).subtracting(names)
        missing.subtract(["Proxy-Info", "Route-Record", "Failed-AVP", "Result-Code", "Experimental-Result"])
        #expect(missing.isEmpty)
        #expect(Set(names).subtracting(command.members.keys).isEmpty)
        for (name, presence) in command.members where presence == .required || presence == .optional {
            #expect(names.count { $0 == name } <= 1)
        }
        if !command.isRequest {
            #expect(names.count { $0 == "Result-Code" || $0 == "Experimental-Result" } == 1)
        }
    }

    @Test("§6.3: flags, down to the AVPs inside groups", arguments: Sample.all)
    func flags(sample: Sample) throws {
        try check(RawMessage(sample.message).avps)
    }

    private func check(_ avps: [RawMessage.AVP]) throws {
        for avp in avps {
            if avp.code == 298 { continue }  // Experimental-Result-Code, RFC 6733 §7.7.
            if avp.code == 258 { continue }  // Auth-Application-Id, RFC 6733 §6.8.
            let entry = try #require(Specification.byKey[avp.key], "AVP \(avp.code) of vendor \(avp.vendor)")
            #expect((avp.flags & 0x80 != 0) == entry.flags.contains("V"), "\(entry.name)")
            #expect((avp.flags & 0x40 != 0) == entry.flags.contains("M"), "\(entry.name)")
            #expect(avp.flags & 0x3F == 0)
            if entry.type == "Grouped" { try check(RawMessage.split(avp.data[...])) }
        }
    }

    @Test("what is sent is read back the same", arguments: Sample.all)
    func roundTrip(sample: Sample) throws {
        let received = try DiameterMessage(decoding: sample.message.octets)
        #expect(try sample.roundTrips(received))
    }

    @Test("§6.3: the dictionary knows the AVPs of the table, 627 is not one of them")
    func dictionary() {
        for entry in Specification.entries where !(100...200).contains(entry.key.code) {
            let name = AVPName(code: entry.key.code, vendor: entry.key.vendor)
            #expect(CxDictionary.knows(name) || ShDictionary.knows(name) || RxDictionary.knows(name), "\(entry.name)")
        }
        #expect(!CxDictionary.knows(AVPName(code: 627, vendor: 10415)))
        #expect(!CxDictionary.knows(AVPName(code: 601)))
        #expect(!CxDictionary.knows(AVPName(code: 700, vendor: 10415)))
        #expect(!ShDictionary.knows(AVPName(code: 517, vendor: 10415)))
        #expect(!RxDictionary.knows(AVPName(code: 700, vendor: 10415)))
    }

    @Test("RFC 6733 §4.1: octets of a Public-Identity")
    func octets() throws {
        let avp = try #require(RawMessage(Sample.encode(Sample.locationInfo)).avps.first { $0.code == 601 })
        #expect(
            avp.octets == [0, 0, 2, 0x59, 0xC0, 0, 0, 29, 0, 0, 0x28, 0xAF] + Array("sip:a@example.org".utf8)
                + [0, 0, 0])
    }

    @Test("an answer takes over Session-Id, identifiers and Proxy-Info; 3xxx sets the E bit")
    func answering() throws {
        var raw = RawMessage(Sample.encode(Sample.userAuthorization))
        raw.header.replaceSubrange(12..<20, with: [1, 2, 3, 4, 5, 6, 7, 8])
        raw.avps.append(
            RawMessage.AVP(
                code: 284, vendor: 0, flags: 0x40,
                data: RawMessage.AVP(code: 280, vendor: 0, flags: 0x40, data: Array("proxy".utf8)).octets
                    + RawMessage.AVP(code: 33, vendor: 0, flags: 0x40, data: [9]).octets))
        let request = try raw.message()
        let answer = UserAuthorizationAnswer(.base(.tooBusy)).message(answering: request, origin: Sample.origin)
        #expect(answer.hopByHop.rawValue == 0x0102_0304)
        #expect(answer.endToEnd.rawValue == 0x0506_0708)
        #expect(answer.flags == [.proxiable, .error])
        #expect(answer[.sessionID] == Sample.session)
        #expect(answer.contains(.proxyInfo))
        #expect(answer[.resultCode] == .tooBusy)
    }
}
