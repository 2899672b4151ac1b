import AKA
import Foundation
import HomeSubscriberServer
import IMS
import SubscriberStore

/// The subscribers of a core, read and written beside its HSS, whether that runs or not.
package struct Subscribers {
    private let store: SubscriberStore

    /// - Parameter creates: whether a database that is not there is made; only those who add subscribers want that.
    package init(_ state: StateDirectory, creates: Bool) throws(OperationFailure) {
        store = try Self.open(state, creates: creates)
    }

    static func open(_ state: StateDirectory, creates: Bool) throws(OperationFailure) -> SubscriberStore {
        let settings = try ProvisioningSettings(state)
        if creates {
            try state.create()
        } else if !settings.databaseExists {
            throw OperationFailure(
                .unavailable,
                "there are no subscribers yet: \(settings.database) is missing; add one with imsctl subscriber add, "
                    + "or say where the core is with --state")
        }
        do throws(StoreError) {
            return try SubscriberStore(path: settings.database, options: options(settings, creates: creates))
        } catch {
            throw OperationFailure(error)
        }
    }

    private static func options(_ settings: ProvisioningSettings, creates: Bool) -> SubscriberStore.Options {
        SubscriberStore.Options(
            creates: creates, checks: false, keyFile: settings.masterKeyFile, actor: "imsctl, user \(getuid())")
    }

    /// A copy of the database, whose size in octets it gives.
    package func backup(to file: String) throws(OperationFailure) -> Int {
        try refusing { () throws(SubscriberStore.Failure) in try store.backup(to: file) }
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Gives where what was there before is kept.
    package static func restore(_ backup: String, to state: StateDirectory) throws(OperationFailure) -> String? {
        let settings = try ProvisioningSettings(state)
        try state.create()
        do throws(SubscriberStore.Failure) {
            return try SubscriberStore.restore(
                backup, to: settings.database, options: options(settings, creates: true))
        } catch {
            throw OperationFailure(error)
        }
    }

    /// Gives how many secrets were sealed anew.
    package func rotateMasterKey() throws(OperationFailure) -> Int {
        try refusing { () throws(SubscriberStore.Failure) in try store.rotateMasterKey() }
    }

    /// Whether a core has a database of subscribers yet.
    package static func exist(_ state: StateDirectory) throws(OperationFailure) -> Bool {
        try ProvisioningSettings(state).databaseExists
    }

    /// Runs the body with those of a core; where there are none yet, with a database of its own that is gone afterwards.
    package static func rehearsing<Value>(
        _ state: StateDirectory, _ body: (Subscribers) throws(OperationFailure) -> Value
    ) throws(OperationFailure) -> Value {
        if try exist(state) { return try body(Subscribers(state, creates: false)) }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imsctl-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(Subscribers(StateDirectory(folder), creates: true))
    }

    package var count: Int {
        get throws(OperationFailure) { try refusing { () throws(SubscriberStore.Failure) in try store.count() } }
    }

    package func add(
        from first: SubscriberRecord, count: Int, progress: (Int) -> Void
    ) throws(OperationFailure) {
        try refusing { () throws(SubscriberStore.Failure) in
            try store.add(from: first, count: count, progress: progress)
        }
    }

    package func find(_ name: String) throws(OperationFailure) -> Subscription? {
        try refusing { () throws(SubscriberStore.Failure) in try store.find(name) }
    }

    /// The one with this IMSI, MSISDN, IMPI or IMPU; a sentence when there is none.
    package func get(_ name: String) throws(OperationFailure) -> Subscription {
        guard let subscription = try find(name) else { throw Self.unknown(name) }
        return subscription
    }

    /// The same with its secrets to be shown, which the audit trail remembers.
    package func getForShowingSecrets(_ name: String) throws(OperationFailure) -> Subscription {
        let subscription = try get(name)
        try refusing { () throws(SubscriberStore.Failure) in
            try store.noteReading(ofSecretsOf: subscription.record.name)
        }
        return subscription
    }

    package var catalogue: ServiceCatalogue {
        get throws(OperationFailure) {
            try refusing { () throws(SubscriberStore.Failure) in try store.catalogue() }
        }
    }

    /// The audit trail remembers that all secrets were read.
    package func noteExportOfSecrets() throws(OperationFailure) {
        try refusing { () throws(SubscriberStore.Failure) in try store.noteReading(ofSecretsOf: "all subscribers") }
    }

    package func first() throws(OperationFailure) -> Subscription? { try page(after: nil, limit: 1).first }

    package func page(after: SubscriptionID?, limit: Int) throws(OperationFailure) -> [Subscription] {
        try refusing { () throws(SubscriberStore.Failure) in try store.list(after: after, limit: limit) }
    }

    package func remove(_ name: String) throws(OperationFailure) -> Subscription {
        do throws(SubscriberStore.Failure) {
            return try store.remove(name)
        } catch {
            if case .refused(let refusal) = error, refusal.kind == .unknown { throw Self.unknown(name) }
            throw OperationFailure(error)
        }
    }

    /// Makes what subscribers share be as the catalogue says.
    package func set(_ catalogue: ServiceCatalogue) throws(OperationFailure) -> [SubscriberStore.CatalogueChange] {
        try refusing { () throws(SubscriberStore.Failure) in try store.apply(catalogue) }
    }

    /// Makes the subscriber be as the record says; does nothing when it is so already.
    package func apply(_ record: SubscriptionRecord) throws(OperationFailure) -> SubscriberStore.Applied {
        try refusing { () throws(SubscriberStore.Failure) in try store.apply(record) }
    }

    /// Makes many subscribers be as their records say; one that cannot be is refused alone.
    package func apply(all records: [SubscriptionRecord]) throws(OperationFailure) -> [SubscriberStore.Imported] {
        try refusing { () throws(SubscriberStore.Failure) in try store.apply(all: records) }
    }

    /// What that would come to; nothing of it stays.
    func rehearsal(
        _ catalogue: ServiceCatalogue, _ records: [SubscriptionRecord]
    ) throws(OperationFailure) -> [SubscriberStore.Imported] {
        try refusing { () throws(SubscriberStore.Failure) in try store.rehearse(catalogue, records) }
    }

    private static func unknown(_ name: String) -> OperationFailure {
        OperationFailure(
            .failed,
            "there is no subscriber \(name): name an IMSI, MSISDN, IMPI or IMPU that imsctl subscriber list shows")
    }

    private func refusing<Value>(
        _ body: () throws(SubscriberStore.Failure) -> Value
    ) throws(OperationFailure) -> Value {
        do throws(SubscriberStore.Failure) { return try body() } catch { throw OperationFailure(error) }
    }
}

extension Subscription {
    /// The IMSI from which the first private identity is derived; nil when it is none.
    package var imsi: String? {
        guard let user = privateIdentities.first?.identity.text.prefix(while: { $0 != "@" }) else { return nil }
        return IMSI(String(user))?.digits
    }

    /// Digits of the first tel URI.
    package var msisdn: String? {
        publicIdentities.lazy.map(\.identity.text).first { $0.hasPrefix("tel:+") }.map { String($0.dropFirst(5)) }
    }
}
