import Octets
import SIP

/// Where the users of one domain are: a registrar with its location service in memory, RFC 3261 §10.3.
struct Registrar: Sendable {
    /// One contact of a user.
    struct Binding: Sendable {
        let contact: Contact
        let target: Target
        /// The connection over which the user registered: the only way to a client that no other can open (RFC 5626,
        /// RFC 7118).
        let flow: Hop?
        let callID: OctetSlice
        let sequence: UInt32
        let expires: Instant
    }

    private var users: [OctetSlice: [Binding]] = [:]
    private var connections: [ConnectionID: Set<OctetSlice>] = [:]
    private var deadlines = DeadlineQueue<OctetSlice>()

    private static let userLimit = 200_000
    private static let contactLimit = 16
    private static let longest = 3600

    var nextDeadline: Instant? { deadlines.next }
    var count: Int { users.count }

    /// Contacts that are there from the beginning and for good.
    mutating func provision(_ user: OctetSlice, contacts: [String]) throws(SIPSyntaxError) {
        for text in contacts {
            let contact = try Contact(parsing: OctetSlice(text))
            let target = try Target(contact.address.uri, q: contact.q)
            users[user, default: []].append(
                Binding(
                    contact: contact, target: target, flow: nil, callID: "", sequence: 0, expires: .distantFuture))
        }
    }

    func bindings(of user: OctetSlice, at now: Instant) -> [Binding] {
        users[user, default: []].filter { $0.expires > now }
    }

    /// Answers a REGISTER of a user who has been found to be the one.
    mutating func register(
        _ request: SIPMessage, of user: OctetSlice, from hop: Hop, tag: String, at now: Instant
    ) -> SIPMessage {
        do throws(SIPSyntaxError) {
            if let refusal = try update(user, by: request, from: hop, at: now) {
                return .response(refusal.status, reason: refusal.reason, to: request, toTag: tag)
            }
            return ok(request, user, tag: tag, at: now)
        } catch {
            return .response(error.status, to: request, toTag: tag)
        }
    }

    /// Flows over a connection are gone with it (RFC 5626 §4).
    mutating func closed(_ connection: ConnectionID) {
        for user in connections.removeValue(forKey: connection) ?? [] {
            replace(user, with: users[user, default: []].filter { $0.flow?.connection != connection })
        }
    }

    mutating func expire(at now: Instant) {
        while let (user, _) = deadlines.popDue(at: now) { replace(user, with: bindings(of: user, at: now)) }
    }

    // MARK: Steps

    private struct Refusal {
        let status: Status
        let reason: String?
    }

    /// Steps 6 and 7: all changes or none.
    private mutating func update(
        _ user: OctetSlice, by request: SIPMessage, from hop: Hop, at now: Instant
    ) throws(SIPSyntaxError) -> Refusal? {
        guard let callID = request.callID, let sequence = request.cseq?.number else {
            return Refusal(status: .badRequest, reason: nil)
        }
        let texts = request.values(.contact)
        guard !texts.isEmpty else { return nil }
        guard users[user] != nil || users.count < Self.userLimit else {
            return Refusal(status: .serviceUnavailable, reason: "No Room For More Users")
        }
        let isNewer = { (old: Binding) in old.callID != callID || old.sequence < sequence }
        var bindings = bindings(of: user, at: now)
        for text in texts {
            // A copy, not a slice that keeps the whole request.
            let contact = try Contact(parsing: OctetSlice(text.array))
            guard !contact.isWildcard else {
                guard texts.count == 1, request.expires == 0 else {
                    return Refusal(status: .badRequest, reason: "Contact * Stands Alone With Expires 0")
                }
                guard bindings.allSatisfy(isNewer) else { return Self.outOfOrder }
                bindings = bindings.filter { $0.expires == .distantFuture }
                continue
            }
            let target = try Target(contact.address.uri, q: contact.q)
            let seconds = min(contact.expires ?? request.expires ?? Self.longest, Self.longest)
            let uri = try contact.address.parsedURI()
            for (index, old) in bindings.enumerated().reversed() {
                let isSameDevice = contact.instanceID != nil && contact.instanceID == old.contact.instanceID
                let isSameURI = try old.contact.address.parsedURI().matches(uri)
                guard isSameDevice || isSameURI else { continue }
                guard isNewer(old) else { return Self.outOfOrder }
                bindings.remove(at: index)
            }
            guard seconds > 0 else { continue }
            guard bindings.count < Self.contactLimit else {
                return Refusal(status: .forbidden, reason: "Too Many Contacts")
            }
            // With a proxy in between the connection is the proxy's, not the user's.
            let isDirect = hop.connection != nil && request.count(.via) == 1
            bindings.append(
                Binding(
                    contact: contact, target: target, flow: isDirect ? hop : nil, callID: OctetSlice(callID.array),
                    sequence: sequence, expires: now + .seconds(seconds)))
        }
        replace(user, with: bindings)
        return nil
    }

    private static let outOfOrder = Refusal(status: .serverInternalError, reason: "Registrations Out Of Order")

    private mutating func replace(_ user: OctetSlice, with bindings: [Binding]) {
        for connection in users[user, default: []].compactMap(\.flow?.connection) {
            connections[connection]?.remove(user)
            if connections[connection]?.isEmpty == true { connections[connection] = nil }
        }
        users[user] = bindings.isEmpty ? nil : bindings
        for connection in bindings.compactMap(\.flow?.connection) { connections[connection, default: []].insert(user) }
        if let next = bindings.map(\.expires).min(), next != .distantFuture { deadlines.schedule(user, at: next) }
    }

    /// Step 8: every binding with what is left of its time.
    private func ok(_ request: SIPMessage, _ user: OctetSlice, tag: String, at now: Instant) -> SIPMessage {
        var response = SIPMessage.response(.ok, to: request, toTag: tag)
        for binding in bindings(of: user, at: now) where binding.expires != .distantFuture {
            var contact = binding.contact
            contact.address.parameters.set("expires", "\(Int((binding.expires - now).milliseconds / 1000))")
            response.append(contact)
        }
        return response
    }
}
