import Octets

// Reading User-Data, TS 29.228 Annex E. Elements that we do not know are passed over, in Extension and elsewhere.

extension IMSSubscription {
    package init(parsing text: OctetSlice) throws(UserProfileError) {
        self = try ProfileDocument.read(text) { (root) throws(UserProfileError) in try IMSSubscription(root) }
    }

    package init(parsing text: [UInt8]) throws(UserProfileError) { try self.init(parsing: OctetSlice(text)) }

    init(_ element: ProfileElement) throws(UserProfileError) {
        guard element.isNamed("IMSSubscription") else {
            throw UserProfileError(.missing, element: "IMSSubscription", line: element.line)
        }
        privateID = try element.required("PrivateID").requiredText()
        serviceProfiles = []
        for profile in try element.list("ServiceProfile") { serviceProfiles.append(try ServiceProfile(profile)) }
    }
}

extension ServiceProfile {
    init(_ element: ProfileElement) throws(UserProfileError) {
        publicIdentities = []
        for identity in try element.list("PublicIdentity") {
            publicIdentities.append(try PublicIdentityElement(identity))
        }
        coreNetworkServicesAuthorization = nil
        if let authorization = try element.optional("CoreNetworkServicesAuthorization") {
            coreNetworkServicesAuthorization = try CoreNetworkServicesAuthorization(authorization)
        }
        initialFilterCriteria = []
        var priorities: Set<Int> = []
        for child in element.children("InitialFilterCriteria") {
            let criteria = try InitialFilterCriteria(child)
            guard priorities.insert(criteria.priority).inserted else { throw child.error(.samePriority) }
            initialFilterCriteria.append(criteria)
        }
        sharedIFCSetIDs = []
        if let more = try element.optional("Extension") {
            for set in more.children("SharedIFCSetID") { sharedIFCSetIDs.append(try set.number()) }
        }
    }
}

extension CoreNetworkServicesAuthorization {
    init(_ element: ProfileElement) throws(UserProfileError) {
        subscribedMediaProfileID = try element.optional("SubscribedMediaProfileId")?.number()
        serviceIDs = []
        if let list = try element.optional("Extension")?.optional("ListOfServiceIds") {
            for service in list.children("ServiceId") { serviceIDs.append(try service.requiredText()) }
        }
    }
}

extension PublicIdentityElement {
    init(_ element: ProfileElement) throws(UserProfileError) {
        self.init(try element.required("Identity").requiredText())
        isBarred = try element.optional("BarringIndication")?.boolean() ?? false
        guard let first = try element.optional("Extension") else { return }
        identityType = try first.optional("IdentityType")?.enumeration()
        wildcardedPSI = try first.optionalText("WildcardedPSI")
        guard let second = try first.optional("Extension") else { return }
        displayName = try second.optional("DisplayName")?.rawText
        aliasIdentityGroupID = try second.optionalText("AliasIdentityGroupID")
        guard let third = try second.optional("Extension") else { return }
        wildcardedIMPU = try third.optionalText("WildcardedIMPU")
        serviceLevelTraceInfo = try third.optional("ServiceLevelTraceInfo")?.rawText
        sipURIParameters = try third.optionalText("SIPURIParameters")
    }
}

extension InitialFilterCriteria {
    init(_ element: ProfileElement) throws(UserProfileError) {
        priority = try element.required("Priority").number()
        triggerPoint = nil
        if let trigger = try element.optional("TriggerPoint") { triggerPoint = try TriggerPoint(trigger) }
        applicationServer = try ApplicationServer(try element.required("ApplicationServer"))
        profilePartIndicator = try element.optional("ProfilePartIndicator")?.enumeration()
    }
}

extension TriggerPoint {
    init(_ element: ProfileElement) throws(UserProfileError) {
        isConjunctive = try element.required("ConditionTypeCNF").boolean()
        servicePointTriggers = []
        for trigger in try element.list("SPT") { servicePointTriggers.append(try ServicePointTrigger(trigger)) }
    }
}

extension ServicePointTrigger {
    init(_ element: ProfileElement) throws(UserProfileError) {
        isNegated = try element.optional("ConditionNegated")?.boolean() ?? false
        groups = []
        for group in try element.list("Group") { groups.append(try group.number()) }
        var found: Condition?
        try element.forEachChild { (child) throws(UserProfileError) in
            guard let condition = try Condition(child) else { return }
            if found != nil { throw element.error(.condition) }
            found = condition
        }
        guard let found else { throw element.error(.condition) }
        condition = found
        registrationTypes = []
        if let more = try element.optional("Extension") {
            for type in more.children("RegistrationType") { registrationTypes.append(try type.enumeration()) }
        }
    }
}

extension ServicePointTrigger.Condition {
    /// nil when the element is no condition.
    init?(_ element: ProfileElement) throws(UserProfileError) {
        if element.isNamed("RequestURI") {
            self = .requestURI(try element.requiredText())
        } else if element.isNamed("Method") {
            self = .method(try element.requiredText())
        } else if element.isNamed("SIPHeader") {
            self = .sipHeader(
                try element.required("Header").requiredText(), content: try element.optional("Content")?.rawText)
        } else if element.isNamed("SessionCase") {
            self = .sessionCase(try element.enumeration())
        } else if element.isNamed("SessionDescription") {
            self = .sessionDescription(
                line: try element.required("Line").requiredText(), content: try element.optional("Content")?.rawText)
        } else {
            return nil
        }
    }
}

extension ApplicationServer {
    init(_ element: ProfileElement) throws(UserProfileError) {
        serverName = try element.required("ServerName").requiredText()
        defaultHandling = try element.optional("DefaultHandling")?.enumeration()
        serviceInfo = try element.optional("ServiceInfo")?.rawText
        let more = try element.optional("Extension")
        includesRegisterRequest = try more?.flag("IncludeRegisterRequest") ?? false
        includesRegisterResponse = try more?.flag("IncludeRegisterResponse") ?? false
    }
}
