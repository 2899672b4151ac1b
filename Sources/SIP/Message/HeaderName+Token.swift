extension HeaderName {
    /// The names of RFC 3261 §20 and of the extensions a core meets, in alphabetical order.
    package enum Token: UInt8, CaseIterable, Sendable {
        case other
        case accept, acceptContact, acceptEncoding, acceptLanguage, acceptResourcePriority, alertInfo, allow,
            allowEvents, answerMode,
            authenticationInfo, authorization, callID, callInfo, contact, contentDisposition, contentEncoding,
            contentID,
            contentLanguage, contentLength, contentType, cseq, date, diversion, encryption, errorInfo, event, expires,
            featureCaps, flowTimer, from, geolocation, geolocationError, geolocationRouting, historyInfo, identity,
            infoPackage, inReplyTo, join, maxBreadth,
            maxForwards, mimeVersion, minExpires, minSE, organization, pAccessNetworkInfo, pAnswerState,
            pAssertedIdentity, pAssertedService, pAssociatedURI, pCalledPartyID, pChargingFunctionAddresses,
            pChargingVector, pEarlyMedia, pMediaAuthorization, pPreferredIdentity, pPreferredService,
            pPrivateNetworkIndication, pProfileKey, pServedUser, pUserDatabase, pVisitedNetworkID, path,
            permissionMissing, priority, privacy, proxyAuthenticate, proxyAuthorization, proxyRequire, rack, reason,
            recordRoute, recvInfo, referSub, referTo, referredBy, rejectContact, replaces, replyTo, requestDisposition,
            require, resourcePriority, retryAfter, route, rseq, securityClient, securityServer, securityVerify, server,
            serviceRoute, sessionExpires, sessionID, sipETag, sipIfMatch, subject, subscriptionState, supported,
            suppressIfMatch,
            targetDialog, timestamp, to, unsupported, userAgent, userToUser, via, warning, wwwAuthenticate
    }

    /// How often a header may stand in a message, RFC 3261 §7.3.1.
    enum Multiplicity {
        /// Once.
        case single
        /// Several fields, or one with values between commas.
        case list
        /// Several fields, but commas are part of the value: credentials, challenges.
        case repeatable
    }
}

extension HeaderName.Token {
    package var text: StaticString {
        switch self {
        case .other: ""
        case .accept: "Accept"
        case .acceptContact: "Accept-Contact"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptLanguage: "Accept-Language"
        case .acceptResourcePriority: "Accept-Resource-Priority"
        case .alertInfo: "Alert-Info"
        case .allow: "Allow"
        case .allowEvents: "Allow-Events"
        case .answerMode: "Answer-Mode"
        case .authenticationInfo: "Authentication-Info"
        case .authorization: "Authorization"
        case .callID: "Call-ID"
        case .callInfo: "Call-Info"
        case .contact: "Contact"
        case .contentDisposition: "Content-Disposition"
        case .contentEncoding: "Content-Encoding"
        case .contentID: "Content-ID"
        case .contentLanguage: "Content-Language"
        case .contentLength: "Content-Length"
        case .contentType: "Content-Type"
        case .cseq: "CSeq"
        case .date: "Date"
        case .diversion: "Diversion"
        case .encryption: "Encryption"
        case .errorInfo: "Error-Info"
        case .event: "Event"
        case .expires: "Expires"
        case .featureCaps: "Feature-Caps"
        case .flowTimer: "Flow-Timer"
        case .from: "From"
        case .geolocation: "Geolocation"
        case .geolocationError: "Geolocation-Error"
        case .geolocationRouting: "Geolocation-Routing"
        case .historyInfo: "History-Info"
        case .identity: "Identity"
        case .infoPackage: "Info-Package"
        case .inReplyTo: "In-Reply-To"
        case .join: "Join"
        case .maxBreadth: "Max-Breadth"
        case .maxForwards: "Max-Forwards"
        case .mimeVersion: "MIME-Version"
        case .minExpires: "Min-Expires"
        case .minSE: "Min-SE"
        case .organization: "Organization"
        case .pAccessNetworkInfo: "P-Access-Network-Info"
        case .pAnswerState: "P-Answer-State"
        case .pAssertedIdentity: "P-Asserted-Identity"
        case .pAssertedService: "P-Asserted-Service"
        case .pAssociatedURI: "P-Associated-URI"
        case .pCalledPartyID: "P-Called-Party-ID"
        case .pChargingFunctionAddresses: "P-Charging-Function-Addresses"
        case .pChargingVector: "P-Charging-Vector"
        case .pEarlyMedia: "P-Early-Media"
        case .pMediaAuthorization: "P-Media-Authorization"
        case .pPreferredIdentity: "P-Preferred-Identity"
        case .pPreferredService: "P-Preferred-Service"
        case .pPrivateNetworkIndication: "P-Private-Network-Indication"
        case .pProfileKey: "P-Profile-Key"
        case .pServedUser: "P-Served-User"
        case .pUserDatabase: "P-User-Database"
        case .pVisitedNetworkID: "P-Visited-Network-ID"
        case .path: "Path"
        case .permissionMissing: "Permission-Missing"
        case .priority: "Priority"
        case .privacy: "Privacy"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .proxyAuthorization: "Proxy-Authorization"
        case .proxyRequire: "Proxy-Require"
        case .rack: "RAck"
        case .reason: "Reason"
        case .recordRoute: "Record-Route"
        case .recvInfo: "Recv-Info"
        case .referSub: "Refer-Sub"
        case .referTo: "Refer-To"
        case .referredBy: "Referred-By"
        case .rejectContact: "Reject-Contact"
        case .replaces: "Replaces"
        case .replyTo: "Reply-To"
        case .requestDisposition: "Request-Disposition"
        case .require: "Require"
        case .resourcePriority: "Resource-Priority"
        case .retryAfter: "Retry-After"
        case .route: "Route"
        case .rseq: "RSeq"
        case .securityClient: "Security-Client"
        case .securityServer: "Security-Server"
        case .securityVerify: "Security-Verify"
        case .server: "Server"
        case .serviceRoute: "Service-Route"
        case .sessionExpires: "Session-Expires"
        case .sessionID: "Session-ID"
        case .sipETag: "SIP-ETag"
        case .sipIfMatch: "SIP-If-Match"
        case .subject: "Subject"
        case .subscriptionState: "Subscription-State"
        case .supported: "Supported"
        case .suppressIfMatch: "Suppress-If-Match"
        case .targetDialog: "Target-Dialog"
        case .timestamp: "Timestamp"
        case .to: "To"
        case .unsupported: "Unsupported"
        case .userAgent: "User-Agent"
        case .userToUser: "User-to-User"
        case .via: "Via"
        case .warning: "Warning"
        case .wwwAuthenticate: "WWW-Authenticate"
        }
    }

