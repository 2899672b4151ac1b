import IMS
import Octets
import SIP

// The calls of the phones. Each command answers with the call's report when it has come so far, or has ended before.
//
//     manner  {phone, …}                         see `CallManner.changed(by:)`
//     call    {phone, to, as?, until?}           until ringing, talking (default) or ended
//     answer  {phone}, refuse {phone, status?}, hang-up {phone}, hold {phone}, resume {phone}
//     wait    {phone, until}                     the call that goes on, or else the next to come in
//     calls   {phone}                            all calls, those that are over too
extension UserEquipment {
    /// - Returns: nil when it is no command of calls.
    mutating func perform(
        call command: Command, _ name: String, _ id: CommandID, at now: Instant
    ) -> [PhoneAction]? {
        switch command.name {
        case "manner":
            guard let handset = handsets[name] else { return [] }
            switch handset.manner.changed(by: command.arguments) {
            case .success(let manner):
                handsets[name]?.manner = manner
                return [.reply(["phone": .text(name)], id)]
            case .failure(let complaint): return [.reply(.error(complaint.sentence), id)]
            }
        case "call": return call(command.arguments, name, id, at: now)
        case "answer":
            return order(name, .state(.talking), id, at: now) { $0.answer(at: now, into: &$1) }
        case "refuse":
            guard let status = Status(rawValue: UInt16(command.arguments["status"] ?? "486") ?? 0), status.isFinal,
                !status.isSuccess
            else { return [.reply(.error("status is a number from 300 to 699"), id)] }
            return order(name, .state(.ended), id, at: now) { $0.refuse(status, at: now, into: &$1) }
        case "hang-up":
            return order(name, .state(.ended), id, at: now) { call, orders in
                call.leave(at: now, into: &orders)
                return nil
            }
        case "hold": return order(name, .changed, id, at: now) { $0.modify(.hold, at: now, into: &$1) }
        case "resume": return order(name, .changed, id, at: now) { $0.modify(.resume, at: now, into: &$1) }
        case "wait": return wait(command.arguments["until"], name, id)
        case "calls":
            let open = calls.entries.values.filter { $0.call.phone == name }.map(\.call)
            let reports = (handsets[name]?.history ?? []) + open.sorted { $0.number < $1.number }.map(\.report)
            return [.reply(["calls": .list(reports)], id)]
        default: return nil
        }
    }

    private mutating func call(
        _ arguments: [String: String], _ name: String, _ id: CommandID, at now: Instant
    ) -> [PhoneAction] {
        guard let handset = handsets[name] else { return [] }
        guard let goal = Call.State(word: arguments["until"] ?? "talking") else {
            return [.reply(.error("until is setup, ringing, talking or ended"), id)]
        }
        guard let target = arguments["to"].flatMap(handset.target(dialled:)) else {
            return [.reply(.error("to is a SIP or tel URI or a number"), id)]
        }
        guard let (number, actions) = dial(target, as: arguments["as"], from: name, at: now) else {
            return [.reply(.error("phone \(name) is not registered"), id)]
        }
        calls.update(number) { $0.waits.append(Wait(goal: .state(goal), command: id)) }
        return actions + replies(number)
    }

    /// Begins a call. nil when the phone is not registered.
    mutating func dial(
        _ target: String, as identity: String?, from name: String, at now: Instant
    ) -> (call: Int, actions: [PhoneAction])? {
        guard let handset = handsets[name], let invite = invitation(from: handset, as: identity, to: target),
            let callID = invite.callID, let tag = invite.fromTag
        else { return nil }
        let number = calls.nextNumber()
        calls.insert(
            Call(
                number, of: name, .outgoing, with: target, callID: callID, localTag: tag,
                contact: callContact(handset), home: handset.phone.domain, manner: handset.manner,
                timing: configuration.timing,
                entropy: entropy.fork(), at: now))
        handsets[name]?.lastCall = number
        let media = stream(handset)
        return (number, change(number, at: now) { $0.invite(invite, media: media, at: now, into: &$1) })
    }

    private mutating func order(
        _ name: String, _ goal: Wait.Goal, _ id: CommandID, at now: Instant,
        _ body: (inout Call, inout [Call.Order]) -> Complaint?
    ) -> [PhoneAction] {
        guard let number = handsets[name]?.lastCall, let call = calls[number], call.state != .ended else {
            return [.reply(.error("phone \(name) has no call"), id)]
        }
        var complaint: Complaint?
        let actions = change(number, at: now) { call, orders in complaint = body(&call, &orders) }
        if let complaint { return actions + [.reply(.error(complaint.sentence), id)] }
        calls.update(number) { $0.waits.append(Wait(goal: goal, command: id)) }
        return actions + replies(number)
    }

    private mutating func wait(_ until: String?, _ name: String, _ id: CommandID) -> [PhoneAction] {
        guard let goal = until.flatMap(Call.State.init(word:)) else {
            return [.reply(.error("until is setup, ringing, talking or ended"), id)]
        }
        let wait = Wait(goal: .state(goal), command: id)
        guard let number = handsets[name]?.lastCall, let call = calls[number], call.state != .ended || goal == .ended
        else {
            handsets[name]?.waits.append(wait)
            return []
        }
        calls.update(number) { $0.waits.append(wait) }
        return replies(number)
    }

    // MARK: Events

