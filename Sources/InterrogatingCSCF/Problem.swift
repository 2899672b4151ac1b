import IMS
import SIP

extension InterrogatingCSCF {
    /// Why a request is refused, and with which status.
    struct Problem: Error, Sendable {
        let status: Status
        let refusal: Refusal

        init(_ status: Status, _ code: String, _ sentence: String, hint: String = "") {
            self.status = status
            refusal = Refusal(code, answer: "\(status.rawValue)", sentence, hint: hint)
        }
    }
}
