import Octets

/// Authentication-Info, RFC 3261 §20.6, RFC 2617 §3.2.3: parameters between commas, no scheme.
package struct AuthenticationInfo: SIPHeader, Equatable {
    package static var name: HeaderName { .authenticationInfo }

    private var parameters: AuthParameters

    package init() { parameters = AuthParameters(scheme: "") }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        parameters = try AuthParameters(parsingWithoutScheme: text)
    }

    package subscript(_ name: StaticString) -> OctetSlice? { parameters[name] }
    package mutating func set(_ name: StaticString, quoted value: String) { parameters.set(name, quoted: value) }
    package mutating func set(_ name: StaticString, token value: String) { parameters.set(name, token: value) }
    package func write(to writer: inout OctetWriter) { parameters.write(to: &writer) }
}
