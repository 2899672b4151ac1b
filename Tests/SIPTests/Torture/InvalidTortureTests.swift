import Octets
import SIP
import Testing

/// RFC 4475 §3.1.2, §3.3.1, §3.3.8, §3.3.9: the messages to refuse, with where and how.
@Suite("RFC 4475: messages to refuse")
struct InvalidTortureTests {
    enum Stage { case parsing, validation }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var stage: Stage
        var what: SIPSyntaxError.What
        var header: HeaderName?
        /// What the RFC asks for.
        var status: Status = .badRequest

        var testDescription: String { name }
    }

    static let requests = [
        Case(name: "badinv01", stage: .validation, what: .malformed, header: .via),  // §3.1.2.1
        Case(name: "clerr", stage: .parsing, what: .truncatedBody, header: .contentLength),  // §3.1.2.2
        Case(name: "ncl", stage: .parsing, what: .malformed, header: .contentLength),  // §3.1.2.3
        Case(name: "scalar02", stage: .validation, what: .outOfRange, header: .cseq),  // §3.1.2.4
        Case(name: "quotbal", stage: .validation, what: .malformed, header: .to),  // §3.1.2.6
        Case(name: "ltgtruri", stage: .validation, what: .uri),  // §3.1.2.7
        Case(name: "lwsruri", stage: .parsing, what: .startLine),  // §3.1.2.8
        Case(name: "lwsstart", stage: .parsing, what: .startLine),  // §3.1.2.9
        Case(name: "trws", stage: .parsing, what: .startLine),  // §3.1.2.10
        Case(name: "escruri", stage: .validation, what: .uri),  // §3.1.2.11
        Case(name: "baddate", stage: .validation, what: .malformed, header: .date),  // §3.1.2.12
        Case(name: "regbadct", stage: .validation, what: .malformed, header: .contact),  // §3.1.2.13
        Case(name: "badaspec", stage: .validation, what: .uri, header: .to),  // §3.1.2.14
        Case(name: "baddn", stage: .validation, what: .malformed, header: .from),  // §3.1.2.15
        Case(name: "badvers", stage: .parsing, what: .version, status: .versionNotSupported),  // §3.1.2.16
        Case(name: "mismatch01", stage: .validation, what: .methodMismatch, header: .cseq),  // §3.1.2.17
        Case(name: "mismatch02", stage: .validation, what: .methodMismatch, header: .cseq),  // §3.1.2.18
        Case(name: "insuf", stage: .validation, what: .missing, header: .from),  // §3.3.1
        Case(name: "multi01", stage: .validation, what: .duplicate, header: .cseq),  // §3.3.8
        Case(name: "mcl01", stage: .parsing, what: .duplicate, header: .contentLength),  // §3.3.9
    ]

    @Test("Refused with the status of the RFC", arguments: requests)
    func refused(_ expected: Case) throws {
        let octets = try TortureMessage.rfc4475(expected.name).octets
        let error: SIPSyntaxError?
        switch expected.stage {
        case .parsing: error = #expect(throws: SIPSyntaxError.self) { try SIPMessage(parsing: octets) }
        case .validation: error = try SIPMessage(parsing: octets).validateRequest(.everyKnownHeader)
        }
        let found = try #require(error)
        #expect(found.what == expected.what)
        #expect(found.header == expected.header)
        #expect(found.status == expected.status)
    }

    @Test("Enough can be read for an answer", arguments: requests.filter { $0.stage == .parsing })
    func answerable(_ expected: Case) throws {
        let octets = try TortureMessage.rfc4475(expected.name).octets
        let salvaged = try #require(SIPMessage.salvage(octets))
        let response = SIPMessage.response(.badRequest, to: salvaged, toTag: "a")
        #expect(response.validateResponse() == nil)
        #expect(response.callID == salvaged.callID)
        #expect(response.cseq == salvaged.cseq)
    }

    /// §3.1.2.12: only who looks at the date has a reason to refuse; a proxy does not.
    @Test("A proxy forwards what it does not look at", arguments: ["baddate", "regbadct"])
    func proxyDoesNotLook(_ name: String) throws {
        #expect(try TortureMessage.rfc4475(name).parsed().validateRequest(.routing) == nil)
    }

    @Test("§3.1.2.5: a response with a CSeq beyond 2³² is discarded")
    func overlargeScalarsInResponse() throws {
        let message = try TortureMessage.rfc4475("scalarlg").parsed()
        #expect(message.status == .serviceUnavailable)
        #expect(message.validateResponse()?.what == .outOfRange)
        #expect(message.validateResponse()?.header == .cseq)
        #expect(throws: SIPSyntaxError.self) { try message.first(RetryAfter.self) }
        #expect(throws: SIPSyntaxError.self) { try message.first(Warning.self) }
    }

    @Test("§3.1.2.19: a status code above 699 is dropped")
    func overlargeStatus() throws {
        let octets = try TortureMessage.rfc4475("bigcode").octets
        let error = #expect(throws: SIPSyntaxError.self) { try SIPMessage(parsing: octets) }
        #expect(error?.what == .statusCode)
        #expect(SIPMessage.salvage(octets) == nil)
    }

    @Test("§3.1.2.4: overlarge expiry counts as the largest there is")
    func overlargeExpiry() throws {
        let message = try TortureMessage.rfc4475("scalar02").parsed()
        #expect(message.maxForwards == nil)
        #expect(message.expires == nil)
        #expect(try message.first(Contact.self)?.expires == 0xFFFF_FFFF)
    }
}
