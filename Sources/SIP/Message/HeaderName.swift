import Octets

/// A header field's name: a token for those we know, the text for the others. Compared without case (RFC 3261 §7.3.1).
package struct HeaderName: Hashable, Sendable {
    package let token: Token
    /// Only of `.other`, as it was spelt.
    private let custom: OctetSlice?

    @inline(__always)
    package init(_ token: Token) {
        self.token = token
        custom = nil
    }

    /// Any name, long or compact, in any case.
    package init(_ text: OctetSlice) {
        token = HeaderNameTable.shared.token(of: text)
        custom = token == .other ? text : nil
    }

    package init(_ text: String) { self.init(OctetSlice(text)) }

    package static func == (left: HeaderName, right: HeaderName) -> Bool {
        guard left.token == right.token else { return false }
        guard let mine = left.custom, let theirs = right.custom else { return true }
        return mine.equalsIgnoringCase(theirs)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(token)
        if let custom { for index in custom.indices { hasher.combine(ASCII.lowercase(custom[index])) } }
    }

    package var text: String { custom?.string ?? token.text.description }

    func write(to writer: inout OctetWriter) {
        if let custom { writer.write(custom) } else { writer.write(token.text) }
    }

    /// Whether a field with these octets as its name, already recognised as `.other`, has this name.
    func isCustom(_ name: OctetSlice) -> Bool { custom?.equalsIgnoringCase(name) ?? false }
}

extension HeaderName: CustomStringConvertible {
    package var description: String { text }
}

