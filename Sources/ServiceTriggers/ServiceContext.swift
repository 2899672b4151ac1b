import Cx

/// For whom and why a request is served: what trigger points ask besides the request, TS 29.228 Annex B.2.3.
package struct ServiceContext: Hashable, Sendable {
    package var sessionCase: ServicePointTrigger.SessionCase
    /// Whether the served user is registered, which the session case after diversion does not say.
    package var isRegistered: Bool
    /// Of a REGISTER.
    package var registrationType: ServicePointTrigger.RegistrationType?

    package init(
        _ sessionCase: ServicePointTrigger.SessionCase, isRegistered: Bool,
        registrationType: ServicePointTrigger.RegistrationType? = nil
    ) {
        self.sessionCase = sessionCase
        self.isRegistered = isRegistered
        self.registrationType = registrationType
    }

    package static func originating(isRegistered: Bool) -> ServiceContext {
        ServiceContext(isRegistered ? .originating : .originatingUnregistered, isRegistered: isRegistered)
    }

    package static func terminating(isRegistered: Bool) -> ServiceContext {
        ServiceContext(
            isRegistered ? .terminatingRegistered : .terminatingUnregistered, isRegistered: isRegistered)
    }

    /// A REGISTER, TS 24.229 §5.4.1.7. That it counts as originating for a registered user, when he leaves too, is
    /// what others do; TS 29.228 was not at hand to confirm it.
    package static func registration(_ type: ServicePointTrigger.RegistrationType) -> ServiceContext {
        ServiceContext(.originating, isRegistered: true, registrationType: type)
    }

    var isTerminating: Bool {
        switch sessionCase {
        case .terminatingRegistered, .terminatingUnregistered: true
        case .originating, .originatingUnregistered, .originatingAfterDiversion: false
        }
    }
}
