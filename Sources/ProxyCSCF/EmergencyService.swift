import Octets
import SIP

/// How calls for help are recognised and where they go, TS 24.229 §5.2.10 (not checked against its text), RFC 5031.
package struct EmergencyService: Sendable {
    /// What becomes of a call for help by a registered phone.
    package enum Answer: String, Sendable, CaseIterable {
        /// It goes to `destination`.
        case route
        /// 380: the phone does it another way, after an emergency registration or in the circuit-switched domain.
        case alternative
    }

    /// Dialled digits and the service behind them, its labels without `urn:service:`: `112` is `sos`.
    package var numbers: [String: String]
    /// PSAP or E-CSCF. With `lr` it becomes the Route of a request to the service URN; without, the Request-URI. nil where
    /// there is none: then the answer is always 380.
    package var destination: SIPURI?
    package var answer: Answer
    /// Whether phones that are not registered may call for help.
    package var servesUnregistered: Bool

    package init(
        numbers: [String: String] = ["112": "sos", "911": "sos"], destination: SIPURI? = nil,
        answer: Answer = .route, servesUnregistered: Bool = false
    ) {
        self.numbers = numbers
        self.destination = destination
        self.answer = answer
        self.servesUnregistered = servesUnregistered
    }

    /// The service that a request asks for: by URN, or by a number that somebody dials here. nil when it is another's.
    func service(of request: SIPMessage) -> ServiceURN? {
        do throws(SIPSyntaxError) {
            switch try request.parsedRequestURI() {
            case .other(let text):
                guard text.containsIgnoringCase("urn:service:") else { return nil }
                let service = try ServiceURN(parsing: text)
                return service.isEmergency ? service : nil
            case .tel(let number): return service(dialled: number.digits)
            case .sip(let uri):
                guard let user = uri.user else { return nil }
                let end = user.firstIndex(of: UInt8(ascii: ";")) ?? user.end
                return service(dialled: user[user.start..<end].withoutURIEscapes.string)
            }
        } catch {
            return dialledWithoutContext(request.requestURI)
        }
    }

    /// `tel:112` lacks the phone-context of RFC 3966 §5.1.5. Phones send it all the same, and this is no time to be strict.
    private func dialledWithoutContext(_ uri: OctetSlice) -> ServiceURN? {
        guard uri.count > 4, uri[uri.start..<uri.start + 4].equalsIgnoringCase("tel:") else { return nil }
        let end = uri.firstIndex(of: UInt8(ascii: ";")) ?? uri.end
        return service(dialled: uri[uri.start + 4..<end].string)
    }

    private func service(dialled digits: String) -> ServiceURN? {
        guard let labels = numbers[digits] else { return nil }
        do throws(SIPSyntaxError) { return try ServiceURN(parsing: OctetSlice("urn:service:\(labels)")) } catch {
            return nil
        }
    }
}
