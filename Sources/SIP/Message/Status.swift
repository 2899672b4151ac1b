import Octets

/// A status code, RFC 3261 §7.2 and §21, and those of the extensions in the IANA registry.
package struct Status: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    /// nil outside 100 to 699.
    package init?(rawValue: UInt16) {
        guard (100...699).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(_ code: UInt16) { rawValue = code }

    package var isProvisional: Bool { rawValue < 200 }
    package var isFinal: Bool { rawValue >= 200 }
    package var isSuccess: Bool { (200..<300).contains(rawValue) }
    package var isRedirection: Bool { (300..<400).contains(rawValue) }

    package static let trying = Status(100)
    package static let ringing = Status(180)
    package static let callIsBeingForwarded = Status(181)
    package static let queued = Status(182)
    package static let sessionProgress = Status(183)
    package static let earlyDialogTerminated = Status(199)
    package static let ok = Status(200)
    package static let accepted = Status(202)
    package static let noNotification = Status(204)
    package static let multipleChoices = Status(300)
    package static let movedPermanently = Status(301)
    package static let movedTemporarily = Status(302)
    package static let useProxy = Status(305)
    package static let alternativeService = Status(380)
    package static let badRequest = Status(400)
    package static let unauthorized = Status(401)
    package static let paymentRequired = Status(402)
    package static let forbidden = Status(403)
    package static let notFound = Status(404)
    package static let methodNotAllowed = Status(405)
    package static let notAcceptable = Status(406)
    package static let proxyAuthenticationRequired = Status(407)
    package static let requestTimeout = Status(408)
    package static let gone = Status(410)
    package static let conditionalRequestFailed = Status(412)
    package static let requestEntityTooLarge = Status(413)
    package static let requestURITooLong = Status(414)
    package static let unsupportedMediaType = Status(415)
    package static let unsupportedURIScheme = Status(416)
    package static let badExtension = Status(420)
    package static let extensionRequired = Status(421)
    package static let sessionIntervalTooSmall = Status(422)
    package static let intervalTooBrief = Status(423)
    package static let badLocationInformation = Status(424)
    package static let useIdentityHeader = Status(428)
    package static let provideReferrerIdentity = Status(429)
    package static let flowFailed = Status(430)
    package static let anonymityDisallowed = Status(433)
    package static let firstHopLacksOutboundSupport = Status(439)
    package static let maxBreadthExceeded = Status(440)
    package static let badInfoPackage = Status(469)
    package static let temporarilyUnavailable = Status(480)
    package static let callOrTransactionDoesNotExist = Status(481)
    package static let loopDetected = Status(482)
    package static let tooManyHops = Status(483)
    package static let addressIncomplete = Status(484)
    package static let ambiguous = Status(485)
    package static let busyHere = Status(486)
    package static let requestTerminated = Status(487)
    package static let notAcceptableHere = Status(488)
    package static let badEvent = Status(489)
    package static let requestPending = Status(491)
    package static let undecipherable = Status(493)
    package static let securityAgreementRequired = Status(494)
    package static let serverInternalError = Status(500)
    package static let notImplemented = Status(501)
    package static let badGateway = Status(502)
    package static let serviceUnavailable = Status(503)
    package static let serverTimeout = Status(504)
    package static let versionNotSupported = Status(505)
    package static let messageTooLarge = Status(513)
    package static let pushNotificationServiceNotSupported = Status(555)
    package static let preconditionFailure = Status(580)
    package static let busyEverywhere = Status(600)
    package static let decline = Status(603)
    package static let doesNotExistAnywhere = Status(604)
    package static let notAcceptableAnywhere = Status(606)
    package static let unwanted = Status(607)

    /// The phrase of the specification; for a code without one, that of its class.
    package var defaultReason: StaticString {
        switch rawValue {
        case 100: "Trying"
        case 180: "Ringing"
        case 181: "Call Is Being Forwarded"
        case 182: "Queued"
        case 183: "Session Progress"
        case 199: "Early Dialog Terminated"
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Notification"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 305: "Use Proxy"
        case 380: "Alternative Service"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 412: "Conditional Request Failed"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Unsupported URI Scheme"
        case 420: "Bad Extension"
        case 421: "Extension Required"
        case 422: "Session Interval Too Small"
        case 423: "Interval Too Brief"
        case 424: "Bad Location Information"
        case 428: "Use Identity Header"
        case 429: "Provide Referrer Identity"
        case 430: "Flow Failed"
        case 433: "Anonymity Disallowed"
        case 439: "First Hop Lacks Outbound Support"
        case 440: "Max-Breadth Exceeded"
        case 469: "Bad Info Package"
        case 480: "Temporarily Unavailable"
        case 481: "Call/Transaction Does Not Exist"
        case 482: "Loop Detected"
        case 483: "Too Many Hops"
        case 484: "Address Incomplete"
        case 485: "Ambiguous"
        case 486: "Busy Here"
        case 487: "Request Terminated"
        case 488: "Not Acceptable Here"
        case 489: "Bad Event"
        case 491: "Request Pending"
        case 493: "Undecipherable"
        case 494: "Security Agreement Required"
        case 500: "Server Internal Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Server Time-out"
        case 505: "Version Not Supported"
        case 513: "Message Too Large"
        case 555: "Push Notification Service Not Supported"
        case 580: "Precondition Failure"
        case 600: "Busy Everywhere"
        case 603: "Decline"
        case 604: "Does Not Exist Anywhere"
        case 606: "Not Acceptable"
        case 607: "Unwanted"
        case ..<200: "Progress"
        case ..<300: "Success"
        case ..<400: "Redirection"
        case ..<500: "Client Error"
        case ..<600: "Server Error"
        default: "Global Failure"
        }
    }
}

extension Status: CustomStringConvertible {
    package var description: String { "\(rawValue) \(defaultReason)" }
}
