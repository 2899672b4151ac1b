import Octets
import SIP

// What is done to a request before anybody asks where it goes: TS 24.229 §5.3.2.1.
extension SIPMessage {
    /// A `pres` or `im` URI becomes the SIP URI of the same user (RFC 3859, RFC 3861 §3.3).
    mutating func translatePresenceAndMessagingURI() {
        let uri = requestURI
        for scheme in ["pres:", "im:"] {
            let count = scheme.utf8.count
            guard uri.count > count, uri[uri.start..<uri.start + count].equalsIgnoringCase(OctetSlice(scheme)) else {
                continue
            }
            var writer = OctetWriter(reserving: uri.count + 4)
            writer.write("sip:")
            writer.write(uri[uri.start + count..<uri.end])
            return setRequestURI(OctetSlice(writer.octets))
        }
    }

    /// What only the network may say: taken off when it comes from somebody whom we do not trust (RFC 3325 §5,
    /// RFC 7315 §5, RFC 5502 §6.1, RFC 6050 §4.1).
    mutating func removeAssertions() {
        for name: HeaderName in [
            .pAssertedIdentity, .pAssertedService, .pServedUser, .pProfileKey, .pUserDatabase, .pChargingVector,
            .pChargingFunctionAddresses, .pAccessNetworkInfo,
        ] { remove(name) }
    }

    /// The name of a server as a Route entry that leaves the Request-URI alone: `<sip:scscf.example.org;lr>`.
    ///
    /// - Parameter isOriginating: adds `orig`, by which an S-CSCF knows the session case (TS 24.229 §5.4.3.2).
    static func route(to server: SIPURI, isOriginating: Bool = false) -> OctetSlice {
        var uri = server
        if !uri.isLooseRouter { uri.parameters.set("lr", nil) }
        if isOriginating, !uri.parameters.contains("orig") { uri.parameters.set("orig", nil) }
        var writer = OctetWriter(reserving: 64)
        writer.write("<")
        uri.write(to: &writer)
        writer.write(">")
        return OctetSlice(writer.octets)
    }
}
