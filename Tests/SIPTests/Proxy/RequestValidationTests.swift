import Octets
import SIP
import Testing

@Suite("RFC 3261 §16.3, §8.2.2.3, §8.3: validation, option tags, redirection")
struct RequestValidationTests {
    private func request(
        _ method: Method = .invite, _ uri: String = "sip:bob@example.com", _ headers: [(HeaderName, String)] = []
    ) -> SIPMessage {
        var request = SIPMessage(method, uri: uri)
        request.append(.via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa")
        request.append(.from, "<sip:alice@example.org>;tag=1")
        request.append(.to, "<sip:bob@example.com>")
        request.append(.callID, "c")
        request.append(.cseq, "1 \(method.text)")
        for (name, value) in headers { request.append(name, value) }
        return request
    }

    private func refusal(_ request: SIPMessage, _ validation: RequestValidation = RequestValidation()) -> SIPMessage? {
        guard case .refuse(let response) = validation.verdict(on: request, tag: "t") else { return nil }
        return response
    }

    @Test(
        "Step 2: 416 for a scheme that is not understood",
        arguments: [
            ("sip:bob@example.com", nil), ("sips:bob@example.com", nil), ("tel:+15550100", nil),
            ("mailto:bob@example.com", 416), ("urn:service:sos", 416), ("nothing", 400),
        ] as [(String, UInt16?)])
    func scheme(uri: String, expected: UInt16?) {
        #expect(refusal(request(.invite, uri))?.status?.rawValue == expected)
    }

    @Test("Step 2: a tel URI is 416 where numbers cannot be routed")
    func number() {
        let validation = RequestValidation(routesNumbers: false)
        #expect(refusal(request(.invite, "tel:+15550100"), validation)?.status == .unsupportedURIScheme)
    }

    @Test("Step 3: 483 at zero; an OPTIONS is answered, or refused too")
    func maxForwards() {
        let spent: [(HeaderName, String)] = [(.maxForwards, "0")]
        #expect(refusal(request(.invite, "sip:bob@example.com", spent))?.status == .tooManyHops)
        #expect(refusal(request(.bye, "sip:bob@example.com", [(.maxForwards, "1")])) == nil)
        #expect(refusal(request()) == nil, "without the header the check is passed")
        let options = request(.options, "sip:bob@example.com", spent)
        #expect(RequestValidation().verdict(on: options, tag: "t") == .answerOptions)
        #expect(refusal(options, RequestValidation(answersOptions: false))?.status == .tooManyHops)
        #expect(refusal(request(.invite, "sip:b@e.com", [(.maxForwards, "many")]))?.status == .badRequest)
    }

    @Test("Step 5: 420 lists in Unsupported the options of Proxy-Require that are not known")
    func proxyRequire() throws {
        let headers: [(HeaderName, String)] = [(.proxyRequire, "foo, Path"), (.proxyRequire, "sec-agree, bar")]
        let validation = RequestValidation(options: ["path", "sec-agree"])
        let response = try #require(refusal(request(.invite, "sip:bob@example.com", headers), validation))
        #expect(response.status == .badExtension)
        #expect(response.values(.unsupported) == ["foo", "bar"])
        #expect(response.toTag == "t")
        #expect(refusal(request(.invite, "sip:bob@example.com", [(.proxyRequire, "PATH")]), validation) == nil)
    }

    @Test("§8.2.2.3: Require is the user agent's; in CANCEL and ACK both are ignored")
    func require() {
        let headers: [(HeaderName, String)] = [(.require, "100rel, x"), (.proxyRequire, "y")]
        #expect(refusal(request(.invite, "sip:b@e.com", [(.require, "x")])) == nil, "a proxy leaves Require alone")
        #expect(request(.invite, "sip:b@e.com", headers).unsupportedOptions(in: .require, known: ["100rel"]) == ["x"])
        for method in [Method.ack, .cancel] {
            #expect(request(method, "sip:b@e.com", headers).unsupportedOptions(in: .require, known: []) == [])
            #expect(refusal(request(method, "sip:b@e.com", headers)) == nil)
        }
    }

    @Test("§16.3 step 1: an unknown method and a malformed Date are no reason to refuse")
    func unknown() {
        #expect(refusal(request(Method("PING"), "sip:b@e.com", [(.date, "yesterday")])) == nil)
    }

    @Test("§8.3: 302 or 301 with contacts, whatever the request requires")
    func redirection() throws {
        let asked = request(Method("PING"), "sip:bob@example.com", [(.require, "unheard-of")])
        let contacts = try ["<sip:bob@192.0.2.4>;expires=60", "<mailto:bob@example.com>"]
            .map { try Contact(parsing: OctetSlice($0)) }
        let response = Redirection.response(to: asked, contacts: contacts, toTag: "t")
        #expect(response.status == .movedTemporarily)
        #expect(response.values(.contact) == ["<sip:bob@192.0.2.4>;expires=60", "<mailto:bob@example.com>"])
        let permanent = Redirection.response(to: asked, contacts: contacts, isPermanent: true, toTag: "t")
        #expect(permanent.status == .movedPermanently)
    }

    @Test("§8.3: never to the Request-URI itself")
    func toItself() throws {
        let same = try Contact(parsing: "<sip:bob@EXAMPLE.com>")
        let other = try Contact(parsing: "<sip:bob@example.com;transport=tcp>")
        let both = Redirection.response(to: request(), contacts: [same, other], toTag: "t")
        #expect(both.values(.contact) == ["<sip:bob@example.com;transport=tcp>"])
        #expect(Redirection.response(to: request(), contacts: [same], toTag: "t").status == .notFound)
    }

    @Test("A14: what is answered here names neither software nor machine")
    func topology() {
        let answers = [
            refusal(request(.invite, "mailto:b@e.com")),
            refusal(request(.invite, "sip:b@e.com", [(.maxForwards, "0")])),
            refusal(request(.invite, "sip:b@e.com", [(.proxyRequire, "x")])),
        ]
        let allowed: [HeaderName] = [.via, .from, .to, .callID, .cseq, .unsupported]
        for answer in answers {
            #expect(answer?.allFields.allSatisfy { allowed.contains($0.name) } == true)
        }
    }
}
