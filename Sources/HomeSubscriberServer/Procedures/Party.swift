import Cx
import IMS
import Octets
import SIP

/// Who a request is about: the checks that open UAR, MAR and SAR (TS 29.228 §6.1.1.1, §6.1.2.1, §6.3.1, steps 1 and 2).
struct Party {
    var subscription: Subscription
    var privateIndex: Int
    var publicIndex: Int
    var registrationIndex: Int

    var privateRecord: PrivateIdentityRecord { subscription.privateIdentities[privateIndex] }
    var publicRecord: PublicIdentityRecord { subscription.publicIdentities[publicIndex] }
    var registration: Registration { subscription.registrations[registrationIndex] }

    /// Unknown → 5001; not together → 5002.
    static func find(
        _ user: PrivateIdentity, _ identity: PublicIdentity, in directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Result<Party, Denial> {
        guard user.isStorable, let subscription = try directory.subscription(holding: user),
            let privateIndex = subscription.index(of: user)
        else { return .failure(.unknown(user)) }
        guard identity.isStorable else { return .failure(.unknown(identity)) }
        if let publicIndex = subscription.index(of: identity),
            let registrationIndex = subscription.registrationIndex(
                privateIdentity: privateIndex,
                implicitSet: subscription.publicIdentities[publicIndex].implicitSet)
        {
            return .success(
                Party(
                    subscription: subscription, privateIndex: privateIndex, publicIndex: publicIndex,
                    registrationIndex: registrationIndex))
        }
        let owned = subscription.identities(of: privateIndex)
        guard let other = try directory.subscription(holding: identity), let index = other.index(of: identity) else {
            return .failure(.unknown(identity))
        }
        let set = other.publicIdentities[index].implicitSet
        let holder = other.registrations.first { $0.implicitSet == set }
        return .failure(
            .mismatch(
                user, identity, owned: owned,
                holder: holder.map { other.privateIdentities[$0.privateIdentity].identity }))
    }
}

extension Subscription {
    /// What a private identity may register.
    func identities(of privateIndex: Int) -> [PublicIdentity] {
        let sets = registrations.filter { $0.privateIdentity == privateIndex }.map(\.implicitSet)
        return publicIdentities.filter { sets.contains($0.implicitSet) }.map(\.identity)
    }

    /// TS 29.228 §6.1.1.1: what an I-CSCF needs to choose; absent capabilities mean that any S-CSCF will do. An empty group
    /// would say the same, but Kamailio 5.6 cannot read a grouped AVP without members and drops the answer.
    var offeredCapabilities: ServerCapabilities? { capabilities == ServerCapabilities() ? nil : capabilities }
}

extension PrivateIdentity {
    /// False for text that no directory may look up: a NUL would end it early in SQLite.
    var isStorable: Bool { text.isStorable }
}

extension PublicIdentity {
    /// Public-Identity as a peer sent it. CSCFs send it canonical (TS 23.003 §13.4); where one does not, it is made so,
    /// and what is no URI stays as it is and is found nowhere.
    init(received text: String) {
        let isCanonical = text.utf8.allSatisfy { octet in
            ASCII.isDigit(octet) || (octet &- 0x61 < 26) || octet == UInt8(ascii: ":") || octet == UInt8(ascii: "@")
                || octet == UInt8(ascii: ".") || octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-")
        }
        // A second colon is a port, which may be the default one.
        if isCanonical, text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 {
            self.init(canonical: text)
            return
        }
        do throws(SIPSyntaxError) {
            self = PublicIdentity(try URI(parsing: text)) ?? PublicIdentity(canonical: text)
        } catch {
            self.init(canonical: text)
        }
    }

    var isStorable: Bool { text.isStorable }
}

extension String {
    fileprivate var isStorable: Bool {
        let octets = utf8
        return !octets.isEmpty && octets.count <= 1024 && !octets.contains(0)
    }
}
