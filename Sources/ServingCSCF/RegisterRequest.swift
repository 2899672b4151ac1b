import IMS
import Octets
import SIP

/// A REGISTER that is well-formed and for us: what TS 24.229 §5.4.1.2 and RFC 3261 §10.3 look at.
struct RegisterRequest: Sendable {
    let message: SIPMessage
    let transaction: ServerTransactionID
    let publicIdentity: PublicIdentity
    let privateIdentity: PrivateIdentity
    let callID: OctetSlice
    let cseq: UInt32
    let credentials: Credentials?
    /// `integrity-protected` says that it came through the phone's security association or TLS session.
    let isProtected: Bool
    let contacts: ContactUpdate
    /// RFC 5626 §6: the contact stands for one of several flows, and the phone knows of it.
    let usesOutbound: Bool
    /// What has proved the user with this very request; nil before, and for one that was not asked.
    var proof: Proof?

    enum Proof: Equatable, Sendable {
        /// RES of AKA, or the address of the bearer.
        case keys
        case password(DigestSecret)
    }

    var subject: Subject {
        Subject(
            callID: callID.string, privateIdentity: privateIdentity.text, publicIdentity: publicIdentity.text)
    }

    /// Makes every check that the request alone can fail, so that none of them costs a vector.
    init(
        _ message: SIPMessage, _ transaction: ServerTransactionID, _ configuration: ServingCSCFConfiguration
    ) throws(RegistrarFault) {
        self.message = message
        self.transaction = transaction
        guard let callID = message.callID, !callID.isEmpty else { throw .malformed("no Call-ID") }
        guard let cseq = message.cseq else { throw .malformed("no CSeq") }
        self.callID = callID
        self.cseq = cseq.number
        let unsupported = message.values(.require).filter { option in
            !["path", "outbound", "gruu"].contains { option.equalsIgnoringCase(OctetSlice($0)) }
        }
        guard unsupported.isEmpty else { throw .unsupported(unsupported) }
        publicIdentity = try Self.registeredIdentity(message, configuration)
        guard message.contains(.path) || !configuration.requiresPath else { throw .pathMissing }
        do {
            credentials = try message.first(Credentials.self)
        } catch {
            throw .malformed("\(error)")
        }
        privateIdentity = try Self.privateIdentity(credentials, publicIdentity)
        isProtected = Self.isProtected(credentials)
        (contacts, usesOutbound) = try Self.contacts(message, configuration)
    }

    /// The identity in To, RFC 3261 §10.3 step 5. It must be of a domain of ours (404 otherwise).
    ///
    /// The Request-URI is not compared with the domains: the I-CSCF has put our own name there (TS 24.229 §5.3.1.2).
    private static func registeredIdentity(
        _ message: SIPMessage, _ configuration: ServingCSCFConfiguration
    ) throws(RegistrarFault) -> PublicIdentity {
        let uri: URI?
        do {
            uri = try message.first(To.self)?.address.parsedURI()
        } catch {
            throw .malformed("\(error)")
        }
        guard let uri else { throw .malformed("no To") }
        // RFC 3261 §10.2: the address-of-record must be a SIP URI.
        guard case .sip(let sip) = uri, sip.user != nil, let identity = PublicIdentity(uri) else {
            throw .malformed("the To is no SIP URI with a user")
        }
        let host = sip.host
        guard configuration.domains.contains(where: { host.equalsIgnoringCase(OctetSlice($0)) }) else {
            throw .domainNotServed(host.string)
        }
        return identity
    }

    /// The username of the credentials; without credentials the public identity without its scheme, as the I-CSCF
    /// derives it for its UAR (TS 24.229 §5.3.1.2).
    private static func privateIdentity(
        _ credentials: Credentials?, _ identity: PublicIdentity
    ) throws(RegistrarFault) -> PrivateIdentity {
        guard let credentials else {
            let text = identity.text
            guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return PrivateIdentity(text) }
            return PrivateIdentity(String(text[text.utf8.index(after: colon)...]))
        }
        guard credentials.isDigest else { throw .malformed("Authorization is not Digest") }
        guard let username = credentials.username, !username.isEmpty else {
            throw .malformed("Authorization has no username")
        }
        return PrivateIdentity(username.string)
    }

    /// TS 24.229 §5.4.1.2.2 lists `yes` (IPsec), `tls-yes` and `ip-assoc-yes`; the last only says where the packet came
    /// from, so it does not count here.
    private static func isProtected(_ credentials: Credentials?) -> Bool {
        credentials.flatMap(IntegrityProtection.init)?.authenticates ?? false
    }
}

/// Contact and Expires, RFC 3261 §10.3 steps 6 and 7.
extension RegisterRequest {
    private static func contacts(
        _ message: SIPMessage, _ configuration: ServingCSCFConfiguration
    ) throws(RegistrarFault) -> (ContactUpdate, usesOutbound: Bool) {
        let contacts: [Contact]
        do {
            contacts = try message.all(Contact.self)
        } catch {
            throw .malformed("\(error)")
        }
        guard !contacts.isEmpty else { return (.fetch, false) }
        if contacts.contains(where: \.isWildcard) {
            guard contacts.count == 1, message.expires == 0 else { throw .wildcardMisused }
            return (.removeAll, false)
        }
        guard contacts.count <= configuration.maximumContacts else {
            throw .tooManyContacts(configuration.maximumContacts)
        }
        var wishes: [ContactWish] = []
        wishes.reserveCapacity(contacts.count)
        let hasGRUU = message.listContains(.supported, token: "gruu")
        for contact in contacts {
            let wish = try wish(contact, expires: message.expires, hasGRUU: hasGRUU, configuration)
            guard !wish.isEmergency || wish.seconds > 0 else { throw .emergencyStays }
            wishes.append(wish)
        }
        let usesOutbound = try applyOutbound(message, to: &wishes)
        return (.change(wishes), usesOutbound)
    }

    static func wish(
        _ contact: Contact, expires: Int?, hasGRUU: Bool, _ configuration: ServingCSCFConfiguration
    ) throws(RegistrarFault) -> ContactWish {
        let uri: URI
        do {
            uri = try contact.address.parsedURI()
        } catch {
            throw .malformed("\(error)")
        }
        guard case .sip(let sip) = uri else { throw .malformed("the Contact is no SIP URI") }
        // RFC 5627 §5.1: it would lead to itself.
        if sip.isGRUU, configuration.domains.contains(where: { sip.host.equalsIgnoringCase(OctetSlice($0)) }) {
            throw .contactIsGRUU
        }
        let requested = contact.expires ?? expires ?? configuration.defaultExpires
        // §10.3 step 7: 423 only below the minimum and below one hour. In an emergency nobody is sent away for that.
        guard requested == 0 || sip.isForEmergency || requested >= 3600 || requested >= configuration.minimumExpires
        else {
            throw .tooBrief(requested, minimum: configuration.minimumExpires)
        }
        var parameters = contact.address.parameters
        parameters.remove("expires")
        var writer = OctetWriter(reserving: 256)
        writer.write(UInt8(ascii: "<"))
        writer.write(contact.address.uri)
        let end = writer.count
        writer.write(UInt8(ascii: ">"))
        parameters.write(to: &writer)
        return ContactWish(
            value: OctetSlice(writer.octets), uriRange: 1..<end, parsed: sip, instanceID: contact.instanceID,
            registrationID: contact.registrationID, q: contact.q ?? 1000, hasGRUU: hasGRUU,
            seconds: sip.isForEmergency
                ? configuration.emergencyExpires(requested) : min(max(0, requested), configuration.maximumExpires))
    }
}
