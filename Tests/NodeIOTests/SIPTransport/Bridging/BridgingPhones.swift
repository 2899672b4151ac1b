import IMS
import Octets
import SIP

/// Both ends of calls through a `BridgingProxy`, with a socket for each transport and address family.
///
///     caller             callee
///       │ INVITE ─────────▶ │
///       │ ◀───────── 200 OK │
///       │ ACK ────────────▶ │
///       │ INFO ───────────▶ │
///       │ ◀─────────── INFO │   on the first INFO's arrival
///       │ BYE ────────────▶ │   on the second's
struct BridgingPhones: NetworkFunction {
    private let listeners: [ListenerID: SIPListener]
    private let proxies: [ListenerID: SIPListener]
    private let locator: StaticLocator
    private var last: UInt64 = 0

    /// The call that goes on: what is left of the command, what was sent, what has arrived.
    private var command: CommandID?
    private var invite: SIPMessage?
    private var dialogs: [DialogID: Dialog] = [:]
    private var arrivals: [String] = []

    /// - Parameter proxies: the proxy's sockets, each under the number of ours that talks to it.
    init(_ listeners: [ListenerID: SIPListener], proxies: [ListenerID: SIPListener]) {
        self.listeners = listeners
        self.proxies = proxies
        locator = StaticLocator(hosts: [:], listeners: listeners)
    }

    var nextDeadline: Instant? { nil }

    mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        switch event {
        case .command(let command, let id): return call(command, id)
        case .request(let request, let server, let hop): return answer(request, server, hop)
        case .acknowledgement(let ack, let hop):
            arrived(ack, hop)
            return []
        case .response(let response, _): return response.status == .trying ? [] : answered(response)
        case .transactionFailed(_, let failure): return finish("\(failure)")
        default: return []
        }
    }

    // MARK: The caller

    private mutating func call(_ command: Command, _ id: CommandID) -> [Action<Never>] {
        guard let from = listener(command, "from"), let to = listener(command, "to"), let proxy = proxies[from],
            let contact = self.contact(from), let target = self.contact(to)
        else { return [.reply(.error("no such socket"), id)] }
        self.command = id
        arrivals = []
        dialogs = [:]
        var invite = SIPMessage(.invite, uri: target)
        invite.append(.route, RouteText(proxy).text)
        invite.append(.maxForwards, "70")
        invite.append(.from, "<sip:caller@example.org>;tag=caller")
        invite.append(.to, "<sip:callee@example.org>")
        invite.append(.callID, "\(id.rawValue)@bridging")
        invite.append(.cseq, "1 INVITE")
        invite.append(.contact, "<\(contact)>")
        self.invite = invite
        return [.forward(invite, to: Hop(proxy.transport, from, proxy.local), next())]
    }

    private mutating func answered(_ response: SIPMessage) -> [Action<Never>] {
        guard response.status == .ok, let id = DialogID(sending: response) else {
            return finish(response.status.map { "\($0.rawValue)" } ?? "nothing")
        }
        switch response.method {
        case .invite:
            guard let invite else { return [] }
            do {
                var dialog = try Dialog(asClientOf: invite, response: response)
                for route in response.values(.recordRoute) { arrivals.append(Self.outline(route)) }
                guard let ackHop = hop(dialog) else { return finish("no way for the ACK") }
                let info = dialog.request(.info)
                dialogs[id] = dialog
                return [
                    .acknowledge(dialog.acknowledgement(for: invite), to: ackHop), .forward(info, to: ackHop, next()),
                ]
            } catch {
                return finish("\(error)")
            }
        case .bye: return finish(nil)
        default: return []
        }
    }

    private mutating func finish(_ failure: String?) -> [Action<Never>] {
        guard let command else { return [] }
        self.command = nil
        return [.reply(.text((arrivals + (failure.map { ["failed: \($0)"] } ?? [])).joined(separator: ", ")), command)]
    }

    // MARK: Either end

    private mutating func answer(
        _ request: SIPMessage, _ server: ServerTransactionID, _ hop: Hop
    ) -> [Action<Never>] {
        arrived(request, hop)
        var response = SIPMessage.response(.ok, to: request, toTag: "callee")
        if request.method == .invite, let contact = self.contact(hop.listener) {
            for route in request.values(.recordRoute) { response.append(.recordRoute, route) }
            response.append(.contact, "<\(contact)>")
            do {
                let dialog = try Dialog(asServerOf: request, response: response)
                dialogs[dialog.id] = dialog
            } catch {
                return finish("\(error)")
            }
        }
        guard request.method == .info, let id = DialogID(receiving: request), var dialog = dialogs[id],
            let next = self.hop(dialog)
        else { return [.respond(response, server)] }
        let onward = dialog.request(dialog.role == .server ? .info : .bye)
        dialogs[id] = dialog
        return [.respond(response, server), .forward(onward, to: next, self.next())]
    }

    private mutating func arrived(_ request: SIPMessage, _ hop: Hop) {
        arrivals.append("\(request.method.text) \(hop.listener.rawValue)")
    }

    private func hop(_ dialog: Dialog) -> Hop? {
        do { return try locator.locate(URI(parsing: dialog.nextHop)) } catch { return nil }
    }

    private mutating func next() -> ClientTransactionID {
        last += 1
        return ClientTransactionID(rawValue: last)
    }

    private func listener(_ command: Command, _ name: String) -> ListenerID? {
        command.arguments[name].flatMap(UInt16.init).map(ListenerID.init(rawValue:))
    }

    private func contact(_ id: ListenerID) -> String? {
        listeners[id].map { "sip:phone@\($0.sentByHost):\($0.sentByPort);transport=\($0.transport)" }
    }

    /// The socket that a Record-Route names: `tcp [::1]`.
    static func outline(_ route: OctetSlice) -> String {
        do {
            guard case .sip(let uri) = try Route(parsing: route).address.parsedURI() else { return "no SIP" }
            return "\(uri.transport ?? .udp) \(uri.host.string)"
        } catch {
            return "\(error)"
        }
    }
}
