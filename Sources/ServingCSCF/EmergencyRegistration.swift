import Octets
import SIP

/// Registration for emergency calls, TS 24.229 §5.4.8 (whose wording could not be looked up): `sos` in the Contact URI.
///
/// Such a contact is bound beside the others: with a time of its own, for no application server and no watcher to hear of,
/// not to be ended by the phone, the operator or the HSS, and asked for no further proof.
extension SIPURI {
    /// The URI parameter `sos`, TS 24.229 §7.2A.13.
    var isForEmergency: Bool { parameters.contains("sos") }

    /// Of a URI that was bound before.
    static func isForEmergency(_ text: OctetSlice) -> Bool {
        do throws(SIPSyntaxError) {
            return try SIPURI(parsing: text).isForEmergency
        } catch {
            return false
        }
    }
}
