/// Where a matching request goes, TS 29.228 Annex B.2.2.
package struct ApplicationServer: Hashable, Sendable {
    /// What happens when the application server does not answer.
    package enum DefaultHandling: Int, CaseIterable, Sendable {
        case sessionContinued = 0
        case sessionTerminated = 1
    }

    /// A SIP URI.
    package var serverName: String
    /// Absent means `.sessionContinued`.
    package var defaultHandling: DefaultHandling?
    /// Goes to the application server in the body of a third-party REGISTER.
    package var serviceInfo: String?
    /// The third-party REGISTER carries the phone's REGISTER.
    package var includesRegisterRequest: Bool
    /// The third-party REGISTER carries the response to the phone's REGISTER.
    package var includesRegisterResponse: Bool

    package init(
        serverName: String, defaultHandling: DefaultHandling? = nil, serviceInfo: String? = nil,
        includesRegisterRequest: Bool = false, includesRegisterResponse: Bool = false
    ) {
        self.serverName = serverName
        self.defaultHandling = defaultHandling
        self.serviceInfo = serviceInfo
        self.includesRegisterRequest = includesRegisterRequest
        self.includesRegisterResponse = includesRegisterResponse
    }
}
