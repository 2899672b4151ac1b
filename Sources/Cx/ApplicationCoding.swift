import Diameter
import Octets

/// What the commands of 3GPP's HSS interfaces have in common, TS 29.229 §6.1 and TS 29.329 §6.1: sessions without state,
/// and an application named by vendor and number.
extension DiameterMessage {
    /// A request up to its Destination-Realm.
    package static func request(
        _ command: CommandCode, of application: VendorSpecificApplicationID, session: String, origin: LocalOrigin,
        destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity?, reserving capacity: Int = 512
    ) -> DiameterMessage {
        var message = DiameterMessage(command, application: application.auth ?? .common, reserving: capacity)
        message.append(.sessionID, session)
        message.append(.vendorSpecificApplicationID, application)
        message.append(.authSessionState, .noStateMaintained)
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.destinationHost, destinationHost)
        message.append(.destinationRealm, destinationRealm)
        return message
    }

    /// An answer up to its Origin-Realm; the caller appends the rest and then the Proxy-Info.
    package func answer(
        _ result: CxResult, of application: VendorSpecificApplicationID, origin: LocalOrigin,
        reserving capacity: Int = 512
    ) -> DiameterMessage {
        var answer = bareAnswer(reserving: capacity)
        answer.append(.vendorSpecificApplicationID, application)
        switch result {
        case .base(let code):
            answer.append(.resultCode, code)
            answer.isError = code.isProtocolError
        case .experimental(let code):
            answer.append(
                .experimentalResult, ExperimentalResultCode(vendor: CxDictionary.vendor3GPP, code: code.rawValue))
        }
        answer.append(.authSessionState, .noStateMaintained)
        answer.append(.originHost, origin.host)
        answer.append(.originRealm, origin.realm)
        return answer
    }

    /// The AVPs that every request must have, and none that is mandatory and unknown.
    package func checkRequest(knowing isKnown: (AVPName) -> Bool) throws(CxDecodeFailure) {
        try checkRequired(.sessionID)
        if let session = avp(.sessionID), session.data.isEmpty { throw .invalidValue(session) }
        try checkRequired(.vendorSpecificApplicationID)
        try checkRequired(.authSessionState)
        try checkRequired(.originHost)
        try checkRequired(.originRealm)
        try checkRequired(.destinationRealm)
        _ = try checkOptional(.destinationHost)
        for avp in avps where avp.isMandatory && !isKnown(avp.name) { throw .unsupported(avp) }
    }

    /// The result of an answer. Answers made by a relay lack most of the rest, so nothing else is asked for.
    package func cxResult() throws(CxDecodeFailure) -> CxResult {
        guard let experimental = try optional(.experimentalResult), let avp = avp(.experimentalResult) else {
            return .base(try required(.resultCode))
        }
        if let base = self.avp(.resultCode) { throw .contradicting(base) }
        guard experimental.vendor == CxDictionary.vendor3GPP else { throw .invalidValue(avp) }
        return .experimental(CxExperimentalResult(rawValue: experimental.code))
    }
}

/// Names and identities: never empty.
extension AVPContainer {
    package func optionalText(_ key: AVPKey<String>) throws(CxDecodeFailure) -> String? {
        guard let text = try optional(key) else { return nil }
        if text.isEmpty, let avp = avp(key) { throw .invalidValue(avp) }
        return text
    }

    package func requiredText(_ key: AVPKey<String>) throws(CxDecodeFailure) -> String {
        guard let text = try optionalText(key) else { throw .missing(key) }
        return text
    }

    package func textList(_ key: AVPKey<String>) throws(CxDecodeFailure) -> [String] {
        let list = try list(key)
        guard list.contains("") else { return list }
        for avp in avps where avp.name == key.name && avp.data.isEmpty { throw .invalidValue(avp) }
        return list
    }
}

/// A Grouped AVP as a Swift value.
package protocol GroupedAVP: AVPValue {
    init(_ group: AVPGroup) throws(CxDecodeFailure)
}

extension GroupedAVP {
    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> Self {
        let group = try AVPGroup.decode(avp)
        do throws(CxDecodeFailure) {
            return try Self(group)
        } catch {
            throw .inside(error)
        }
    }
}
