import IMS
import Octets
import SIP

/// Which S-CSCF served whom when it was last heard of: the last resort while the HSS cannot be asked, so that registered users
/// still reach each other (row F8 of the fault model). Never asked while the HSS answers, and never about registrations.
struct KnownServers: Sendable {
    private var servers: [String] = []
    private var byIdentity: [String: UInt16] = [:]
    private let limit: Int

    /// - Parameter limit: identities; a full table begins anew.
    init(limit: Int) { self.limit = limit }

    var count: Int { byIdentity.count }

    /// All that have been heard of.
    var names: [String] { servers }

    subscript(identity: PublicIdentity) -> String? { byIdentity[identity.text].map { servers[Int($0)] } }

    mutating func learn(_ identity: PublicIdentity, at name: String) {
        var index = servers.firstIndex(of: name)
        if index == nil, servers.count < Int(UInt16.max) {
            servers.append(name)
            index = servers.count - 1
        }
        guard let index, let number = UInt16(exactly: index) else { return }
        if byIdentity.count >= limit { byIdentity.removeAll(keepingCapacity: true) }
        byIdentity[identity.text] = number
    }

    /// The 200 of a REGISTER: all identities of P-Associated-URI (RFC 7315 §4.1) are where it came from, or nowhere when no
    /// contact is left.
    mutating func learn(from response: SIPMessage, of request: SIPMessage, at name: String) {
        guard response.status?.isSuccess ?? false else { return }
        do throws(SIPSyntaxError) {
            var identities: [PublicIdentity] = []
            if let to = try request.first(To.self), let identity = PublicIdentity(try to.address.parsedURI()) {
                identities.append(identity)
            }
            for value in response.values(.pAssociatedURI) {
                guard let identity = PublicIdentity(try NameAddress(parsing: value).parsedURI()) else { continue }
                identities.append(identity)
            }
            let isRegistered = response.contains(.contact)
            for identity in identities {
                if isRegistered { learn(identity, at: name) } else { byIdentity[identity.text] = nil }
            }
        } catch {
            return  // what cannot be read is not remembered
        }
    }
}
