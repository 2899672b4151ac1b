import IMS
import Octets
import SIP

/// The way of requests that leave us: by the table of hosts, else by the domain name system (RFC 3263).
extension ServingCSCF {
    /// Sends a request to where a URI leads, in a client transaction.
    ///
    /// - Returns: false when the URI leads nowhere; nothing was sent then.
    func send(
        _ request: SIPMessage, toward uri: OctetSlice, as client: ClientTransactionID, into actions: inout [Order]
    ) -> Bool {
        do {
            guard case .sip(let target) = try URI(parsing: uri) else { return false }
            actions.append(try order(request, toward: target, as: client))
            return true
        } catch {
            return false
        }
    }

    private func order(
        _ request: SIPMessage, toward target: SIPURI, as client: ClientTransactionID
    ) throws(LocationFailure) -> Order {
        do throws(LocationFailure) {
            return .forward(request, to: try configuration.locator.locate(target), client)
        } catch .unknownHost where configuration.usesDNS {
            return .send(request, toward: try LocationQuestion(target), client)
        }
    }
}
