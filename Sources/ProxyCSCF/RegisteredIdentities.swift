import IMS
import Octets
import SIP

/// The public identities that a user may go by, out of the P-Associated-URI of the 200 (RFC 7315 §4.1): the first is
/// the default one (TS 24.229 §5.2.2.1).
struct RegisteredIdentities {
    /// One identity, and how it is written in P-Asserted-Identity: with the registrar's display name, never the phone's.
    struct Entry {
        let identity: PublicIdentity
        let address: NameAddress
    }

    private(set) var all: [Entry] = []

    /// Entries that are looked at.
    private static let limit = 64

    /// A registrar that names none means the identity that was registered.
    init(_ user: RegisteredContacts.User, _ record: RegisteredContacts.Record?) {
        var list = ValueList(OctetSlice(record?.associatedURIs ?? []))
        while all.count < Self.limit, let value = list.next() {
            do throws(SIPSyntaxError) {
                insert(try NameAddress(parsing: value))
            } catch {
                continue  // no identity for us, but none for the phone either
            }
        }
        if all.isEmpty { insert(NameAddress(uri: user.publicIdentity)) }
    }

    var `default`: Entry? { all.first }

    func contains(_ identity: PublicIdentity) -> Bool { self[identity] != nil }

    subscript(identity: PublicIdentity) -> Entry? { all.first { $0.identity == identity } }

    private mutating func insert(_ address: NameAddress) {
        guard let identity = address.publicIdentity else { return }
        all.append(Entry(identity: identity, address: NameAddress(displayName: address.displayName, uri: address.uri)))
    }
}

extension NameAddress {
    /// nil for a URI that is neither sip nor tel, or cannot be read.
    var publicIdentity: PublicIdentity? {
        do throws(SIPSyntaxError) { return PublicIdentity(try parsedURI()) } catch { return nil }
    }
}

extension SIPMessage {
    /// The identities that a header of addresses names, as far as they can be read.
    func identities(in name: HeaderName) -> [PublicIdentity] {
        values(name).compactMap { value in
            do throws(SIPSyntaxError) { return try NameAddress(parsing: value).publicIdentity } catch { return nil }
        }
    }

    /// The URI of the first Contact; nil without one.
    var contactURI: OctetSlice? {
        do throws(SIPSyntaxError) {
            guard let contact = try first(Contact.self), !contact.isWildcard else { return nil }
            return contact.address.uri
        } catch {
            return nil
        }
    }
}
