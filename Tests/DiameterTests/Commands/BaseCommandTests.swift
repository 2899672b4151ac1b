import Diameter
import Octets
import Testing

/// CER, CEA, DWR, DWA, DPR and DPA against their command code formats.
@Suite("Base commands, RFC 6733 §5.3 to §5.5")
struct BaseCommandTests {
    /// The CCFs as RFC 6733 §5.3.1, §5.3.2, §5.4.1, §5.4.2, §5.5.1 and §5.5.2 print them.
    static let formats = """
        <CER> ::= < Diameter Header: 257, REQ >
                  { Origin-Host }
                  { Origin-Realm }
               1* { Host-IP-Address }
                  { Vendor-Id }
                  { Product-Name }
                  [ Origin-State-Id ]
                * [ Supported-Vendor-Id ]
                * [ Auth-Application-Id ]
                * [ Inband-Security-Id ]
                * [ Acct-Application-Id ]
                * [ Vendor-Specific-Application-Id ]
                  [ Firmware-Revision ]
        <CEA> ::= < Diameter Header: 257 >
                  { Result-Code }
                  { Origin-Host }
                  { Origin-Realm }
               1* { Host-IP-Address }
                  { Vendor-Id }
                  { Product-Name }
                  [ Origin-State-Id ]
                  [ Error-Message ]
                * [ Supported-Vendor-Id ]
                * [ Auth-Application-Id ]
                * [ Inband-Security-Id ]
                * [ Acct-Application-Id ]
                * [ Vendor-Specific-Application-Id ]
                  [ Firmware-Revision ]
        <DWR> ::= < Diameter Header: 280, REQ >
                  { Origin-Host }
                  { Origin-Realm }
                  [ Origin-State-Id ]
        <DWA> ::= < Diameter Header: 280 >
                  { Result-Code }
                  { Origin-Host }
                  { Origin-Realm }
                  [ Error-Message ]
                  [ Origin-State-Id ]
        <DPR> ::= < Diameter Header: 282, REQ >
                  { Origin-Host }
                  { Origin-Realm }
                  { Disconnect-Cause }
        <DPA> ::= < Diameter Header: 282 >
                  { Result-Code }
                  { Origin-Host }
                  { Origin-Realm }
                  [ Error-Message ]
        """

    /// The codes of the table in §4.5.
    static let codes: [String: UInt32] = Dictionary(
        uniqueKeysWithValues: BaseDictionaryTests.table.split(separator: "\n").map { line in
            let columns = line.split(separator: "|").map { $0.filter { $0 != " " } }
            return (columns[0], UInt32(columns[1]) ?? 0)
        })

    struct Format {
        var name: String
        var command: UInt32
        var isRequest: Bool
        var required: Set<UInt32> = []
        var once: Set<UInt32> = []
        var order: [UInt32] = []
    }

