import Diameter
import IMS
import Octets
import SIP

/// The least that two phones need between them: a stateless proxy (RFC 3261 §16.11) that takes every registration
/// unasked, stays in the route of dialogs and knows phones by the user part of their Contacts.
package final class Switchboard: SimulatedNode {
    package var index = 0
    package var isUp = true
    package var armed: Instant?
    package let identity: DiameterIdentity? = nil
    package let listeners: [ListenerID: Endpoint]
    package let nextDeadline: Instant? = nil
    /// What passed, as `INVITE`, `180`, `200 INVITE`, in order.
    package private(set) var passed: [String] = []
    /// Changes a message on its way, or lets it vanish.
    package var tamper: (SIPMessage) -> SIPMessage? = { $0 }

    private static let listener = ListenerID(rawValue: 0)
    private let own: Endpoint
    private var contacts: [OctetSlice: Endpoint] = [:]

    package init(at endpoint: Endpoint) {
        own = endpoint
        listeners = [Self.listener: endpoint]
    }

    package var address: Endpoint { own }

    package func receive(datagram: [UInt8], from hop: Hop, at now: Instant) -> [SimulatedEffect] {
        do {
            let message = try SIPMessage(parsing: datagram)
            guard let next = tamper(message) else { return [] }
            if next.isRequest { return try pass(request: next, from: hop) }
            passed.append(
                next.method == .invite
                    ? "\(next.status?.rawValue ?? 0)" : "\(next.status?.rawValue ?? 0) \(next.method)")
            return pass(response: next)
        } catch {
            return []
        }
    }

    private func pass(request: SIPMessage, from hop: Hop) throws -> [SimulatedEffect] {
        passed.append(request.method.text)
        if request.method == .register { return [register(request, from: hop)] }
        var request = request
        while request.contains(.route) { request.removeFirstValue(.route) }
        request.remove(.pPreferredIdentity)
        request.remove(.pAccessNetworkInfo)
        if request.toTag == nil, request.method != .cancel, let from = try request.first(From.self) {
            request.append(.pAssertedIdentity, "<\(from.address.uri)>")
            request.append(.pCalledPartyID, "<\(request.requestURI)>")
        }
        guard case .sip(let uri) = try request.parsedRequestURI(), let user = uri.user, let contact = contacts[user]
        else {
            if request.method == .ack { return [] }
            return [.datagram(SIPMessage.response(.notFound, to: request, toTag: "sw").serialized(), to: hop)]
        }
        if request.toTag == nil { request.setRequestURI("sip:\(user)@\(contact)") }
        if request.method == .invite { request.prepend(.recordRoute, "<sip:\(own);lr>") }
        // The same request again, its CANCEL and its ACK get the same branch.
        let branch = try request.first(Via.self)?.branch?.string ?? ""
        request.prepend(.via, "SIP/2.0/UDP \(own);branch=z9hG4bK-sw\(branch)")
        return [.datagram(request.serialized(), to: Hop(.udp, Self.listener, contact))]
    }

    private func pass(response: SIPMessage) -> [SimulatedEffect] {
        var response = response
        response.removeFirstValue(.via)
        do {
            guard let via = try response.first(Via.self), let host = IPAddress(via.host) else { return [] }
            let hop = Hop(.udp, Self.listener, Endpoint(host, via.port ?? 5060))
            return [.datagram(response.serialized(), to: hop)]
        } catch {
            return []
        }
    }

    private func register(_ request: SIPMessage, from hop: Hop) -> SimulatedEffect {
        var response = SIPMessage.response(.ok, to: request, toTag: "sw")
        do {
            if let contact = try request.first(Contact.self), case .sip(let uri) = try contact.address.parsedURI(),
                let user = uri.user
            {
                contacts[OctetSlice(user.array)] = hop.remote
                response.append(.contact, "<\(contact.address.uri)>;expires=3600")
                response.append(.pAssociatedURI, "<sip:\(user)@example.com>")
            }
        } catch {
            response = .response(.badRequest, to: request, toTag: "sw")
        }
        response.append(.path, "<sip:\(own);lr>")
        response.append(.serviceRoute, "<sip:orig@\(own);lr>")
        return .datagram(response.serialized(), to: hop)
    }

    // What a node without Diameter, names and commands does not do.
    package func start(at now: Instant) -> [SimulatedEffect] { [] }
    package func receive(_ octets: [UInt8], on association: AssociationID, at now: Instant) -> [SimulatedEffect] { [] }
    package func closed(_ association: AssociationID, at now: Instant) -> [SimulatedEffect] { [] }
    package func noticed(
        _ notice: AssociationNotice, of association: AssociationID, at now: Instant
    ) -> [SimulatedEffect] { [] }
    package func connected(
        _ peer: DiameterIdentity, _ association: AssociationID, at now: Instant
    ) -> [SimulatedEffect] { [] }
    package func connectFailed(_ peer: DiameterIdentity, at now: Instant) -> [SimulatedEffect] { [] }
    package func accepted(
        _ association: AssociationID, from: Endpoint, at now: Instant
    ) -> [SimulatedEffect] { [] }
    package func resolved(_ query: DNSQuery, _ answer: DNSAnswer, at now: Instant) -> [SimulatedEffect] { [] }
    package func sendFailed(to hop: Hop, at now: Instant) -> [SimulatedEffect] { [] }
    package func waited(_ delay: Duration, at now: Instant) {}
    package func command(_ command: Command, at now: Instant) -> [SimulatedEffect] { [] }
    package func fire(at now: Instant) -> [SimulatedEffect] { [] }
}
