import Diameter
import Octets

/// What all commands of Cx have in common, TS 29.229 §6.1.
extension DiameterMessage {
    /// A request up to its Destination-Realm.
    static func cxRequest(
        _ command: CommandCode, session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity?, reserving capacity: Int = 512
    ) -> DiameterMessage {
        request(
            command, of: CxDictionary.applicationAdvertised, session: session, origin: origin,
            destinationRealm: destinationRealm, destinationHost: destinationHost, reserving: capacity)
    }

    /// An answer up to its Origin-Realm; the caller appends the rest and then the Proxy-Info.
    func cxAnswer(_ result: CxResult, origin: LocalOrigin, reserving capacity: Int = 512) -> DiameterMessage {
        answer(result, of: CxDictionary.applicationAdvertised, origin: origin, reserving: capacity)
    }

    /// The AVPs that every request must have, and none that is mandatory and unknown.
    func checkCxRequest() throws(CxDecodeFailure) { try checkRequest(knowing: CxDictionary.knows) }
}
