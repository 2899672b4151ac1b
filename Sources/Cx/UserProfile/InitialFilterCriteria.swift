/// When a request goes to an application server (iFC), TS 29.228 Annex B.2.2.
package struct InitialFilterCriteria: Hashable, Sendable {
    /// Which state of registration a criterion is for.
    package enum ProfilePartIndicator: Int, CaseIterable, Sendable {
        case registered = 0
        case unregistered = 1
    }

    /// Lower goes first.
    package var priority: Int
    /// nil matches every request.
    package var triggerPoint: TriggerPoint?
    package var applicationServer: ApplicationServer
    /// nil means both.
    package var profilePartIndicator: ProfilePartIndicator?

    package init(
        priority: Int, triggerPoint: TriggerPoint? = nil, applicationServer: ApplicationServer,
        profilePartIndicator: ProfilePartIndicator? = nil
    ) {
        self.priority = priority
        self.triggerPoint = triggerPoint
        self.applicationServer = applicationServer
        self.profilePartIndicator = profilePartIndicator
    }
}
