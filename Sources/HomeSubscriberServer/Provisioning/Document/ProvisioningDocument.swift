import Cx
import IMS

/// What an operator declares, read from YAML or JSON: the catalogue and the subscribers.
///
///     application-servers:
///       telephony: {uri: "sip:tas.example.org:5090", default-handling: continue}
///     service-profiles:
///       volte:
///         ifc:
///           - priority: 1
///             server: telephony
///             all: [{method: INVITE}, {session-case: originating}]
///     subscribers:
///       - {imsi: "001010000000001", k: …, opc: …, service-profile: volte}
package struct ProvisioningDocument: Equatable, Sendable {
    package private(set) var catalogue = ServiceCatalogue()
    package private(set) var subscribers: [SubscriptionRecord] = []

    /// - Parameters:
    ///   - tree: the document; numbers and truths may be texts, as they are in YAML.
    ///   - domain: the home network domain of subscribers that name none.
    /// - Throws: all that is wrong in it, in its order.
    package init(_ tree: Report, domain: String) throws(DocumentProblems) {
        var problems: [DocumentProblem] = []
        func attempt(_ body: () throws(DocumentProblem) -> Void) {
            do throws(DocumentProblem) { try body() } catch { problems.append(error) }
        }
        var reader: RecordReader
        do throws(DocumentProblem) { reader = try RecordReader(tree, at: "") } catch {
            throw DocumentProblems([error])
        }
        var catalogue = ServiceCatalogue()
        attempt { () throws(DocumentProblem) in
            for (name, value, place) in try reader.named("application-servers") {
                attempt { () throws(DocumentProblem) in
                    catalogue.applicationServers.append(
                        try ApplicationServerRecord(name, reading: value, at: place))
                }
            }
        }
        attempt { () throws(DocumentProblem) in
            for (name, value, place) in try reader.named("shared-ifc-sets") {
                attempt { () throws(DocumentProblem) in
                    guard let number = Int(name), number >= 0 else {
                        throw DocumentProblem(place, "\(name): the name of a shared iFC set is a number")
                    }
                    var profile = try RecordReader(value, at: place)
                    let criteria = try profile.criteria()
                    try profile.finish()
                    catalogue.criteriaSets.append(SharedCriteriaRecord(number: number, criteria: criteria))
                }
            }
        }
        attempt { () throws(DocumentProblem) in
            for (name, value, place) in try reader.named("service-profiles") {
                attempt { () throws(DocumentProblem) in
                    catalogue.serviceProfiles.append(try ServiceProfileRecord(name, reading: value, at: place))
                }
            }
        }
        attempt { () throws(DocumentProblem) in try Self.lists(&reader, into: &catalogue) }
        let entries = reader.list("subscribers")
        attempt { () throws(DocumentProblem) in try reader.finish() }
        subscribers = Self.subscribers(entries, domain: domain, &problems)
        guard problems.isEmpty else { throw DocumentProblems(problems) }
        self.catalogue = catalogue
    }

    private static func lists(
        _ reader: inout RecordReader, into catalogue: inout ServiceCatalogue
    ) throws(DocumentProblem) {
        for (name, value, place) in try reader.named("capability-sets") {
            var set = try RecordReader(value, at: place)
            let range = 0...Int(UInt32.max)
            catalogue.capabilitySets[name] = ServerCapabilities(
                mandatory: try set.numbers("mandatory", range).map { UInt32(clamping: $0) },
                optional: try set.numbers("optional", range).map { UInt32(clamping: $0) },
                serverNames: try set.texts("servers"))
            try set.finish()
        }
        for (name, value, place) in try reader.named("visited-networks") {
            guard let list = value.list else { throw DocumentProblem(place, "a list of networks is expected here") }
            var networks: [String] = []
            for (index, network) in list.enumerated() {
                networks.append(try RecordReader.text(network, at: "\(place)[\(index)]"))
            }
            catalogue.visitedNetworks[name] = networks
        }
        for (name, value, place) in try reader.named("charging") {
            var charging = try RecordReader(value, at: place)
            catalogue.chargingProfiles[name] = ChargingInformation(
                primaryEventChargingFunctionName: try charging.optionalText("primary-event"),
                secondaryEventChargingFunctionName: try charging.optionalText("secondary-event"),
                primaryChargingCollectionFunctionName: try charging.optionalText("primary-collection"),
                secondaryChargingCollectionFunctionName: try charging.optionalText("secondary-collection"))
            try charging.finish()
        }
    }

    private static func subscribers(
        _ entries: [(value: Report, place: String)], domain: String, _ problems: inout [DocumentProblem]
    ) -> [SubscriptionRecord] {
        var records: [SubscriptionRecord] = []
        records.reserveCapacity(entries.count)
        var entryOfUser: [PrivateIdentity: Int] = [:]
        for (index, (value, place)) in entries.enumerated() {
            do throws(DocumentProblem) {
                let record = try SubscriptionRecord(reading: value, at: place, domain: domain)
                for identity in record.privateIdentities.map(\.identity) {
                    guard let earlier = entryOfUser.updateValue(index + 1, forKey: identity) else { continue }
                    let name =
                        IMSI(String(identity.text.prefix { $0 != "@" })).map { "imsi \($0)" } ?? "impi \(identity)"
                    throw DocumentProblem(place, "\(name) is that of entry \(earlier) already")
                }
                records.append(record)
            } catch {
                problems.append(error)
            }
        }
        return records
    }
}

/// All that is wrong in a document.
package struct DocumentProblems: Error, Equatable, Sendable {
    package let problems: [DocumentProblem]

    init(_ problems: [DocumentProblem]) { self.problems = problems }
}
