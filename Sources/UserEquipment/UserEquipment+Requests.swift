import IMS
import Octets
import SIP

// What a registered phone sends outside every dialog, TS 24.229 §5.1.2A.1.1.
extension UserEquipment {
    /// The communication service of voice calls as it stands in an Accept-Contact or Contact (TS 24.229 §7.9.2, TS 24.173).
    static let telephonyFeature = "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\""
    static let telephonyService = "urn:urn-7:3gpp-service.ims.icsi.mmtel"
    static let accessNetwork = "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001"

    /// A request with its preloaded Route, identity and access network. nil when the phone is not registered.
    mutating func request(_ method: Method, from handset: Handset, as identity: String?, to target: String)
        -> SIPMessage?
    {
        guard handset.registration.state == .registered else { return nil }
        let identity = identity ?? handset.defaultIdentity
        let proxy = access(of: handset).hop
        let transport = proxy.transport == .udp ? "" : ";transport=\(proxy.transport)"
        var request = SIPMessage(method, uri: target)
        request.append(.route, "<sip:\(proxy.remote)\(transport);lr>")
        for route in handset.registration.serviceRoute { request.append(.route, route) }
        request.append(.maxForwards, "70")
        request.append(.from, "<\(identity)>;tag=\(tag())")
        request.append(.to, "<\(target)>")
        request.append(.callID, Hex.encode(entropy.octets(12)))
        request.append(CSeq(1, method))
        request.append(.pPreferredIdentity, "<\(identity)>")
        request.append(.pAccessNetworkInfo, Self.accessNetwork)
        request.append(.userAgent, "ims-virtual-phone")
        return request
    }

    /// The INVITE of a VoLTE phone, but for its offer (TS 34.229-1 A.2.1, which was not at hand).
    mutating func invitation(from handset: Handset, as identity: String?, to target: String) -> SIPMessage? {
        guard var invite = request(.invite, from: handset, as: identity, to: target) else { return nil }
        invite.append(.contact, callContact(handset))
        invite.append(.pPreferredService, Self.telephonyService)
        invite.append(.acceptContact, "*;\(Self.telephonyFeature)")
        invite.append(.supported, handset.manner.usesPreconditions ? "100rel, precondition" : "100rel")
        invite.append(.allow, Call.allowed)
        invite.append(.accept, "application/sdp")
        invite.append(.pEarlyMedia, "supported")
        return invite
    }

    func callContact(_ handset: Handset) -> String {
        "<\(contactURI(handset))>;\(Self.telephonyFeature)"
    }

    func contactURI(_ handset: Handset) -> String {
        let transport = configuration.proxy.transport
        return "sip:\(handset.phone.contactUser)@\(access(of: handset).contact)"
            + (transport == .udp ? "" : ";transport=\(transport)")
    }
}

extension SIPMessage {
    /// RFC 3261 §8.1.3.5: what a 416 asks for, the same request with a SIP URI, here that of the number at a host; From, To and
    /// Call-ID stay. nil when it has one already.
    func withSIPURI(at host: String) -> SIPMessage? {
        do throws(SIPSyntaxError) {
            guard case .tel(let number) = try parsedRequestURI(), let cseq else { return nil }
            var request = self
            request.setRequestURI(SIPURI(number, host: OctetSlice(host)).text)
            request.set(CSeq(cseq.number + 1, method))
            return request
        } catch {
            return nil
        }
    }
}

extension UserEquipment.Handset {
    /// The default public user identity: the first of P-Associated-URI (TS 24.229 §5.1.1.2).
    var defaultIdentity: String {
        guard let first = registration.associatedURIs.first else { return phone.publicIdentity }
        do throws(SIPSyntaxError) { return try NameAddress(parsing: first).uri.string } catch {
            return phone.publicIdentity
        }
    }

    /// What somebody dials as a URI: a SIP or tel URI as it stands, a global number, or a local one of the home network
    /// (TS 24.229 §5.1.2A.1.5), star codes among them.
    func target(dialled text: String) -> String? {
        do throws(SIPSyntaxError) {
            _ = try URI(parsing: OctetSlice(text))
            return text
        } catch {
            // No URI, a number perhaps.
        }
        let digits = text.dropFirst(text.hasPrefix("+") ? 1 : 0)
        guard !digits.isEmpty, digits.count <= 64 else { return nil }
        if text.hasPrefix("+") { return digits.allSatisfy(\.isASCIIDigit) ? "tel:\(text)" : nil }
        guard digits.allSatisfy({ $0.isASCIIDigit || "*#+".contains($0) }) else { return nil }
        // No tel URI has an escaped # (RFC 3966 §3), and a bare one begins a fragment (RFC 3986 §3.5): a SIP URI has both.
        if digits.contains("+") || text.contains("#") {
            return "sip:\(digits.replacing("#", with: "%23"))@\(phone.domain);user=phone"
        }
        return "tel:\(digits);phone-context=\(phone.domain)"
    }
}

extension Phone {
    /// The user part of our Contacts.
    var contactUser: String { String(privateIdentity.prefix { $0 != "@" }) }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { asciiValue.map(ASCII.isDigit) ?? false }
}