    mutating func invited(
        _ name: String, _ invite: SIPMessage, _ transaction: ServerTransactionID, at now: Instant
    ) -> [PhoneAction] {
        guard let handset = handsets[name], let callID = invite.callID else { return [] }
        let isBusy = handset.lastCall.flatMap { calls[$0] }.map { $0.state != .ended } ?? false
        let number = calls.nextNumber()
        calls.insert(
            Call(
                number, of: name, .incoming, with: Self.caller(invite), callID: callID, localTag: OctetSlice(tag()),
                contact: callContact(handset), home: handset.phone.domain, manner: handset.manner,
                timing: configuration.timing,
                entropy: entropy.fork(), at: now))
        if !isBusy || handset.manner.takesSecondCall {
            handsets[name]?.lastCall = number
            handsets[name]?.waits = []
            calls.update(number) { $0.waits = handset.waits }
        }
        let media = stream(handset)
        return change(number, at: now, transaction) {
            $0.receive(invite: invite, transaction, media: media, isBusy: isBusy, at: now, into: &$1)
        }
    }

    mutating func acknowledged(_ ack: SIPMessage, at now: Instant) -> [PhoneAction] {
        guard let tag = ack.toTag, let number = calls.number(ack.callID, tag) else { return [] }
        return change(number, at: now) { $0.receive(acknowledgement: ack, at: now, into: &$1) }
    }

    mutating func cancelled(_ transaction: ServerTransactionID, at now: Instant) -> [PhoneAction] {
        guard let number = calls.number(transaction) else { return [] }
        return change(number, at: now) { $0.cancelled(at: now, into: &$1) }
    }

    mutating func fire(call number: Int, at now: Instant) -> [PhoneAction] {
        calls.update(number) { $0.armed = nil }
        guard calls[number] != nil else { return [] }
        return change(number, at: now) { $0.fire(at: now, into: &$1) }
    }

    // MARK: Steps

    /// Lets something happen to a call, carries out what it orders, and tells those who wait.
    mutating func change(
        _ number: Int, at now: Instant, _ server: ServerTransactionID? = nil,
        _ body: (inout Call, inout [Call.Order]) -> Void
    ) -> [PhoneAction] {
        var orders: [Call.Order] = []
        if let server { calls.note(server, of: number) }
        calls.update(number) { body(&$0.call, &orders) }
        var actions = orders.compactMap { carryOut($0, of: number) }
        actions += replies(number)
        if callLoad != nil { actions += noteLoad(number, at: now) }
        guard let entry = calls.entries[number] else { return actions }
        if entry.call.isOver {
            finish(number)
        } else if let deadline = entry.call.nextDeadline, entry.armed.map({ deadline < $0 }) ?? true {
            calls.update(number) { $0.armed = deadline }
            alarms.schedule(.call(number), at: deadline)
        }
        return actions
    }

    private mutating func carryOut(_ order: Call.Order, of number: Int) -> PhoneAction? {
        switch order {
        case .invite(let invite): return send(invite, for: .invite(call: number), call: number, \.invite)
        case .cancel: return calls.entries[number]?.invite.map { .cancel($0) }
        case .send(var request):
            // TS 24.229 §5.1.2A.1.1: in every request but ACK and CANCEL.
            request.append(.pAccessNetworkInfo, Self.accessNetwork)
            let purpose = Purpose.within(call: number, request)
            return purpose.isInvite
                ? send(request, for: purpose, call: number, \.reInvite)
                : send(request, of: phone(ofCall: number), for: purpose)
        case .acknowledge(let ack): return .acknowledge(ack, to: access(of: phone(ofCall: number)).hop)
        case .respond(let response, let transaction): return .respond(response, transaction)
        }
    }

    private func phone(ofCall number: Int) -> String { calls[number]?.phone ?? "" }

    /// An INVITE, in the place of the one before it.
    private mutating func send(
        _ invite: SIPMessage, for purpose: Purpose, call number: Int,
        _ place: WritableKeyPath<CallTable.Entry, ClientTransactionID?>
    ) -> PhoneAction {
        let (action, transaction) = begin(invite, of: phone(ofCall: number), for: purpose)
        if let before = calls.entries[number]?[keyPath: place] { transactions[before] = nil }
        calls.update(number) { $0[keyPath: place] = transaction }
        return action
    }

    private mutating func replies(_ number: Int) -> [PhoneAction] {
        guard let entry = calls.entries[number], !entry.waits.isEmpty else { return [] }
        let over = entry.waits.filter { $0.isOver(entry.call) }
        guard !over.isEmpty else { return [] }
        calls.update(number) { $0.waits.removeAll { $0.isOver(entry.call) } }
        let report = entry.call.report
        return over.map { .reply(report, $0.command) }
    }

    private mutating func finish(_ number: Int) {
        guard let entry = calls.remove(number) else { return }
        for transaction in [entry.invite, entry.reInvite] {
            if let transaction { transactions[transaction] = nil }
        }
        let name = entry.call.phone
        guard handsets[name] != nil else { return }
        if handsets[name]?.lastCall == number { handsets[name]?.lastCall = nil }
        guard callLoad == nil else { return }
        handsets[name]?.history.append(entry.call.report)
        if let count = handsets[name]?.history.count, count > 16 { handsets[name]?.history.removeFirst() }
    }

    private mutating func stream(_ handset: Handset) -> CallMedia {
        let beside = Endpoint(configuration.contact).map { Endpoint($0.address, $0.port &+ 2) }
        return CallMedia(
            at: handset.manner.media ?? beside ?? Endpoint(.loopback, 9), codecs: handset.manner.codecs,
            sessionID: UInt64(entropy.next32()), preconditions: handset.manner.usesPreconditions)
    }

    /// Whom the network says that it is, or else whom it says itself.
    private static func caller(_ invite: SIPMessage) -> String {
        for name in [HeaderName.pAssertedIdentity, .from] {
            guard let value = invite.firstValue(name) else { continue }
            do throws(SIPSyntaxError) { return try NameAddress(parsing: value).uri.string } catch { continue }
        }
        return ""
    }
}
