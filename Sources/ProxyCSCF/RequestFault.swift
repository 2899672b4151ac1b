import IMS
import Octets
import SIP

/// What keeps a proxy from forwarding a request, RFC 3261 §16.3, with its explanation.
struct RequestFault {
    let status: Status
    let refusal: Refusal
    /// For Unsupported.
    var unsupported: [OctetSlice] = []
    /// In the place of the status's own phrase.
    var reason: String?

    /// Steps 3 and 5; nil when there is nothing wrong.
    init?(_ request: SIPMessage, _ handset: HandsetProfile = .generic) {
        switch MaxForwards(request) {
        case .remaining: break
        case .exhausted:
            status = .tooManyHops
            refusal = Refusal(
                "TOO_MANY_HOPS", answer: "483", "Max-Forwards was used up: the request goes round in a circle")
            return
        case .malformed:
            status = .badRequest
            refusal = Refusal("MALFORMED_MAX_FORWARDS", answer: "400", "Max-Forwards is no number up to 255")
            return
        }
        let options = Self.unsupportedProxyOptions(request)
        guard !options.isEmpty, handset.proxyRequirement == .refuse else { return nil }
        status = .badExtension
        refusal = Refusal(
            "EXTENSION_NOT_SUPPORTED", answer: "420",
            "the phone wants of its proxy \(options.map(\.string).joined(separator: ", ")), which it does not have")
        unsupported = options
    }

    private init(_ status: Status, _ code: String, _ sentence: String, hint: String = "") {
        self.status = status
        refusal = Refusal(code, answer: "\(status.rawValue)", sentence, hint: hint)
    }

    /// Step 2 as well, the scheme of the Request-URI.
    static func routing(_ request: SIPMessage, _ handset: HandsetProfile) -> RequestFault? {
        do throws(SIPSyntaxError) {
            if case .other = try request.parsedRequestURI() {
                let uri = request.requestURI.string
                return RequestFault(
                    .unsupportedURIScheme, "SCHEME_NOT_SUPPORTED", "\(uri) is no SIP address and no telephone number")
            }
        } catch {
            if let fault = number(request) { return fault }
            return RequestFault(error.status, "MALFORMED_REQUEST_URI", "the Request-URI cannot be read: \(error)")
        }
        return RequestFault(request, handset)
    }

    /// A tel URI that is none; nil for all others.
    static func number(_ request: SIPMessage) -> RequestFault? {
        guard DialledNumber(request.requestURI) != nil else { return nil }
        var fault = RequestFault(
            .badRequest, "NUMBER_NOT_ALLOWED", "\(request.requestURI) is no telephone number",
            hint: "service codes go on as SIP URIs where service-codes of the phone's profile is rewrite")
        fault.reason = "RFC 3966 allows no escapes in a number, and none without its context"
        return fault
    }

    /// Security agreements are taken out, Path is ours to insert.
    fileprivate static func unsupportedProxyOptions(_ request: SIPMessage) -> [OctetSlice] {
        request.values(.proxyRequire).filter { !$0.equalsIgnoringCase("sec-agree") && !$0.equalsIgnoringCase("path") }
    }
}

extension SIPMessage {
    /// Takes off what the phone wants of its proxy and does not get, where its profile says that this is no reason to refuse.
    mutating func removeProxyOptions(_ handset: HandsetProfile) {
        guard handset.proxyRequirement == .ignore, contains(.proxyRequire) else { return }
        let unknown = RequestFault.unsupportedProxyOptions(self)
        let kept = values(.proxyRequire).filter { !unknown.contains($0) }.map { OctetSlice($0.array) }
        replace(.proxyRequire, with: kept)
    }
}