    static func parse() -> [Format] {
        var parsed: [Format] = []
        for line in formats.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.contains("::=") {
                parsed.append(
                    Format(
                        name: String(words[0].dropFirst().dropLast()),
                        command: UInt32(words[5].prefix(3)) ?? 0, isRequest: line.contains("REQ")))
                continue
            }
            let code = codes[String(words[words.count - 2])] ?? 0
            parsed[parsed.count - 1].order.append(code)
            if line.contains("{") { parsed[parsed.count - 1].required.insert(code) }
            if !line.contains("*") { parsed[parsed.count - 1].once.insert(code) }
        }
        return parsed
    }

    static let origin = DiameterOrigin(host: DiameterIdentity("h.example"), realm: DiameterIdentity("example"))

    static let capabilities = Capabilities(
        origin: origin, hostAddresses: [.loopback, .v6(0, 1)], vendor: 5, productName: "ims", originStateID: 9,
        supportedVendors: [10415, 13019], authApplications: [ApplicationID(rawValue: 4)], inbandSecurity: [0],
        acctApplications: [ApplicationID(rawValue: 3)],
        vendorSpecificApplications: [
            VendorSpecificApplicationID(vendor: 10415, auth: ApplicationID(rawValue: 16_777_216))
        ], firmwareRevision: 1)

    /// Each command with every AVP that it can have.
    static func full(_ name: String) -> DiameterMessage {
        let request = DiameterMessage(bareRequest: name.hasPrefix("D") ? (name.hasPrefix("DW") ? 280 : 282) : 257)
        return switch name {
        case "CER": CapabilitiesExchangeRequest(capabilities).message()
        case "CEA":
            CapabilitiesExchangeAnswer(.success, capabilities, errorMessage: "m").message(answering: request)
        case "DWR": DeviceWatchdogRequest(origin: origin, originStateID: 9).message()
        case "DWA":
            DeviceWatchdogAnswer(origin: origin, errorMessage: "m", originStateID: 9).message(answering: request)
        case "DPR": DisconnectPeerRequest(origin: origin, cause: .busy).message()
        default: DisconnectPeerAnswer(origin: origin, errorMessage: "m").message(answering: request)
        }
    }

    static func decode(_ name: String, _ message: DiameterMessage) throws {
        switch name {
        case "CER": _ = try CapabilitiesExchangeRequest(decoding: message)
        case "CEA": _ = try CapabilitiesExchangeAnswer(decoding: message)
        case "DWR": _ = try DeviceWatchdogRequest(decoding: message)
        case "DWA": _ = try DeviceWatchdogAnswer(decoding: message)
        case "DPR": _ = try DisconnectPeerRequest(decoding: message)
        default: _ = try DisconnectPeerAnswer(decoding: message)
        }
    }

    @Test("each command has the AVPs of its format in its order, and its header")
    func order() throws {
        let formats = Self.parse()
        #expect(formats.map(\.name) == ["CER", "CEA", "DWR", "DWA", "DPR", "DPA"])
        for format in formats {
            let message = Self.full(format.name)
            var codes: [UInt32] = []
            for avp in message.avps where codes.last != avp.code { codes.append(avp.code) }
            #expect(codes == format.order, "\(format.name)")
            #expect(message.commandCode.rawValue == format.command)
            #expect(message.applicationID == .common)
            #expect(message.flags == (format.isRequest ? .request : []), "REQ and no PXY")
            try Self.decode(format.name, message)
        }
    }

    @Test("D5: without a required AVP 5005, with one twice that may stand once 5009, broken 5004 or 5014")
    func generated() throws {
        for format in Self.parse() {
            let message = Self.full(format.name)
            for code in Set(format.order) {
                func changed(_ change: (AVP) -> [[UInt8]]) throws -> DiameterMessage {
                    var octets: [UInt8] = []
                    for avp in message.avps {
                        for copy in avp.code == code ? change(avp) : [avp.octets.array] {
                            octets += copy + [UInt8](repeating: 0, count: (4 - copy.count % 4) % 4)
                        }
                    }
                    return try DiameterMessage(
                        decoding: Wire.message(
                            flags: message.flags.rawValue, command: message.commandCode.rawValue, octets))
                }
                func failure(_ message: DiameterMessage) -> DiameterDecodeFailure? {
                    do {
                        try Self.decode(format.name, message)
                        return nil
                    } catch {
                        return error as? DiameterDecodeFailure
                    }
                }
                let without = failure(try changed { _ in [] })
                #expect(
                    without?.resultCode == (format.required.contains(code) ? .missingAVP : nil),
                    "\(format.name) without \(code)")
                let twice = failure(try changed { [$0.octets.array, $0.octets.array] })
                // Error-Message is for people and not looked at closely.
                if format.once.contains(code), code != 281 {
                    #expect(twice?.resultCode == .avpOccursTooManyTimes, "\(format.name) with \(code) twice")
                }
                _ = failure(try changed { [Wire.avp($0.code, [])] })
                _ = failure(try changed { [Wire.avp($0.code, [0xFF])] })
                _ = failure(try changed { [Wire.avp($0.code, flags: 0, $0.data.array)] })
                let unflagged = failure(try changed { [Wire.avp($0.code, flags: 0, $0.data.array)] })
                #expect(unflagged == nil || !format.once.contains(code), "either M bit is accepted")
            }
        }
    }
}

extension DiameterMessage {
    /// A bare request of the base protocol.
    fileprivate init(bareRequest command: UInt32) {
        self.init(CommandCode(rawValue: command), application: .common, flags: .request)
    }
}
