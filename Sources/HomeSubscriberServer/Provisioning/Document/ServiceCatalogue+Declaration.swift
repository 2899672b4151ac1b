import Cx
import IMS
import Octets
import Sh

/// The catalogue as a provisioning document has it; read again, it is the same.
extension ServiceCatalogue {
    package var declaration: Report {
        .record([
            .init("application-servers", Self.named(applicationServers.map { ($0.name, $0.declaration) })),
            .init("shared-ifc-sets", Self.named(criteriaSets.map { (String($0.number), $0.declaration) })),
            .init("service-profiles", Self.named(serviceProfiles.map { ($0.name, $0.declaration) })),
            .init(
                "capability-sets", Self.named(capabilitySets.sorted { $0.key < $1.key }.map { ($0, $1.declaration) })),
            .init(
                "visited-networks",
                Self.named(
                    visitedNetworks.sorted { $0.key < $1.key }.map { ($0, .list($1.map { .text($0) })) })),
            .init("charging", Self.named(chargingProfiles.sorted { $0.key < $1.key }.map { ($0, $1.declaration) })),
        ])
    }

    private static func named(_ entries: [(String, Report)]) -> Report {
        .record(entries.map { Report.Member($0.0, $0.1) })
    }
}

extension ApplicationServerRecord {
    package var declaration: Report {
        var members: [Report.Member] = [.init("uri", .text(server.serverName))]
        members += server.declaredOptions
        if let sh {
            members.append(
                .init(
                    "sh",
                    [
                        "host": .text(sh.host), "pull": Self.words(sh.pull), "update": Self.words(sh.update),
                        "subscribe": Self.words(sh.subscribe),
                    ]))
        }
        return .record(members)
    }

    private static func words(_ references: [DataReference]) -> Report {
        .list(
            references.compactMap { reference in
                ShAccess.words.first { $0.value == reference }.map { .text($0.key) }
            })
    }
}

extension ApplicationServer {
    /// The members beside the URI.
    fileprivate var declaredOptions: [Report.Member] {
        var members: [Report.Member] = []
        switch defaultHandling {
        case .sessionContinued?: members.append(.init("default-handling", "continue"))
        case .sessionTerminated?: members.append(.init("default-handling", "terminate"))
        case nil: break
        }
        members.append("service-info", serviceInfo)
        if includesRegisterRequest { members.append(.init("include-register-request", true)) }
        if includesRegisterResponse { members.append(.init("include-register-response", true)) }
        return members
    }
}

extension SharedCriteriaRecord {
    package var declaration: Report { ["ifc": .list(criteria.map(\.declaration))] }
}

extension ServiceProfileRecord {
    package var declaration: Report {
        var members: [Report.Member] = []
        if let media = authorization?.subscribedMediaProfileID {
            members.append(.init("media-profile", .integer(media)))
        }
        if let services = authorization?.serviceIDs, !services.isEmpty {
            members.append(.init("services", .list(services.map { .text($0) })))
        }
        if !criteriaSets.isEmpty {
            members.append(.init("shared-ifc-sets", .list(criteriaSets.map { .integer($0) })))
        }
        members.append(.init("ifc", .list(criteria.map(\.declaration))))
        return .record(members)
    }
}

extension ServerCapabilities {
    package var declaration: Report {
        [
            "mandatory": .list(mandatory.map { .integer(Int($0)) }),
            "optional": .list(optional.map { .integer(Int($0)) }), "servers": .list(serverNames.map { .text($0) }),
        ]
    }
}

extension ChargingInformation {
    package var declaration: Report {
        var members: [Report.Member] = []
        members.append("primary-event", primaryEventChargingFunctionName)
        members.append("secondary-event", secondaryEventChargingFunctionName)
        members.append("primary-collection", primaryChargingCollectionFunctionName)
        members.append("secondary-collection", secondaryChargingCollectionFunctionName)
        return .record(members)
    }
}

extension FilterCriterionRecord {
    /// Conditions as a record; as its XML where a record would not be read as the same, such as one with a trigger in
    /// several groups.
    package var declaration: Report {
        let record = conditions
        guard server == nil else { return record }
        let again = try? FilterCriterionRecord(reading: record, at: "")
        return again == self ? record : .text(FilterCriterionText.write(criterion))
    }

    private var conditions: Report {
        var members: [Report.Member] = [
            .init("priority", .integer(criterion.priority)),
            .init("server", .text(server ?? criterion.applicationServer.serverName)),
        ]
        if server == nil { members += criterion.applicationServer.declaredOptions }
        switch criterion.profilePartIndicator {
        case .registered?: members.append(.init("part", "registered"))
        case .unregistered?: members.append(.init("part", "unregistered"))
        case nil: break
        }
        if let trigger = criterion.triggerPoint {
            members.append(.init(trigger.isConjunctive ? "all" : "any", trigger.declaration))
        }
        return .record(members)
    }
}

extension TriggerPoint {
    /// A member for each group: its only trigger, or a list of them.
    fileprivate var declaration: Report {
        let groups = Set(servicePointTriggers.flatMap(\.groups)).sorted()
        return .list(
            groups.map { group in
                let triggers = servicePointTriggers.filter { $0.groups.contains(group) }
                return triggers.count == 1 ? triggers[0].declaration : .list(triggers.map(\.declaration))
            })
    }
}

extension ServicePointTrigger {
    fileprivate var declaration: Report {
        var members: [Report.Member] = []
        switch condition {
        case .method(let method): members.append(.init("method", .text(method)))
        case .requestURI(let uri): members.append(.init("request-uri", .text(uri)))
        case .sipHeader(let header, let content):
            members.append(.init("header", .text(header)))
            members.append("content", content)
        case .sessionDescription(let line, let content):
            members.append(.init("sdp", .text(line)))
            members.append("content", content)
        case .sessionCase(let value):
            members.append("session-case", Self.sessionCases.first { $0.value == value }?.key)
        }
        if !registrationTypes.isEmpty {
            members.append(
                .init(
                    "registration",
                    .list(
                        registrationTypes.compactMap { type in
                            Self.registrationWords.first { $0.value == type }.map { .text($0.key) }
                        })))
        }
        if isNegated { members.append(.init("not", true)) }
        return .record(members)
    }
}