    /// RFC 3261 §7.3.3 and the registrations of extensions.
    var compact: UInt8? {
        switch self {
        case .acceptContact: UInt8(ascii: "a")
        case .allowEvents: UInt8(ascii: "u")
        case .callID: UInt8(ascii: "i")
        case .contact: UInt8(ascii: "m")
        case .contentEncoding: UInt8(ascii: "e")
        case .contentLength: UInt8(ascii: "l")
        case .contentType: UInt8(ascii: "c")
        case .event: UInt8(ascii: "o")
        case .from: UInt8(ascii: "f")
        case .identity: UInt8(ascii: "y")
        case .referTo: UInt8(ascii: "r")
        case .referredBy: UInt8(ascii: "b")
        case .rejectContact: UInt8(ascii: "j")
        case .requestDisposition: UInt8(ascii: "d")
        case .sessionExpires: UInt8(ascii: "x")
        case .subject: UInt8(ascii: "s")
        case .supported: UInt8(ascii: "k")
        case .to: UInt8(ascii: "t")
        case .via: UInt8(ascii: "v")
        default: nil
        }
    }

    var multiplicity: HeaderName.Multiplicity {
        switch self {
        case .other: .repeatable
        case .accept, .acceptContact, .acceptEncoding, .acceptLanguage, .acceptResourcePriority, .alertInfo, .allow,
            .allowEvents, .callInfo,
            .contact, .contentEncoding, .contentLanguage, .diversion, .errorInfo, .featureCaps, .geolocation,
            .historyInfo, .inReplyTo, .pAccessNetworkInfo, .pAssertedIdentity, .pAssertedService, .pAssociatedURI,
            .pChargingFunctionAddresses, .pEarlyMedia, .pMediaAuthorization, .pPreferredIdentity, .pPreferredService,
            .pVisitedNetworkID, .path,
            .permissionMissing, .proxyRequire, .reason, .recordRoute, .recvInfo, .rejectContact, .requestDisposition,
            .require, .resourcePriority, .route, .securityClient, .securityServer, .securityVerify, .serviceRoute,
            .supported, .unsupported, .userToUser, .via, .warning:
            .list
        case .authorization, .identity, .proxyAuthenticate, .proxyAuthorization, .wwwAuthenticate: .repeatable
        case .answerMode, .authenticationInfo, .callID, .contentDisposition, .contentID, .contentLength, .contentType,
            .cseq, .date,
            .encryption, .event, .expires, .flowTimer, .from, .geolocationError, .geolocationRouting, .infoPackage,
            .join, .maxBreadth, .maxForwards,
            .mimeVersion, .minExpires, .minSE, .organization, .pAnswerState, .pCalledPartyID,
            .pChargingVector, .pPrivateNetworkIndication, .pProfileKey, .pServedUser,
            .pUserDatabase, .priority, .privacy, .rack, .referSub, .referTo, .referredBy, .replaces, .replyTo,
            .retryAfter, .rseq, .server, .sessionExpires, .sessionID, .sipETag, .sipIfMatch, .subject,
            .subscriptionState, .suppressIfMatch, .targetDialog, .timestamp, .to, .userAgent:
            .single
        }
    }
}
