import IMS
import Octets
import SIP

/// A document of registration information, `application/reginfo+xml`: RFC 3680 §5, with GRUUs RFC 5628 §5.
struct RegistrationDocument {
    var version: Int
    /// The whole state, or what has changed.
    var isWhole: Bool
    /// In the order of the implicit set.
    var registrations: [Element] = []

    /// What stands under one address of record.
    struct Element {
        var identity: PublicIdentity
        /// init, active or terminated, RFC 3680 §4.7.1.
        var state: StaticString
        var contacts: [ContactNews]
    }

    /// Writes the GRUUs of a contact under an identity, if it has any.
    typealias GRUUs = (Binding, PublicIdentity) -> DeviceURIs?

    func octets(at now: Instant, gruus: GRUUs) -> [UInt8] {
        let contacts = registrations.reduce(0) { $0 + $1.contacts.count }
        var writer = XMLWriter(reserving: 256 + 128 * registrations.count + 640 * contacts)
        writer.element("reginfo") { writer in
            writer.attribute("xmlns", "urn:ietf:params:xml:ns:reginfo" as StaticString)
            writer.attribute("xmlns:gr", "urn:ietf:params:xml:ns:gruuinfo" as StaticString)
            writer.attribute("version", version)
            writer.attribute("state", (isWhole ? "full" : "partial") as StaticString)
            for registration in registrations {
                writer.element("registration") { writer in
                    writer.attribute("aor", registration.identity.text)
                    writer.attribute("id", Self.name(registration.identity.text, OctetSlice()))
                    writer.attribute("state", registration.state)
                    for contact in registration.contacts {
                        Self.write(contact, under: registration.identity, at: now, gruus, to: &writer)
                    }
                }
            }
        }
        return writer.octets
    }

    private static func write(
        _ news: ContactNews, under identity: PublicIdentity, at now: Instant, _ gruus: GRUUs,
        to writer: inout XMLWriter
    ) {
        let binding = news.binding
        // Registered by a REGISTER for another identity of the set: created, TS 24.229 §5.4.2.1.2.
        let isImplicit = news.event == .registered && binding.identity != identity
        writer.element("contact") { writer in
            writer.attribute("id", name(identity.text + " " + binding.privateIdentity.text, binding.flow))
            writer.attribute("state", (news.event.isActive ? "active" : "terminated") as StaticString)
            writer.attribute("event", isImplicit ? ContactEvent.created.text : news.event.text)
            writer.attribute("duration-registered", max(0, Int((now - binding.since).components.seconds)))
            if news.event.isActive { writer.attribute("expires", binding.seconds(at: now)) }
            if case .probation(let seconds) = news.event { writer.attribute("retry-after", seconds) }
            if binding.q < 1000 { writer.attribute("q", preference(binding.q)) }
            writer.attribute("callid", binding.callID)
            writer.attribute("cseq", Int(binding.cseq))
            writer.element("uri") { $0.text(binding.uri) }
            for parameter in binding.contactParameters where !parameter.isOfContactHeader {
                writer.element("unknown-param") { writer in
                    writer.attribute("name", parameter.name)
                    if !parameter.value.isEmpty { writer.text(parameter.value) }
                }
            }
            guard news.event.isActive, let uris = gruus(binding, identity) else { return }
            writer.element("gr:pub-gruu") { $0.attribute("uri", uris.publicURI) }
            guard let temporary = uris.temporaryURI else { return }
            writer.element("gr:temp-gruu") { writer in
                writer.attribute("uri", temporary)
                writer.attribute("first-cseq", Int(uris.firstSequence))
            }
        }
    }

    /// `0.5` from 500 thousandths.
    private static func preference(_ thousandths: Int) -> String {
        let digits = String(1000 + thousandths).dropFirst()
        return "0." + digits
    }

    /// The same for the same contact in every notification of every subscription, another one for another contact
    /// (RFC 3680 §5.1): a hash of 64 bits under a fixed key, for nobody gains by two contacts of his own that meet.
    private static func name(_ text: String, _ more: OctetSlice) -> String {
        var hash = KeyedHash(key: (0, 0))
        hash.combine(OctetSlice(text))
        hash.combine(octet: 0)
        hash.combine(more)
        return String(hash.finish().0, radix: 36)
    }
}

/// The GRUUs of a device for one identity.
struct DeviceURIs: Equatable, Sendable {
    var publicURI: OctetSlice
    /// The one made last; nil for watchers who may not know it (RFC 5628 §5).
    var temporaryURI: OctetSlice?
    /// CSeq of the REGISTER that made the oldest one that is still good.
    var firstSequence: UInt32
}

extension Binding {
    /// What tells it from other contacts of its private identity.
    fileprivate var flow: OctetSlice {
        var writer = OctetWriter(reserving: uri.count + 64)
        writer.write(uri)
        if let instanceID {
            writer.write(" ")
            writer.write(instanceID)
        }
        if let registrationID {
            writer.write(" ")
            writer.write(decimal: registrationID)
        }
        return OctetSlice(writer.octets)
    }

    /// The parameters of the Contact value as they stand there, quotes and all.
    fileprivate var contactParameters: ContactParameters {
        ContactParameters(contact[min(uri.end + 1, contact.end)..<contact.end])
    }
}

/// Parameters behind a URI in angle brackets, raw.
private struct ContactParameters: Sequence, IteratorProtocol {
    private var rest: OctetSlice

    init(_ text: OctetSlice) { rest = text }

    struct Parameter {
        var name: OctetSlice
        var value: OctetSlice

        /// RFC 3261 §20.10 has these; they are no unknown parameters.
        var isOfContactHeader: Bool { name.equalsIgnoringCase("q") || name.equalsIgnoringCase("expires") }
    }

    mutating func next() -> Parameter? {
        while let start = rest.firstIndex(of: UInt8(ascii: ";")) {
            var isQuoted = false
            var end = start + 1
            while end < rest.end, isQuoted || rest[end] != UInt8(ascii: ";") {
                if isQuoted, rest[end] == UInt8(ascii: "\\"), end + 1 < rest.end {
                    end += 1
                } else if rest[end] == UInt8(ascii: "\"") {
                    isQuoted.toggle()
                }
                end += 1
            }
            let text = rest[start + 1..<end]
            rest = rest[end..<rest.end]
            let split = text.firstIndex(of: UInt8(ascii: "=")) ?? text.end
            let name = text[text.start..<split].trimmed
            guard !name.isEmpty else { continue }
            return Parameter(
                name: name, value: (split < text.end ? text[split + 1..<text.end] : text[split..<split]).trimmed)
        }
        return nil
    }
}
