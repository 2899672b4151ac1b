import IMS
import Octets
import SIP

/// What keeps a proxy from forwarding a request, RFC 3261 §16.3, with its explanation.
struct RequestFault {
    let status: Status
    let refusal: Refusal
    /// For Unsupported.
    var unsupported: [OctetSlice] = []

    /// Steps 3 and 5; nil when there is nothing wrong.
    init?(_ request: SIPMessage) {
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
        guard !options.isEmpty else { return nil }
        status = .badExtension
        refusal = Refusal(
            "EXTENSION_NOT_SUPPORTED", answer: "420",
            "the phone wants of its proxy \(options.map(\.string).joined(separator: ", ")), which it does not have")
        unsupported = options
    }

    private init(_ status: Status, _ code: String, _ sentence: String) {
        self.status = status
        refusal = Refusal(code, answer: "\(status.rawValue)", sentence)
    }

    /// Step 2 as well, the scheme of the Request-URI.
    static func routing(_ request: SIPMessage) -> RequestFault? {
        do throws(SIPSyntaxError) {
            if case .other = try request.parsedRequestURI() {
                let uri = request.requestURI.string
                return RequestFault(
                    .unsupportedURIScheme, "SCHEME_NOT_SUPPORTED", "\(uri) is no SIP address and no telephone number")
            }
        } catch {
            return RequestFault(error.status, "MALFORMED_REQUEST_URI", "the Request-URI cannot be read: \(error)")
        }
        return RequestFault(request)
    }

    /// Security agreements are taken out, Path is ours to insert.
    private static func unsupportedProxyOptions(_ request: SIPMessage) -> [OctetSlice] {
        request.values(.proxyRequire).filter { !$0.equalsIgnoringCase("sec-agree") && !$0.equalsIgnoringCase("path") }
    }
}
