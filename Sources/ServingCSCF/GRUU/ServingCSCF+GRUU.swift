import IMS
import Octets
import SIP

/// GRUUs of the devices registered here, RFC 5627 §5.
extension ServingCSCF {
    /// What a GRUU leads to: the identity, and the contacts of the device. Without contacts the device is not there at
    /// the moment (§5.4: 480). nil for a URI that is no GRUU of a user registered here.
    func resolve(_ uri: SIPURI) -> (identity: PublicIdentity, bindings: [Binding])? {
        guard let gr = uri.gr else { return nil }
        guard gr.isEmpty else {
            guard let identity = PublicIdentity(.sip(uri)), let registration = registrations[identity] else {
                return nil
            }
            return (identity, registration.bindings.filter { isDevice($0, gr) })
        }
        guard let (handle, short) = gruus.open(uri), let first = devices[handle],
            let registration = registrations[first],
            let entry = registration.profile.identities.first(where: { gruus.short($0.identity) == short })
        else { return nil }
        return (entry.identity, registration.bindings.filter { gruus.handle($0) == handle })
    }

    /// Whether a contact is of the device that a `gr` parameter names: by the name that we gave out, or by the instance-id
    /// itself, which other registrars give out.
    func isDevice(_ binding: Binding, _ gr: OctetSlice) -> Bool {
        binding.instanceID.map { $0 == gr || OctetSlice(gruus.name(of: $0)) == gr } ?? false
    }

    /// A request to a temporary GRUU goes on as one to the public GRUU of the same device. Others stay as they are.
    func withPublicGRUU(_ message: SIPMessage) -> SIPMessage {
        do {
            guard case .sip(let uri) = try message.parsedRequestURI(), let gr = uri.gr, gr.isEmpty,
                let found = resolve(uri), let instance = found.bindings.first?.instanceID,
                let known = gruus.publicURI(of: instance, found.identity)
            else { return message }
            var message = message
            message.setRequestURI(known)
            return message
        } catch {
            return message
        }
    }

    /// The GRUUs of a contact for an identity; nil when its device has asked for none.
    ///
    /// - Parameter salt: for a new temporary one; nil for somebody who may not know it (RFC 5628 §5).
    func deviceURIs(of binding: Binding, _ identity: PublicIdentity, salt: UInt64?) -> DeviceURIs? {
        guard binding.hasGRUU, let instance = binding.instanceID,
            let publicURI = gruus.publicURI(of: instance, identity)
        else { return nil }
        var temporaryURI: OctetSlice?
        if let salt, let handle = gruus.handle(binding) {
            temporaryURI = gruus.temporaryURI(handle, identity, salt: salt)
        }
        return DeviceURIs(publicURI: publicURI, temporaryURI: temporaryURI, firstSequence: binding.firstSequence)
    }

    /// Which handles of temporary GRUUs lead somewhere: those of devices that are bound.
    mutating func keepDevices(_ change: RegistrationChange) {
        for binding in change.before?.bindings ?? [] where binding.hasGRUU {
            if let handle = gruus.handle(binding) { devices[handle] = nil }
        }
        guard let after = change.after, let first = after.profile.identities.first?.identity else { return }
        for binding in after.bindings where binding.hasGRUU {
            if let handle = gruus.handle(binding) { devices[handle] = first }
        }
    }
}
