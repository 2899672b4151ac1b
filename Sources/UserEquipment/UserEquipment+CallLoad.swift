import IMS
import Octets

// A load of calls between the phones that are registered.
//
//     load-calls {rate, duration, stay?}    answers when the last call is over, or with stay=yes is up
//     end-calls  {}                         ends all calls; answers at once
extension UserEquipment {
    /// So many calls are begun at a time, so that answers are read in between.
    private static let burst = 32

    /// - Returns: nil when it is no command of loads.
    mutating func perform(callLoad command: Command, _ id: CommandID, at now: Instant) -> [PhoneAction]? {
        switch command.name {
        case "load-calls":
            guard callLoad == nil else { return [.reply(.error("a load is running already"), id)] }
            let phones = handsets.filter { $0.value.registration.state == .registered }.keys.sorted()
            switch CallLoad.make(command.arguments, phones: phones, id, at: now) {
            case .success(let load):
                callLoad = load
                if load.stays { for phone in phones { handsets[phone]?.manner.talksFor = nil } }
                return []
            case .failure(let complaint): return [.reply(.error(complaint.sentence), id)]
            }
        case "end-calls":
            let open = calls.entries.values.filter { $0.call.direction == .outgoing && $0.call.state != .ended }
            var actions: [PhoneAction] = []
            for entry in open { actions += change(entry.call.number, at: now) { $0.leave(at: now, into: &$1) } }
            return actions + [.reply(["calls": .integer(open.count)], id)]
        default: return nil
        }
    }

    mutating func beginDueCalls(at now: Instant) -> [PhoneAction] {
        guard callLoad != nil else { return [] }
        var actions: [PhoneAction] = []
        for _ in 0..<Self.burst {
            guard let next = callLoad?.due(at: now) else { break }
            guard let callee = handsets[next.callee]?.defaultIdentity,
                let (number, begun) = dial(callee, as: nil, from: next.caller, at: now)
            else {
                callLoad?.failed(pair: next.pair, "phone \(next.caller) is not registered")
                continue
            }
            callLoad?.begun(number, pair: next.pair)
            actions += begun
        }
        return actions + finishedCallLoad()
    }

    mutating func noteLoad(_ number: Int, at now: Instant) -> [PhoneAction] {
        guard let call = calls[number] else { return [] }
        callLoad?.note(call, at: now)
        return finishedCallLoad()
    }

    private mutating func finishedCallLoad() -> [PhoneAction] {
        guard let command = callLoad?.command, let report = callLoad?.report else { return [] }
        callLoad = nil
        return [.reply(report, command)]
    }
}
