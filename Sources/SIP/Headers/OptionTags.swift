import Octets

/// An extension of SIP by name, RFC 3261 §27.1, and where it is defined.
package enum OptionTag: CaseIterable, Sendable {
    /// RFC 3262.
    case reliableProvisional
    /// RFC 6228.
    case earlyDialogTerminated
    /// RFC 4916.
    case fromChange
    /// RFC 6442.
    case geolocationHTTP, geolocationSIP
    /// RFC 6140.
    case bulkNumbers
    /// RFC 5627.
    case gruu
    /// RFC 7044.
    case historyInfo
    /// RFC 3911.
    case join
    /// RFC 4488.
    case noReferSubscription
    /// RFC 7614.
    case explicitSubscription, noSubscription
    /// RFC 5626.
    case outbound
    /// RFC 3327.
    case path
    /// RFC 3312.
    case precondition
    /// RFC 3840.
    case preferences
    /// RFC 3323.
    case privacy
    /// RFC 3891.
    case replaces
    /// RFC 4412.
    case resourcePriority
    /// RFC 3329.
    case securityAgreement
    /// RFC 4028.
    case sessionTimer
    /// RFC 7433.
    case userToUser

    package var text: StaticString {
        switch self {
        case .reliableProvisional: "100rel"
        case .earlyDialogTerminated: "199"
        case .fromChange: "from-change"
        case .geolocationHTTP: "geolocation-http"
        case .geolocationSIP: "geolocation-sip"
        case .bulkNumbers: "gin"
        case .gruu: "gruu"
        case .historyInfo: "histinfo"
        case .join: "join"
        case .noReferSubscription: "norefersub"
        case .explicitSubscription: "explicitsub"
        case .noSubscription: "nosub"
        case .outbound: "outbound"
        case .path: "path"
        case .precondition: "precondition"
        case .preferences: "pref"
        case .privacy: "privacy"
        case .replaces: "replaces"
        case .resourcePriority: "resource-priority"
        case .securityAgreement: "sec-agree"
        case .sessionTimer: "timer"
        case .userToUser: "uui"
        }
    }

    /// nil for one that we do not know: a Require that names it is answered with 420 (RFC 3261 §8.2.2.3).
    package init?(_ token: OctetSlice) {
        for tag in Self.allCases where token.equalsIgnoringCase(tag.text) {
            self = tag
            return
        }
        return nil
    }
}

/// Supported, RFC 3261 §20.37; one option tag a value.
package struct Supported: TokenHeader {
    package static var name: HeaderName { .supported }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// Require, RFC 3261 §20.32; one option tag a value.
package struct Require: TokenHeader {
    package static var name: HeaderName { .require }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// Proxy-Require, RFC 3261 §20.29; one option tag a value.
package struct ProxyRequire: TokenHeader {
    package static var name: HeaderName { .proxyRequire }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}

/// Unsupported, RFC 3261 §20.40; one option tag a value.
package struct Unsupported: TokenHeader {
    package static var name: HeaderName { .unsupported }
    package var token: OctetSlice
    package init(token: OctetSlice) { self.token = token }
}
