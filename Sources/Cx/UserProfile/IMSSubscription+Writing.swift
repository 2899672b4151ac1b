import Octets

// Writing User-Data, TS 29.228 Annex E, in the order that its schema asks for.

extension IMSSubscription {
    /// The document in UTF-8.
    package var xml: [UInt8] {
        var writer = ProfileWriter(reserving: 512 + serviceProfiles.reduce(0) { $0 + $1.estimatedLength })
        writer.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        writer.element("IMSSubscription") { writer in
            writer.text("PrivateID", privateID)
            for profile in serviceProfiles { profile.write(to: &writer) }
        }
        return writer.octets
    }
}

extension ServiceProfile {
    /// Enough to write most profiles into one allocation.
    fileprivate var estimatedLength: Int {
        128 + publicIdentities.count * 192
            + initialFilterCriteria.reduce(0) { $0 + 384 + ($1.triggerPoint?.servicePointTriggers.count ?? 0) * 192 }
    }

    fileprivate func write(to writer: inout ProfileWriter) {
        writer.element("ServiceProfile") { writer in
            for identity in publicIdentities { identity.write(to: &writer) }
            coreNetworkServicesAuthorization?.write(to: &writer)
            for criteria in initialFilterCriteria { criteria.write(to: &writer) }
            guard !sharedIFCSetIDs.isEmpty else { return }
            writer.element("Extension") { writer in
                for set in sharedIFCSetIDs { writer.number("SharedIFCSetID", set) }
            }
        }
    }
}

extension CoreNetworkServicesAuthorization {
    fileprivate func write(to writer: inout ProfileWriter) {
        writer.element("CoreNetworkServicesAuthorization") { writer in
            writer.number("SubscribedMediaProfileId", subscribedMediaProfileID)
            guard !serviceIDs.isEmpty else { return }
            writer.element("Extension") { writer in
                writer.element("ListOfServiceIds") { writer in
                    for service in serviceIDs { writer.text("ServiceId", service) }
                }
            }
        }
    }
}

extension PublicIdentityElement {
    fileprivate func write(to writer: inout ProfileWriter) {
        let hasThird = wildcardedIMPU != nil || serviceLevelTraceInfo != nil || sipURIParameters != nil
        let hasSecond = hasThird || displayName != nil || aliasIdentityGroupID != nil
        let hasFirst = hasSecond || identityType != nil || wildcardedPSI != nil
        writer.element("PublicIdentity") { writer in
            if isBarred { writer.number("BarringIndication", 1) }
            writer.text("Identity", identity)
            guard hasFirst else { return }
            writer.element("Extension") { writer in
                writer.number("IdentityType", identityType?.rawValue)
                writer.text("WildcardedPSI", wildcardedPSI)
                guard hasSecond else { return }
                writer.element("Extension") { writer in
                    writer.text("DisplayName", displayName)
                    writer.text("AliasIdentityGroupID", aliasIdentityGroupID)
                    guard hasThird else { return }
                    writer.element("Extension") { writer in
                        writer.text("WildcardedIMPU", wildcardedIMPU)
                        writer.text("ServiceLevelTraceInfo", serviceLevelTraceInfo)
                        writer.text("SIPURIParameters", sipURIParameters)
                    }
                }
            }
        }
    }
}

extension InitialFilterCriteria {
    /// The element alone in UTF-8.
    package var xml: [UInt8] {
        var writer = ProfileWriter(reserving: 384)
        write(to: &writer)
        return writer.octets
    }

    fileprivate func write(to writer: inout ProfileWriter) {
        writer.element("InitialFilterCriteria") { writer in
            writer.number("Priority", priority)
            triggerPoint?.write(to: &writer)
            applicationServer.write(to: &writer)
            writer.number("ProfilePartIndicator", profilePartIndicator?.rawValue)
        }
    }
}

extension TriggerPoint {
    fileprivate func write(to writer: inout ProfileWriter) {
        writer.element("TriggerPoint") { writer in
            writer.number("ConditionTypeCNF", isConjunctive ? 1 : 0)
            for trigger in servicePointTriggers { trigger.write(to: &writer) }
        }
    }
}

extension ServicePointTrigger {
    fileprivate func write(to writer: inout ProfileWriter) {
        writer.element("SPT") { writer in
            writer.number("ConditionNegated", isNegated ? 1 : 0)
            for group in groups { writer.number("Group", group) }
            switch condition {
            case .requestURI(let uri): writer.text("RequestURI", uri)
            case .method(let method): writer.text("Method", method)
            case .sipHeader(let header, let content):
                writer.element("SIPHeader") { writer in
                    writer.text("Header", header)
                    writer.text("Content", content)
                }
            case .sessionCase(let sessionCase): writer.number("SessionCase", sessionCase.rawValue)
            case .sessionDescription(let line, let content):
                writer.element("SessionDescription") { writer in
                    writer.text("Line", line)
                    writer.text("Content", content)
                }
            }
            guard !registrationTypes.isEmpty else { return }
            writer.element("Extension") { writer in
                for type in registrationTypes { writer.number("RegistrationType", type.rawValue) }
            }
        }
    }
}

extension ApplicationServer {
    fileprivate func write(to writer: inout ProfileWriter) {
        writer.element("ApplicationServer") { writer in
            writer.text("ServerName", serverName)
            writer.number("DefaultHandling", defaultHandling?.rawValue)
            writer.text("ServiceInfo", serviceInfo)
            guard includesRegisterRequest || includesRegisterResponse else { return }
            writer.element("Extension") { writer in
                if includesRegisterRequest { writer.raw("<IncludeRegisterRequest/>") }
                if includesRegisterResponse { writer.raw("<IncludeRegisterResponse/>") }
            }
        }
    }
}
