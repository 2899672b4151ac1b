import Cx
import IMS
import Octets
import SIP

/// Registrations in the form in which they are stored. Times are those of the calendar, in nanoseconds since 1970: the
/// node's own time line begins anew with the machine.
///
///     record  ::= version identities services charging bindings
///
/// Numbers are in network byte order, texts have their length in 32 bits before them. Service profiles are records of
/// their own, so that thousands of users with the same one share it on the disk as they do in memory.
struct StoredRegistration {
    static let version: UInt8 = 1

    /// Of a registration: `r` and its first identity.
    static func key(of registration: Registration) -> [UInt8]? {
        registration.profile.identities.first.map { [UInt8(ascii: "r")] + Array($0.identity.text.utf8) }
    }

    /// - Parameter services: the name of each service profile.
    static func octets(of registration: Registration, services: [UInt64], clock: WallClock) -> [UInt8] {
        var writer = RecordWriter(reserving: 512)
        writer.write(version)
        writer.write(count: registration.profile.identities.count)
        for entry in registration.profile.identities {
            writer.write(text: entry.identity.text)
            writer.write(entry.isBarred ? 1 : 0)
            writer.write(entry.services)
        }
        writer.write(count: services.count)
        for name in services { writer.write(number: name) }
        writer.write(registration.profile.chargingFunctions)
        writer.write(count: registration.bindings.count)
        for binding in registration.bindings { write(binding, clock, to: &writer) }
        return writer.octets
    }

    private static func write(_ binding: Binding, _ clock: WallClock, to writer: inout RecordWriter) {
        writer.write(text: binding.privateIdentity.text)
        writer.write(text: binding.identity.text)
        writer.write(binding.contact)
        writer.write(count: binding.uri.start - binding.contact.start)
        writer.write(count: binding.uri.count)
        writer.write(binding.instanceID ?? OctetSlice())
        writer.write(count: binding.registrationID ?? 0)
        writer.write(count: binding.q)
        writer.write(binding.path)
        writer.write(binding.callID)
        writer.write(count: Int(binding.cseq))
        writer.write(binding.hasGRUU ? 1 : 0)
        writer.write(count: Int(binding.firstSequence))
        writer.write(number: clock.nanoseconds(binding.since))
        writer.write(number: clock.nanoseconds(binding.expiry))
        switch binding.event {
        case .registered: writer.write(0)
        case .created: writer.write(1)
        case .refreshed: writer.write(2)
        case .shortened: writer.write(3)
        case .expired, .deactivated, .unregistered, .rejected, .probation: writer.write(0)  // never bound
        }
    }

    /// nil for a record that cannot be read, or whose services are gone.
    static func registration(
        from octets: [UInt8], services: (UInt64) -> Services?, clock: WallClock
    ) -> Registration? {
        var reader = RecordReader(octets)
        guard reader.octet() == version, let identityCount = reader.count(limit: 4096), identityCount > 0 else {
            return nil
        }
        var identities: [RegisteredIdentity] = []
        for _ in 0..<identityCount {
            guard let text = reader.text(), let isBarred = reader.octet(), let index = reader.octet() else {
                return nil
            }
            identities.append(
                RegisteredIdentity(
                    identity: PublicIdentity(canonical: text), isBarred: isBarred == 1, services: index))
        }
        guard let serviceCount = reader.count(limit: 256) else { return nil }
        var profiles: [Services] = []
        for _ in 0..<serviceCount {
            guard let name = reader.number(), let found = services(name) else { return nil }
            profiles.append(found)
        }
        guard identities.allSatisfy({ Int($0.services) < profiles.count }), let charging = reader.slice(),
            let bindingCount = reader.count(limit: 4096)
        else { return nil }
        let profile = UserProfile(identities: identities, services: profiles, chargingFunctions: charging)
        var bindings: [Binding] = []
        for _ in 0..<bindingCount {
            guard let binding = binding(&reader, clock) else { return nil }
            bindings.append(binding)
        }
        return bindings.isEmpty ? nil : Registration(profile: profile, bindings: bindings)
    }

    private static func binding(_ reader: inout RecordReader, _ clock: WallClock) -> Binding? {
        guard let privateIdentity = reader.text(), let identity = reader.text(), let contact = reader.slice(),
            let start = reader.count(limit: contact.count), let length = reader.count(limit: contact.count - start),
            let instance = reader.slice(), let registrationID = reader.count(limit: .max),
            let q = reader.count(limit: 1000), let path = reader.slice(), let callID = reader.slice(),
            let cseq = reader.count(limit: .max).flatMap(UInt32.init(exactly:)), let hasGRUU = reader.octet(),
            let firstSequence = reader.count(limit: .max).flatMap(UInt32.init(exactly:)),
            let since = reader.number(), let expiry = reader.number(), let event = reader.octet()
        else { return nil }
        let origin = BindingOrigin(
            callID: callID, cseq: cseq, path: path, identity: PublicIdentity(canonical: identity))
        return Binding(
            stored: contact, uri: start..<start + length, instance: instance.isEmpty ? nil : instance,
            registrationID: registrationID == 0 ? nil : registrationID, q: q,
            of: PrivateIdentity(privateIdentity), in: origin, hasGRUU: hasGRUU == 1 && !instance.isEmpty,
            isEmergency: SIPURI.isForEmergency(
                OctetSlice(contact.base, contact.start + start..<contact.start + start + length)),
            firstSequence: firstSequence, since: clock.instant(since), expiry: clock.instant(expiry),
            event: [.registered, .created, .refreshed, .shortened][Int(min(event, 3))])
    }
}
