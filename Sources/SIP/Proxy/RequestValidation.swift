import Octets

/// Whether a proxy may forward a request, RFC 3261 §16.3 steps 2, 3 and 5. Step 1 is the stack's, step 4 is done when
/// the request is ready to leave, step 6 is the role's.
package struct RequestValidation: Sendable {
    package enum Verdict: Sendable, Equatable {
        case proceed
        /// The answer, ready to be sent.
        case refuse(SIPMessage)
        /// An OPTIONS whose Max-Forwards is used up is for us (§11).
        case answerOptions
    }

    /// Option tags of Proxy-Require that the proxy knows.
    package var options: [OctetSlice]
    /// Whether telephone numbers can be routed.
    package var routesNumbers: Bool
    package var answersOptions: Bool

    package init(options: [OctetSlice] = [], routesNumbers: Bool = true, answersOptions: Bool = true) {
        self.options = options
        self.routesNumbers = routesNumbers
        self.answersOptions = answersOptions
    }

    /// - Parameter tag: the To tag of the answer.
    package func verdict(on request: SIPMessage, tag: String) -> Verdict {
        if let status = schemeFault(of: request) { return .refuse(.response(status, to: request, toTag: tag)) }
        switch MaxForwards(request) {
        case .remaining: break
        case .malformed: return .refuse(.response(.badRequest, to: request, toTag: tag))
        case .exhausted:
            guard request.method == .options, answersOptions else {
                return .refuse(.response(.tooManyHops, to: request, toTag: tag))
            }
            return .answerOptions
        }
        let unknown = request.unsupportedOptions(in: .proxyRequire, known: options)
        guard unknown.isEmpty else { return .refuse(.badExtension(unknown, to: request, toTag: tag)) }
        return .proceed
    }

    private func schemeFault(of request: SIPMessage) -> Status? {
        do throws(SIPSyntaxError) {
            switch try request.parsedRequestURI() {
            case .sip: return nil
            case .tel: return routesNumbers ? nil : .unsupportedURIScheme
            case .other: return .unsupportedURIScheme
            }
        } catch {
            return error.status
        }
    }
}

extension SIPMessage {
    /// The option tags of Require (§8.2.2.3) or Proxy-Require (§16.3) that are not known here. CANCEL and ACK may carry
    /// none, and what they carry is ignored.
    package func unsupportedOptions(in name: HeaderName, known: [OctetSlice]) -> [OctetSlice] {
        guard method != .cancel, method != .ack else { return [] }
        return values(name).filter { tag in !known.contains { $0.equalsIgnoringCase(tag) } }
    }

    /// 420 with the options that are not known (§8.2.2.3, §16.3 step 5).
    package static func badExtension(_ options: [OctetSlice], to request: SIPMessage, toTag: String) -> SIPMessage {
        var response = SIPMessage.response(.badExtension, to: request, toTag: toTag)
        for option in options { response.append(.unsupported, option) }
        return response
    }
}
