import Octets
import SIP

/// Several flows of one device, RFC 5626 §6.
extension RegisterRequest {
    /// Checks `reg-id` and takes it away where it is to be ignored.
    ///
    /// - Returns: whether the response says `Require: outbound`.
    static func applyOutbound(_ message: SIPMessage, to wishes: inout [ContactWish]) throws(RegistrarFault) -> Bool {
        for index in wishes.indices where wishes[index].instanceID == nil { wishes[index].registrationID = nil }
        guard wishes.contains(where: { $0.registrationID != nil }) else { return false }
        let isSupported = message.listContains(.supported, token: "outbound")
        guard keepsFlows(message) else {
            guard !isSupported else { throw .firstHopLacksOutbound }
            for index in wishes.indices { wishes[index].registrationID = nil }
            return false
        }
        guard wishes.count(where: { $0.seconds > 0 }) < 2 else {
            throw .malformed("several contacts, one of them with reg-id (RFC 5626 §6)")
        }
        return isSupported
    }

    /// Whether the first hop has put `ob` on its Path value, the one that was added first.
    private static func keepsFlows(_ message: SIPMessage) -> Bool {
        guard let first = message.values(.path).last else { return false }
        do {
            guard case .sip(let uri) = try NameAddress(parsing: first).parsedURI() else { return false }
            return uri.isOutbound
        } catch {
            return false
        }
    }
}