extension HeaderName {
    package static var accept: HeaderName { HeaderName(.accept) }
    package static var acceptContact: HeaderName { HeaderName(.acceptContact) }
    package static var acceptEncoding: HeaderName { HeaderName(.acceptEncoding) }
    package static var acceptLanguage: HeaderName { HeaderName(.acceptLanguage) }
    package static var acceptResourcePriority: HeaderName { HeaderName(.acceptResourcePriority) }
    package static var alertInfo: HeaderName { HeaderName(.alertInfo) }
    package static var allow: HeaderName { HeaderName(.allow) }
    package static var allowEvents: HeaderName { HeaderName(.allowEvents) }
    package static var answerMode: HeaderName { HeaderName(.answerMode) }
    package static var authenticationInfo: HeaderName { HeaderName(.authenticationInfo) }
    package static var authorization: HeaderName { HeaderName(.authorization) }
    package static var callID: HeaderName { HeaderName(.callID) }
    package static var callInfo: HeaderName { HeaderName(.callInfo) }
    package static var contact: HeaderName { HeaderName(.contact) }
    package static var contentDisposition: HeaderName { HeaderName(.contentDisposition) }
    package static var contentEncoding: HeaderName { HeaderName(.contentEncoding) }
    package static var contentID: HeaderName { HeaderName(.contentID) }
    package static var contentLanguage: HeaderName { HeaderName(.contentLanguage) }
    package static var contentLength: HeaderName { HeaderName(.contentLength) }
    package static var contentType: HeaderName { HeaderName(.contentType) }
    package static var cseq: HeaderName { HeaderName(.cseq) }
    package static var date: HeaderName { HeaderName(.date) }
    package static var diversion: HeaderName { HeaderName(.diversion) }
    package static var encryption: HeaderName { HeaderName(.encryption) }
    package static var errorInfo: HeaderName { HeaderName(.errorInfo) }
    package static var event: HeaderName { HeaderName(.event) }
    package static var expires: HeaderName { HeaderName(.expires) }
    package static var featureCaps: HeaderName { HeaderName(.featureCaps) }
    package static var flowTimer: HeaderName { HeaderName(.flowTimer) }
    package static var from: HeaderName { HeaderName(.from) }
    package static var geolocation: HeaderName { HeaderName(.geolocation) }
    package static var geolocationError: HeaderName { HeaderName(.geolocationError) }
    package static var geolocationRouting: HeaderName { HeaderName(.geolocationRouting) }
    package static var historyInfo: HeaderName { HeaderName(.historyInfo) }
    package static var identity: HeaderName { HeaderName(.identity) }
    package static var infoPackage: HeaderName { HeaderName(.infoPackage) }
    package static var inReplyTo: HeaderName { HeaderName(.inReplyTo) }
    package static var join: HeaderName { HeaderName(.join) }
    package static var maxBreadth: HeaderName { HeaderName(.maxBreadth) }
    package static var maxForwards: HeaderName { HeaderName(.maxForwards) }
    package static var mimeVersion: HeaderName { HeaderName(.mimeVersion) }
    package static var minExpires: HeaderName { HeaderName(.minExpires) }
    package static var minSE: HeaderName { HeaderName(.minSE) }
    package static var organization: HeaderName { HeaderName(.organization) }
    package static var pAccessNetworkInfo: HeaderName { HeaderName(.pAccessNetworkInfo) }
    package static var pAnswerState: HeaderName { HeaderName(.pAnswerState) }
    package static var pAssertedIdentity: HeaderName { HeaderName(.pAssertedIdentity) }
    package static var pAssertedService: HeaderName { HeaderName(.pAssertedService) }
    package static var pAssociatedURI: HeaderName { HeaderName(.pAssociatedURI) }
    package static var pCalledPartyID: HeaderName { HeaderName(.pCalledPartyID) }
    package static var pChargingFunctionAddresses: HeaderName { HeaderName(.pChargingFunctionAddresses) }
    package static var pChargingVector: HeaderName { HeaderName(.pChargingVector) }
    package static var pEarlyMedia: HeaderName { HeaderName(.pEarlyMedia) }
    package static var pMediaAuthorization: HeaderName { HeaderName(.pMediaAuthorization) }
    package static var pPreferredIdentity: HeaderName { HeaderName(.pPreferredIdentity) }
    package static var pPreferredService: HeaderName { HeaderName(.pPreferredService) }
    package static var pPrivateNetworkIndication: HeaderName { HeaderName(.pPrivateNetworkIndication) }
    package static var pProfileKey: HeaderName { HeaderName(.pProfileKey) }
    package static var pServedUser: HeaderName { HeaderName(.pServedUser) }
    package static var pUserDatabase: HeaderName { HeaderName(.pUserDatabase) }
    package static var pVisitedNetworkID: HeaderName { HeaderName(.pVisitedNetworkID) }
    package static var path: HeaderName { HeaderName(.path) }
    package static var permissionMissing: HeaderName { HeaderName(.permissionMissing) }
    package static var priority: HeaderName { HeaderName(.priority) }
    package static var privacy: HeaderName { HeaderName(.privacy) }
    package static var proxyAuthenticate: HeaderName { HeaderName(.proxyAuthenticate) }
    package static var proxyAuthorization: HeaderName { HeaderName(.proxyAuthorization) }
    package static var proxyRequire: HeaderName { HeaderName(.proxyRequire) }
    package static var rack: HeaderName { HeaderName(.rack) }
    package static var reason: HeaderName { HeaderName(.reason) }
    package static var recordRoute: HeaderName { HeaderName(.recordRoute) }
    package static var recvInfo: HeaderName { HeaderName(.recvInfo) }
    package static var referSub: HeaderName { HeaderName(.referSub) }
    package static var referTo: HeaderName { HeaderName(.referTo) }
    package static var referredBy: HeaderName { HeaderName(.referredBy) }
    package static var rejectContact: HeaderName { HeaderName(.rejectContact) }
    package static var replaces: HeaderName { HeaderName(.replaces) }
    package static var replyTo: HeaderName { HeaderName(.replyTo) }
    package static var requestDisposition: HeaderName { HeaderName(.requestDisposition) }
    package static var require: HeaderName { HeaderName(.require) }
    package static var resourcePriority: HeaderName { HeaderName(.resourcePriority) }
    package static var retryAfter: HeaderName { HeaderName(.retryAfter) }
    package static var route: HeaderName { HeaderName(.route) }
    package static var rseq: HeaderName { HeaderName(.rseq) }
    package static var securityClient: HeaderName { HeaderName(.securityClient) }
    package static var securityServer: HeaderName { HeaderName(.securityServer) }
    package static var securityVerify: HeaderName { HeaderName(.securityVerify) }
    package static var server: HeaderName { HeaderName(.server) }
    package static var serviceRoute: HeaderName { HeaderName(.serviceRoute) }
    package static var sessionExpires: HeaderName { HeaderName(.sessionExpires) }
    package static var sessionID: HeaderName { HeaderName(.sessionID) }
    package static var sipETag: HeaderName { HeaderName(.sipETag) }
    package static var sipIfMatch: HeaderName { HeaderName(.sipIfMatch) }
    package static var subject: HeaderName { HeaderName(.subject) }
    package static var subscriptionState: HeaderName { HeaderName(.subscriptionState) }
    package static var supported: HeaderName { HeaderName(.supported) }
    package static var suppressIfMatch: HeaderName { HeaderName(.suppressIfMatch) }
    package static var targetDialog: HeaderName { HeaderName(.targetDialog) }
    package static var timestamp: HeaderName { HeaderName(.timestamp) }
    package static var to: HeaderName { HeaderName(.to) }
    package static var unsupported: HeaderName { HeaderName(.unsupported) }
    package static var userAgent: HeaderName { HeaderName(.userAgent) }
    package static var userToUser: HeaderName { HeaderName(.userToUser) }
    package static var via: HeaderName { HeaderName(.via) }
    package static var warning: HeaderName { HeaderName(.warning) }
    package static var wwwAuthenticate: HeaderName { HeaderName(.wwwAuthenticate) }
}
