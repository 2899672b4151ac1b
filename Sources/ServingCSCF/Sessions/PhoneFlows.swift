import IMS
import Octets
import SIP

/// The flows of the called phones that have several, RFC 5626 §7: when one has failed, the next takes its place.
struct PhoneFlows: Sendable {
    private struct Flow: Sendable {
        let phone: Int
        let uri: OctetSlice
        let target: Target
        var isTried = false
    }

    private var flows: [Flow] = []
    private var branches: [ClientTransactionID: Int] = [:]

    init() {}

    /// Latest first, as they are tried.
    init(_ bindings: [Binding], at now: Instant) throws(SIPSyntaxError) {
        guard bindings.count > 1 else { return }
        var phones: [(identity: PrivateIdentity, instance: OctetSlice)] = []
        for binding in bindings.sorted(by: { $0.expiry > $1.expiry }) where binding.expiry > now {
            guard let instance = binding.instanceID else { continue }
            var phone = phones.firstIndex { $0.identity == binding.privateIdentity && $0.instance == instance }
            if phone == nil {
                phones.append((binding.privateIdentity, instance))
                phone = phones.count - 1
            }
            flows.append(
                Flow(
                    phone: phone ?? 0, uri: binding.uri,
                    target: try Target(binding.uri, routes: binding.path.isEmpty ? [] : [binding.path])))
        }
        if flows.count == phones.count { flows = [] }
    }

    /// A branch leaves for a contact.
    mutating func began(_ client: ClientTransactionID, to uri: OctetSlice) {
        guard let index = flows.firstIndex(where: { $0.uri == uri && !$0.isTried }) else { return }
        flows[index].isTried = true
        branches[client] = flows[index].phone
    }

    /// Another flow of the phone whose branch has failed.
    func next(after client: ClientTransactionID) -> Target? {
        guard let phone = branches[client] else { return nil }
        return flows.first { $0.phone == phone && !$0.isTried }?.target
    }
}

extension ServingCSCF {
    /// - Returns: false when the phone has no other flow.
    mutating func takeNextFlow(
        after client: ClientTransactionID, of transaction: ServerTransactionID, at now: Instant,
        into actions: inout [Order]
    ) -> Bool {
        guard let target = tables.requests[transaction]?.flows.next(after: client) else { return false }
        var orders: [RequestRelay.Order] = []
        tables.relay.replace(client, by: target, names: &clients, into: &orders)
        carryOut(&orders, at: now, into: &actions)
        return true
    }
}
