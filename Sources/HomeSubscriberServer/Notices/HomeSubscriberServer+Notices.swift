import Cx
import Diameter
import IMS
import Octets

/// RTR and PPR: the HSS asks.
extension HomeSubscriberServer {
    /// What a transaction brought up, now that it is on disk.
    mutating func take(_ news: [DirectoryNews]) -> [Action<Work>] {
        var orders: [NoticeQueue.Order] = []
        var notifications: [Action<Work>] = []
        for item in news {
            switch item {
            case .notice(let stored): orders += notices.add(stored)
            case .registered(let user, at: let server): orders += notices.registered(user, at: server)
            case .notification(let notification): notifications.append(ask(notification))
            }
        }
        return carryOut(orders) + notifications
    }

    /// Nobody waits for the answer: `asked` does not have it.
    private mutating func ask(_ notification: DataNotification) -> Action<Work> {
        lastAsk += 1
        let message = notification.request.message(
            session: sessions.next(), origin: configuration.origin, destinationRealm: notification.realm,
            destinationHost: notification.host)
        return .ask(message, AskID(rawValue: lastAsk))
    }

    mutating func answered(_ answer: DiameterMessage, _ id: AskID, at now: Instant) -> [Action<Work>] {
        guard let notice = asked.removeValue(forKey: id) else { return [] }
        let kept = notices.server(of: notice).flatMap { emergencyRegistrations(answer, at: $0) }
        return (kept.map { [perform($0)] } ?? [])
            + carryOut(notices.answered(notice, try? answer.cxResult(), at: now))
    }

    /// Identity-with-Emergency-Registration of an RTA: what the S-CSCF goes on serving, TS 29.228 §6.1.3.
    private func emergencyRegistrations(_ answer: DiameterMessage, at server: AssignedServingCSCF) -> Work.Task? {
        guard answer.commandCode == .registrationTermination,
            let identities = try? RegistrationTerminationAnswer(decoding: answer).emergencyIdentities,
            !identities.isEmpty
        else { return nil }
        return .keepEmergencyRegistrations(identities, at: server)
    }

    mutating func askFailed(_ id: AskID, _ failure: AskFailure, at now: Instant) -> [Action<Work>] {
        guard let notice = asked.removeValue(forKey: id) else { return [] }
        let words =
            switch failure {
            case .unableToDeliver: "it is not connected"
            case .timeout: "no answer in time"
            case .tooBusy: "too many requests wait for it"
            }
        return carryOut(notices.failed(notice, words, at: now))
    }

    /// What the directory holds that the queue has not: after a start, and when others have written.
    mutating func load() -> [Action<Work>] {
        guard !isLoading else { return [] }
        isLoading = true
        return [perform(.loadNotices(limit: configuration.noticeCapacity))]
    }

    mutating func loaded(_ stored: [StoredNotice]) -> [Action<Work>] {
        isLoading = false
        let isWhole = stored.count < configuration.noticeCapacity
        return carryOut(notices.load(stored.filter { !forgetting.contains($0.id) }, isWhole: isWhole))
    }

    mutating func carryOut(_ orders: [NoticeQueue.Order]) -> [Action<Work>] {
        let done = orders.compactMap { if case .forget(let id) = $0 { id } else { nil } }
        forgetting.formUnion(done)
        var actions = orders.compactMap { order -> Action<Work>? in
            switch order {
            case .ask(let notice, let id):
                lastAsk += 1
                let ask = AskID(rawValue: lastAsk)
                asked[ask] = id
                return .ask(notice.message(session: sessions.next(), origin: configuration.origin), ask)
            case .read(let id, let notice): return perform(.renew(notice, id))
            case .observe(let observation): return .observe(observation)
            case .forget: return nil
            }
        }
        if !done.isEmpty { actions.append(perform(.forgetNotices(done))) }
        if notices.isBehind { actions += load() }
        return actions
    }
}
