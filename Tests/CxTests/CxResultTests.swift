import Cx
import Diameter
import Testing

@Suite("TS 29.229 §6.2: results")
struct CxResultTests {
    @Test(
        arguments: [
            (CxResult.firstRegistration, 2001), (.subsequentRegistration, 2002), (.unregisteredService, 2003),
            (.successServerNameNotStored, 2004), (.userUnknown, 5001), (.identitiesDontMatch, 5002),
            (.identityNotRegistered, 5003), (.roamingNotAllowed, 5004), (.identityAlreadyRegistered, 5005),
            (.authSchemeNotSupported, 5006), (.inAssignmentType, 5007), (.tooMuchData, 5008),
            (.notSupportedUserData, 5009), (.featureUnsupported, 5011), (.servingNodeFeatureUnsupported, 5012),
        ] as [(CxResult, UInt32)])
    func experimental(result: CxResult, code: UInt32) throws {
        let answer = UserAuthorizationAnswer(result).message(
            answering: Sample.encode(Sample.userAuthorization), origin: Sample.origin)
        #expect(answer[.experimentalResult] == ExperimentalResultCode(vendor: 10415, code: code))
        #expect(!answer.contains(.resultCode))
        #expect(!answer.isError)
        #expect(try UserAuthorizationAnswer(decoding: answer).result == result)
        #expect(result.isSuccess == (code < 3000))
    }

    @Test func base() throws {
        let answer = UserAuthorizationAnswer(.base(.authorizationRejected)).message(
            answering: Sample.encode(Sample.userAuthorization), origin: Sample.origin)
        #expect(answer[.resultCode]?.rawValue == 5003)
        #expect(!answer.contains(.experimentalResult))
        #expect(try UserAuthorizationAnswer(decoding: answer).result == .base(.authorizationRejected))
    }

    @Test("both results, or another vendor's, are refused")
    func contradiction() throws {
        var answer = UserAuthorizationAnswer(.userUnknown).message(
            answering: Sample.encode(Sample.userAuthorization), origin: Sample.origin)
        answer.append(.resultCode, .success)
        #expect(throws: CxDecodeFailure.self) { try UserAuthorizationAnswer(decoding: answer) }
        let other = Sample.encode(Sample.userAuthorization).answer(
            experimental: ExperimentalResultCode(vendor: 9, code: 5001), origin: Sample.origin)
        #expect(throws: CxDecodeFailure.self) { try UserAuthorizationAnswer(decoding: other) }
    }
}
