import Octets

/// Event, RFC 6665 §8.2.1: the package with its templates, and `id`.
package struct Event: SIPHeader, Equatable {
    package static var name: HeaderName { .event }

    package var packageName: OctetSlice
    package var parameters: Parameters

    package init(_ name: String) {
        packageName = OctetSlice(name)
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        packageName = value.token
        parameters = value.parameters
    }

    package var id: OctetSlice? { parameters["id"] }

    package func write(to writer: inout OctetWriter) {
        writer.write(packageName)
        parameters.write(to: &writer)
    }
}

/// Subscription-State, RFC 6665 §8.2.3.
package struct SubscriptionState: SIPHeader, Equatable {
    package static var name: HeaderName { .subscriptionState }

    package enum State: Equatable, Sendable {
        case active, pending, terminated
        case other(OctetSlice)
    }

    package var state: State
    package var parameters: Parameters

    package init(_ state: State, expires: Int? = nil, reason: String? = nil) {
        self.state = state
        parameters = Parameters()
        if let expires { parameters.set("expires", "\(expires)") }
        if let reason { parameters.set("reason", reason) }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        state =
            if value.token.equalsIgnoringCase("active") {
                .active
            } else if value.token.equalsIgnoringCase("pending") {
                .pending
            } else if value.token.equalsIgnoringCase("terminated") {
                .terminated
            } else {
                .other(value.token)
            }
        parameters = value.parameters
    }

    package var expires: Int? { parameters["expires"]?.decimal.flatMap { Int(exactly: $0) } }
    package var reason: OctetSlice? { parameters["reason"] }
    package var retryAfter: Int? { parameters["retry-after"]?.decimal.flatMap { Int(exactly: $0) } }

    package func write(to writer: inout OctetWriter) {
        switch state {
        case .active: writer.write("active")
        case .pending: writer.write("pending")
        case .terminated: writer.write("terminated")
        case .other(let token): writer.write(token)
        }
        parameters.write(to: &writer)
    }
}
