import IMS
import Octets
import SIP

// What people dial, as phones write it. RFC 3966 §3 has no escapes in the number of a tel URI and wants a context with each
// that is not global (§5.1.5), so that `tel:*21*5550002%23`, what becomes of `*21*5550002#`, is none; no more are
// `tel:%2B15550002` and `tel:*100#`. Phones dial such codes all the same (TS 22.030 §6.5.2).
extension ProxyCSCF {
    /// The request with a URI that everybody behind us can read, where the phone's is a dialled number that is not one: the
    /// tel URI that is meant, or for a code `sip:*21*5550002%23@home;user=phone` (RFC 3261 §19.1.6). As it is otherwise.
    func withDialledNumber(_ request: SIPMessage, at hop: Hop) -> SIPMessage {
        guard let dialled = DialledNumber(request.requestURI) else { return request }
        let user = contacts.user(
            at: hop, contact: request.contactURI,
            identities: request.identities(in: .pPreferredIdentity) + request.identities(in: .from))
        guard let user, let record = contacts[user], handset(of: record).serviceCodes == .rewrite,
            let uri = dialled.uri(at: user.homeDomain.map { OctetSlice($0) })
        else { return request }
        var request = request
        request.setRequestURI(uri)
        return request
    }
}

/// A tel URI that is none by RFC 3966, and what is meant.
struct DialledNumber {
    /// Escapes undone.
    let number: OctetSlice
    /// With the semicolon in front; empty without.
    let parameters: OctetSlice

    /// nil for what is another URI, or a tel URI in order.
    init?(_ uri: OctetSlice) {
        guard uri.count > 4, uri[uri.start..<uri.start + 4].equalsIgnoringCase("tel:") else { return nil }
        do throws(SIPSyntaxError) {
            _ = try TelURI(parsing: uri)
            return nil
        } catch {
            let end = uri.firstIndex(of: UInt8(ascii: ";")) ?? uri.end
            number = uri[uri.start + 4..<end].withoutURIEscapes
            parameters = uri[end..<uri.end]
        }
    }

    /// nil when it is neither a number nor a code, or a code of nobody's home.
    func uri(at home: OctetSlice?) -> OctetSlice? {
        guard !number.isEmpty, number.count <= 64 else { return nil }
        let isCode = number.array.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "#") }
        var writer = OctetWriter(reserving: 96)
        writer.write("tel:")
        writer.write(number)
        writer.write(parameters)
        guard isCode else {
            let plain = OctetSlice(writer.octets)
            do throws(SIPSyntaxError) { _ = try TelURI(parsing: plain) } catch { return nil }
            return plain
        }
        let isDialled = number.array.allSatisfy { ASCII.isDigit($0) || "*#+-.()".utf8.contains($0) }
        guard isDialled, let home else { return nil }
        var user = OctetWriter(reserving: 48)
        for octet in number.array where !"-.()".utf8.contains(octet) {
            if octet == UInt8(ascii: "#") { user.write("%23") } else { user.write(octet) }
        }
        var uri = SIPURI(user: OctetSlice(user.octets), host: home)
        uri.parameters.set("user", "phone")
        return OctetSlice(uri.text)
    }
}
