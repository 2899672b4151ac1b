import Cx
import Diameter
import Octets
import Rf
import Testing

@Suite("RFC 6733 §9.7: Rf, accounting of the IMS")
struct AccountingTests {
    static let origin = DiameterOrigin(host: "scscf.ims.example", realm: "ims.example")

    private func request() -> AccountingRequest {
        var information = IMSInformation(node: .scscf)
        information.method = "INVITE"
        information.role = .terminating
        information.callID = "c1@10.0.0.1"
        information.callingParties = ["sip:alice@ims.example", "tel:+15550001"]
        information.calledParty = "sip:bob@ims.example"
        information.requestedAt = DiameterTime(secondsSince1970: 1_700_000_000)
        information.answeredAt = DiameterTime(secondsSince1970: 1_700_000_007)
        information.originatingOperator = "ims.example"
        information.chargingIdentifier = "icid1"
        information.media = ["audio 49170 RTP/AVP 0"]
        information.cause = 0
        return AccountingRequest(
            session: "scscf.ims.example;1;2", type: .stop, number: 1, userName: "alice@ims.example",
            timestamp: DiameterTime(secondsSince1970: 1_700_000_060), information: information)
    }

    @Test("§9.7.1: an ACR has command 271, application 3, and the AVPs that must be there, in their codes")
    func layout() throws {
        let message = request().message(origin: Self.origin, destinationRealm: DiameterIdentity("cdf.example"))
        let octets = message.octets
        #expect(Array(octets[4..<12]) == [0xC0, 0, 1, 15, 0, 0, 0, 3])
        // Accounting-Record-Type (480) STOP_RECORD (4) and Accounting-Record-Number (485) 1, both with the M bit.
        #expect(octets.contains([0, 0, 1, 0xE0, 0x40, 0, 0, 12, 0, 0, 0, 4]))
        #expect(octets.contains([0, 0, 1, 0xE5, 0x40, 0, 0, 12, 0, 0, 0, 1]))
        // Event-Timestamp (55): 1,700,000,060 is 0xE8FE6FBC seconds after 1900.
        #expect(octets.contains([0, 0, 0, 55, 0x40, 0, 0, 12, 0xE8, 0xFE, 0x6F, 0xBC]))
        // Node-Functionality (862) of vendor 10415: 0, S-CSCF. Role-Of-Node (829): 1, terminating.
        #expect(octets.contains([0, 0, 3, 0x5E, 0xC0, 0, 0, 16, 0, 0, 0x28, 0xAF, 0, 0, 0, 0]))
        #expect(octets.contains([0, 0, 3, 0x3D, 0xC0, 0, 0, 16, 0, 0, 0x28, 0xAF, 0, 0, 0, 1]))
    }

    @Test("what is written is read back")
    func roundTrip() throws {
        let message = request().message(origin: Self.origin, destinationRealm: DiameterIdentity("cdf.example"))
        #expect(try AccountingRequest(decoding: DiameterMessage(decoding: message.octets)) == request())
    }

    @Test("without its record type or its information it is refused", arguments: [UInt32(480), 485, 873])
    func incomplete(code: UInt32) throws {
        let whole = request().message(origin: Self.origin, destinationRealm: DiameterIdentity("cdf.example"))
        var cut = DiameterMessage(.accounting, application: RfDictionary.application)
        for avp in whole.avps where avp.name.code != code { cut.append(avp) }
        #expect(throws: DiameterDecodeFailure.self) { try AccountingRequest(decoding: cut) }
    }

    @Test("§9.7.2: an ACA repeats type, number and application")
    func answer() throws {
        let message = request().message(origin: Self.origin, destinationRealm: DiameterIdentity("cdf.example"))
        let answer = AccountingAnswer(.base(.success)).message(
            answering: message, origin: DiameterOrigin(host: "cdf.cdf.example", realm: "cdf.example"))
        #expect(try AccountingAnswer(decoding: answer).result == .base(.success))
        #expect(try answer.required(.rfRecordType) == .stop)
        #expect(try answer.required(.rfRecordNumber) == 1)
        #expect(try answer.required(.acctApplicationID) == RfDictionary.application)
    }
}
