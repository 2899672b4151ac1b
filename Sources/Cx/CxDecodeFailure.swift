import Diameter
import Octets

/// Why a Cx message cannot be used. It knows its Result-Code (5001, 5004, 5005, 5009, 5014) and Failed-AVP.
package typealias CxDecodeFailure = DiameterDecodeFailure

extension DiameterDecodeFailure {
    /// What a node of Cx, or of an application made like it, answers to a request that does not decode, RFC 6733 §7.5.
    package func answer(
        to request: DiameterMessage, of application: VendorSpecificApplicationID = CxDictionary.applicationAdvertised,
        origin: LocalOrigin
    ) -> DiameterMessage {
        var answer = request.answer(.base(resultCode ?? .unableToComply), of: application, origin: origin)
        answer.append(.errorMessage, description)
        if !failedAVP.isEmpty { answer.append(.failedAVP, OctetSlice(failedAVP)) }
        answer.appendProxyInfo(from: request)
        return answer
    }
}
