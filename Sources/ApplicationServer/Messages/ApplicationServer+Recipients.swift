import IMS
import Octets
import SIP

// Whose a message is: one queue for all identities of a user, as far as they are known.
extension ApplicationServer {
    /// The identity under which messages of a user are kept: a number is a tel URI, whichever form it came in, and an alias
    /// counts as its owner.
    func recipient(_ identity: PublicIdentity) -> PublicIdentity {
        let owner = settings.owner(of: identity)
        return number(of: owner).map { PublicIdentity(canonical: "tel:\($0)") } ?? owner
    }

    /// A number as it stands in a short message: a global one, or one that becomes global by the number plan. Others are
    /// numbers of the home domain. nil for none.
    func recipient(number: String) -> PublicIdentity? {
        guard let text = ServiceCode.target(number, configuration.domain), let target = PublicIdentity(text: text)
        else { return nil }
        do throws(SIPSyntaxError) {
            let plain = configuration.plan.number(of: try URI(parsing: text)) ?? number
            return recipient(plain.hasPrefix("+") ? PublicIdentity(canonical: "tel:\(plain)") : target)
        } catch { return nil }
    }

    /// The numbers of a sender, to be shown to the recipient: those he asserts, and those we know.
    func numbers(of sender: PublicIdentity, _ request: SIPMessage) -> [String] {
        let asserted = request.assertedIdentities.compactMap(PublicIdentity.init)
        let known = [settings.owner(of: sender)] + settings[sender].aliases
        return (asserted + [sender] + known).compactMap { number(of: $0) }
    }

    /// The registration of a user, under whichever identity the S-CSCF told it.
    func registration(of recipient: PublicIdentity) -> ThirdPartyRegistrations.Registration? {
        if let registration = registrations[recipient] { return registration }
        for alias in settings[recipient].aliases { if let found = registrations[alias] { return found } }
        return PublicIdentity(text: sipURI(of: recipient)).flatMap { registrations[$0] }
    }

    /// The Request-URI for a user: a number as a SIP URI of the home domain (RFC 3261 §19.1.6).
    func sipURI(of identity: PublicIdentity) -> String {
        guard let number = number(of: identity) else { return identity.text }
        return "sip:\(number)@\(configuration.domain);user=phone"
    }

    /// `+` and digits; nil for an identity that is no global number of ours.
    private func number(of identity: PublicIdentity) -> String? {
        do throws(SIPSyntaxError) {
            switch try URI(parsing: identity.text) {
            case .tel(let tel): return tel.isGlobal ? tel.digits : nil
            case .sip(let sip):
                guard let user = sip.user, user.first == UInt8(ascii: "+"), user.count > 1,
                    user[user.start + 1..<user.end].indices.allSatisfy({ ASCII.isDigit(user[$0]) }),
                    sip.host.string.lowercased() == configuration.domain
                else { return nil }
                return user.string
            case .other: return nil
            }
        } catch { return nil }
    }

    func wallTime(_ now: Instant) -> Int64 { configuration.clock.seconds(at: now) }
}

extension PublicIdentity {
    /// nil for a text that is no SIP or tel URI.
    init?(text: String) { do throws(SettingFault) { try self.init(setting: text) } catch { return nil } }
}

extension SIPMessage {
    /// Those that can be read.
    var assertedIdentities: [URI] {
        do throws(SIPSyntaxError) {
            var identities: [URI] = []
            for header in try all(PAssertedIdentity.self) { identities.append(try header.address.parsedURI()) }
            return identities
        } catch { return [] }
    }

    /// Who sends a message, as far as the network knows; by From where nothing is asserted.
    var senderText: String {
        do throws(SIPSyntaxError) {
            if let asserted = try first(PAssertedIdentity.self) { return asserted.address.uri.string }
            return try first(From.self)?.address.uri.string ?? "sip:anonymous@anonymous.invalid"
        } catch { return "sip:anonymous@anonymous.invalid" }
    }
}
