import Foundation
import HomeSubscriberServer
import IMS
import Octets
import SubscriberFormats
import Testing

/// Files of other systems, made by hand after their published shapes, and what is to come of them, a line for each item.
enum Golden {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"

    static func octets(_ name: String) throws -> [UInt8] {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
        return [UInt8](try Data(contentsOf: file))
    }

    static func text(_ name: String) throws -> String { String(decoding: try octets(name), as: UTF8.self) }

    /// - Parameter piece: how many octets at a time.
    static func read(
        _ octets: [UInt8], _ format: SubscriberFormat, _ options: ImportOptions = ImportOptions(domain: domain),
        piece: Int = .max
    ) -> [ImportItem] {
        var reading = SubscriberImport(format, options)
        var items: [ImportItem] = []
        var rest = octets[...]
        while !rest.isEmpty {
            items += reading.feed(Array(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        return items + reading.finish()
    }

    static func lines(_ items: [ImportItem]) -> [String] { items.flatMap(lines) }

    static func lines(_ item: ImportItem) -> [String] {
        switch item {
        case .finding(let finding): return ["\(finding.severity.rawValue): \(finding)"]
        case .catalogue(let catalogue): return lines(catalogue)
        case .subscriber(let record, let place):
            var lines = ["subscriber at \(place)"]
            for (index, identity) in record.privateIdentities.enumerated() {
                let sets = record.registrations.filter { $0.privateIdentity == index }.map(\.implicitSet)
                lines.append("  \(identity.identity) \(words(identity)) sets \(sets)")
            }
            for identity in record.publicIdentities {
                var words = [identity.identity.text, "set \(identity.implicitSet)", identity.serviceProfile.name]
                if identity.kind != .distinct { words.append(identity.kind.word) }
                if identity.isBarred { words.append("barred") }
                if let name = identity.displayName { words.append("\"\(name)\"") }
                lines.append("  " + words.joined(separator: " "))
            }
            let lists = [record.lists.capabilities, record.lists.visitedNetworks, record.lists.charging].compactMap {
                $0
            }
            if !lists.isEmpty { lines.append("  lists: " + lists.joined(separator: " | ")) }
            return lines
        }
    }

    private static func words(_ identity: PrivateIdentityRecord) -> String {
        switch identity.credential {
        case .aka(let secrets):
            "\(secrets.algorithm.word) \(Hex.encode(secrets.revealedOctets)) \(identity.amf.hex) \(identity.sqn.hex)"
        case .digest(let secret): "digest \(secret.realm) \(secret.ha1.revealedHex)"
        case .address(let address): "address \(address)"
        case .none: "none"
        }
    }

    private static func lines(_ catalogue: ServiceCatalogue) -> [String] {
        var lines: [String] = []
        for server in catalogue.applicationServers {
            lines.append(
                "server \(server.name) \(server.server.serverName) \(server.server.defaultHandling.map { "\($0)" } ?? "-") "
                    + "\(server.server.serviceInfo ?? "-") \(server.server.includesRegisterRequest) "
                    + "\(server.server.includesRegisterResponse) \(server.sh.map { "\($0.host) \($0.pull) \($0.update) \($0.subscribe)" } ?? "-")"
            )
        }
        for set in catalogue.criteriaSets { lines += ["shared set \(set.number)"] + set.criteria.map(line) }
        for profile in catalogue.serviceProfiles {
            lines.append(
                "profile \(profile.name) media \(profile.authorization?.subscribedMediaProfileID.map(String.init) ?? "-") sets \(profile.criteriaSets)"
            )
            lines += profile.criteria.map(line)
        }
        for (name, set) in catalogue.capabilitySets.sorted(by: { $0.key < $1.key }) {
            lines.append("capabilities \(name): \(set.mandatory) \(set.optional) \(set.serverNames)")
        }
        for (name, list) in catalogue.visitedNetworks.sorted(by: { $0.key < $1.key }) {
            lines.append("networks \(name): \(list)")
        }
        for (name, charging) in catalogue.chargingProfiles.sorted(by: { $0.key < $1.key }) {
            lines.append("charging \(name): \(charging.primaryEventChargingFunctionName ?? "-")")
        }
        return lines
    }

    private static func line(_ record: FilterCriterionRecord) -> String {
        "  \(record.server ?? "-") " + FilterCriterionText.write(record.criterion)
    }
}
