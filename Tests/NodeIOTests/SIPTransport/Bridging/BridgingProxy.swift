import IMS
import Octets
import SIP

/// The least of a proxy that stays on the path: every request goes to where its Request-URI says, by whatever socket
/// leads there.
struct BridgingProxy: NetworkFunction {
    private let listeners: [ListenerID: SIPListener]
    private let locator: StaticLocator
    private let own: OwnNames
    private let recordRouting = RecordRouting(RecordRouteSeal(key: (1, 2)))
    private var pending: [ClientTransactionID: (request: SIPMessage, server: ServerTransactionID)] = [:]
    private var last: UInt64 = 0

    init(_ listeners: [ListenerID: SIPListener]) {
        self.listeners = listeners
        locator = StaticLocator(hosts: [:], listeners: listeners)
        own = OwnNames(listeners: listeners.values)
    }

    var nextDeadline: Instant? { nil }

    mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        switch event {
        case .request(let request, let server, let hop):
            guard let (copy, next) = passedOn(request, from: hop) else {
                return [.respond(.response(.badRequest, to: request, toTag: "proxy"), server)]
            }
            last += 1
            let client = ClientTransactionID(rawValue: last)
            pending[client] = (request, server)
            return [.forward(copy, to: next, client)]
        case .acknowledgement(let ack, let hop):
            return passedOn(ack, from: hop).map { [.acknowledge($0, to: $1)] } ?? []
        case .response(let response, let client):
            guard let (_, server) = pending[client] else { return [] }
            if response.status?.isFinal == true { pending[client] = nil }
            return response.status == .trying ? [] : [.respond(response, server)]
        case .transactionFailed(let client, let failure):
            guard let (request, server) = pending.removeValue(forKey: client) else { return [] }
            let status: Status = failure == .timeout ? .requestTimeout : .serviceUnavailable
            return [.respond(.response(status, to: request, toTag: "proxy"), server)]
        default: return []
        }
    }

    /// nil for what cannot be read or leads nowhere, and for a dialog that would leave by another socket than it began.
    private func passedOn(_ request: SIPMessage, from hop: Hop) -> (SIPMessage, Hop)? {
        var request = request
        do {
            guard case .remaining = request.countDownMaxForwards(), let arrival = listeners[hop.listener] else {
                return nil
            }
            let passage = try recordRouting.passage(of: &request) { own.contains($0) }
            let next = try locator.locate(request.takeNextHop())
            guard let departure = listeners[next.listener] else { return nil }
            if request.toTag == nil {
                recordRouting.insert(into: &request, text: "bridge", arrival: arrival, departure: departure)
            } else {
                let expected = (passage?.departure ?? passage?.arrival)?.port
                guard passage?.seal?.text == "bridge", expected == departure.local.port else { return nil }
            }
            return (request, next)
        } catch {
            return nil
        }
    }
}
