import Diameter
import Testing

@Suite("Result-Code, RFC 6733 §7.1")
struct ResultCodeTests {
    /// The codes that §7.1.1 to §7.1.5 define, without their prefix DIAMETER_.
    static let defined = """
        1001 MULTI_ROUND_AUTH
        2001 SUCCESS
        2002 LIMITED_SUCCESS
        3001 COMMAND_UNSUPPORTED
        3002 UNABLE_TO_DELIVER
        3003 REALM_NOT_SERVED
        3004 TOO_BUSY
        3005 LOOP_DETECTED
        3006 REDIRECT_INDICATION
        3007 APPLICATION_UNSUPPORTED
        3008 INVALID_HDR_BITS
        3009 INVALID_AVP_BITS
        3010 UNKNOWN_PEER
        4001 AUTHENTICATION_REJECTED
        4002 OUT_OF_SPACE
        4003 ELECTION_LOST
        5001 AVP_UNSUPPORTED
        5002 UNKNOWN_SESSION_ID
        5003 AUTHORIZATION_REJECTED
        5004 INVALID_AVP_VALUE
        5005 MISSING_AVP
        5006 RESOURCES_EXCEEDED
        5007 CONTRADICTING_AVPS
        5008 AVP_NOT_ALLOWED
        5009 AVP_OCCURS_TOO_MANY_TIMES
        5010 NO_COMMON_APPLICATION
        5011 UNSUPPORTED_VERSION
        5012 UNABLE_TO_COMPLY
        5013 INVALID_BIT_IN_HEADER
        5014 INVALID_AVP_LENGTH
        5015 INVALID_MESSAGE_LENGTH
        5016 INVALID_AVP_BIT_COMBO
        5017 NO_COMMON_SECURITY
        """

    @Test(
        "every code is shown with its number and name", arguments: Self.defined.split(separator: "\n").map(String.init))
    func names(line: String) throws {
        let number = try #require(UInt32(line.prefix(4)))
        #expect(ResultCode(rawValue: number).description == line)
    }

    @Test("a code nobody has defined is shown by its number")
    func unknown() {
        #expect(ResultCode(rawValue: 5999).description == "5999")
    }

    @Test("3xxx are protocol errors, 2xxx successes")
    func classes() {
        #expect(ResultCode.unknownPeer.isProtocolError)
        #expect(!ResultCode.unableToComply.isProtocolError)
        #expect(ResultCode.limitedSuccess.isSuccess)
        #expect(ExperimentalResultCode(vendor: 10415, code: 2001).isSuccess)
    }
}
