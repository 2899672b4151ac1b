import IMS
import Octets
import SIP

/// Makes and reads the globally routable URIs of devices, RFC 5627 §5, without keeping any: what they name is found again
/// by computing them for the contacts that are bound.
struct GRUUKey: Sendable {
    private let key: (UInt64, UInt64)
    private let mark: UInt16

    /// - Parameters:
    ///   - octets: the secret, 16 octets; GRUUs are the same as long as it is.
    ///   - serverName: our SIP URI, by which an I-CSCF finds us.
    init(_ octets: [UInt8], of serverName: String) {
        mark = TemporaryGRUU.mark(of: serverName)
        var words: (UInt64, UInt64) = (0, 0)
        for octet in octets.prefix(8) { words.0 = words.0 << 8 | UInt64(octet) }
        for octet in octets.dropFirst(8).prefix(8) { words.1 = words.1 << 8 | UInt64(octet) }
        key = words
    }

    // MARK: Public GRUUs, RFC 5627 §3.1.1

    /// `sip:alice@example.com;gr=urn:uuid:…`; nil for an identity that is no SIP URI.
    func publicURI(of instance: OctetSlice, _ identity: PublicIdentity) -> OctetSlice? {
        guard identity.hasScheme("sip") else { return nil }
        return OctetSlice("\(identity.text);gr=\(name(of: instance))")
    }

    /// The value of `gr`: an instance-id that says nothing of its owner stays as it is; any other, an IMEI for instance,
    /// is told to nobody and stands as a hash (TS 24.229 §5.4.7A.2, whose own way could not be looked up).
    func name(of instance: OctetSlice) -> String {
        if instance.count > 9, instance[instance.start..<instance.start + 9].equalsIgnoringCase("urn:uuid:"),
            instance.indices.allSatisfy({
                ASCII.isAlpha(instance[$0]) || ASCII.isDigit(instance[$0]) || "-:".utf8.contains(instance[$0])
            })
        {
            return instance.string
        }
        let (first, second) = hash("instance", instance)
        var digits: [UInt8] = []
        for word in [first, second] {
            for shift in 0..<8 { digits.append(UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * shift))) }
        }
        // RFC 9562 §5.8: version 8, made in a way of its own.
        digits[6] = digits[6] & 0x0F | 0x80
        digits[8] = digits[8] & 0x3F | 0x80
        let text = Hex.encode(digits)
        var result = "urn:uuid:"
        for (index, digit) in text.enumerated() {
            if [8, 12, 16, 20].contains(index) { result.append("-") }
            result.append(digit)
        }
        return result
    }

    // MARK: Temporary GRUUs, RFC 5627 §3.1.2

    /// What a temporary GRUU leads to: a device of a user, as long as it registers under one Call-ID (§5.1).
    func handle(_ binding: Binding) -> UInt64? {
        guard let instance = binding.instanceID else { return nil }
        var hash = KeyedHash(key: key)
        hash.combine(OctetSlice("handle"))
        hash.combine(OctetSlice(binding.privateIdentity.text))
        hash.combine(octet: 0)
        hash.combine(instance)
        hash.combine(octet: 0)
        hash.combine(binding.callID)
        return hash.finish().0
    }

    /// `sip:tgruu.…@example.com;gr`, another one with every salt; nil for an identity that is no SIP URI.
    ///
    ///     user part = "tgruu." hex(mark 2 ‖ salt 8 ‖ (handle 8 ‖ hash of the identity 2) ⊕ mask ‖ seal 6)
    func temporaryURI(_ handle: UInt64, _ identity: PublicIdentity, salt: UInt64) -> OctetSlice? {
        guard identity.hasScheme("sip"), let at = identity.text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            return nil
        }
        var writer = OctetWriter(reserving: 26)
        writer.write16(mark)
        writer.write64(salt)
        writer.write64(handle ^ mask(salt).0)
        writer.write16(short(identity) ^ UInt16(truncatingIfNeeded: mask(salt).1))
        writer.write(Array(seal(writer.octets)))
        let host = identity.text[identity.text.utf8.index(after: at)...]
        return OctetSlice("sip:\(TemporaryGRUU.prefix)\(Hex.encode(writer.octets))@\(host);gr")
    }

    /// The handle and the hash of the identity in a temporary GRUU of ours; nil for any other URI.
    func open(_ uri: SIPURI) -> (handle: UInt64, identity: UInt16)? {
        guard let user = uri.user, user.count == 6 + 52, user.hasPrefix(TemporaryGRUU.prefix),
            let octets = Hex.decode(user[user.start + 6..<user.end].string), octets.count == 26,
            seal(Array(octets[..<20])) == octets[20...]
        else { return nil }
        var words: [UInt64] = [0, 0]
        for index in 0..<16 { words[index / 8] = words[index / 8] << 8 | UInt64(octets[2 + index]) }
        let short = UInt16(octets[18]) << 8 | UInt16(octets[19])
        return (words[1] ^ mask(words[0]).0, short ^ UInt16(truncatingIfNeeded: mask(words[0]).1))
    }

    func short(_ identity: PublicIdentity) -> UInt16 {
        UInt16(truncatingIfNeeded: hash("identity", OctetSlice(identity.text)).0)
    }

    // MARK: Steps

    private func mask(_ salt: UInt64) -> (UInt64, UInt64) {
        var hash = KeyedHash(key: key)
        hash.combine(OctetSlice("mask"))
        hash.combine(number: salt)
        return hash.finish()
    }

    private func seal(_ octets: [UInt8]) -> ArraySlice<UInt8> {
        let word = hash("seal", OctetSlice(octets)).0
        return [0, 8, 16, 24, 32, 40].map { UInt8(truncatingIfNeeded: word >> $0) }[...]
    }

    private func hash(_ use: StaticString, _ text: OctetSlice) -> (UInt64, UInt64) {
        var hash = KeyedHash(key: key)
        hash.combine(OctetSlice(use.description))
        hash.combine(octet: 0)
        hash.combine(text)
        return hash.finish()
    }
}
