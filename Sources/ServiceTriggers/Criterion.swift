import Cx

/// An initial filter criterion made ready, TS 29.228 Annex B.2.2.
package struct Criterion: Sendable {
    /// Where it stands.
    package enum Origin: Hashable, Sendable {
        case profile
        case sharedSet(Int)
    }

    /// Triggers that one group number holds together.
    struct Group: Sendable {
        let number: Int
        /// Indices into `triggers`.
        var members: [Int]
    }

    package let source: InitialFilterCriteria
    package let origin: Origin
    let triggers: [CompiledTrigger]
    /// In the order of their numbers.
    let groups: [Group]
    /// A trigger stands in several groups, so that its verdict is worth keeping.
    let hasSharedTriggers: Bool

    init(_ source: InitialFilterCriteria, from origin: Origin, compiler: inout TriggerCompiler) {
        self.source = source
        self.origin = origin
        var triggers: [CompiledTrigger] = []
        var members: [Int: [Int]] = [:]
        var standings = 0
        for (index, trigger) in (source.triggerPoint?.servicePointTriggers ?? []).enumerated() {
            triggers.append(compiler.compile(trigger))
            for number in Set(trigger.groups) {
                members[number, default: []].append(index)
                standings += 1
            }
        }
        self.triggers = triggers
        groups = members.sorted { $0.key < $1.key }.map { Group(number: $0.key, members: $0.value) }
        hasSharedTriggers = standings > triggers.count
    }

    package var priority: Int { source.priority }
    package var applicationServer: ApplicationServer { source.applicationServer }
    /// TS 29.228 Annex B.2.2: absent means that the session continues.
    package var defaultHandling: ApplicationServer.DefaultHandling {
        source.applicationServer.defaultHandling ?? .sessionContinued
    }

    /// Whether it belongs to the part of the profile for users in this state.
    func isFor(_ context: ServiceContext) -> Bool {
        switch source.profilePartIndicator {
        case .registered?: context.isRegistered
        case .unregistered?: !context.isRegistered
        case nil: true
        }
    }
}
