import Octets
import SIP

extension SIPMessage {
    /// The private identity that the request claims: `username` of its Authorization, RFC 3310 §3.3. nil without one.
    package var privateIdentity: OctetSlice? {
        do throws(SIPSyntaxError) {
            guard let username = try first(Authorization.self)?.credentials.username, !username.isEmpty else {
                return nil
            }
            return username
        } catch {
            return nil
        }
    }

    /// Whom a line of the log about this request is about.
    package var subject: Subject {
        Subject(
            callID: callID?.string, privateIdentity: privateIdentity?.string,
            publicIdentity: firstValue(.to)?.string)
    }
}
