import Cx
import Diameter
import IMS
import Octets

/// RTR and PPR: the HSS asks.
extension HomeSubscriberServer {
    /// What a transaction brought up, now that it is on disk.
    mutating func take(_ news: [DirectoryNews]) -> [Action<Work>] {
        var orders: [NoticeQueue.Order] = []
        for item in news {
            switch item {
            case .notice(let notice): orders += notices.add(notice)
            case .displaced(let user, let server):
                guard displaced.count < configuration.noticeCapacity || displaced[user] != nil else { continue }
                displaced[user] = server
            case .registered(let user, at: let server):
                notices.registered(user, at: server)
                // TS 29.228 §6.1.3: the S-CSCF that lost the user hears of it when the other has it for certain.
                guard let former = displaced.removeValue(forKey: user), former.host != server.host else { continue }
                let request = RegistrationTerminationRequest(
                    userName: user.text, deregistrationReason: DeregistrationReason(.newServerAssigned))
                orders += notices.add(Notice(server: former, content: .termination(request)))
            }
        }
        return carryOut(orders)
    }

    mutating func answered(_ answer: DiameterMessage, _ id: AskID, at now: Instant) -> [Action<Work>] {
        guard let notice = asked.removeValue(forKey: id) else { return [] }
        return carryOut(notices.answered(notice, try? answer.cxResult(), at: now))
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

    mutating func carryOut(_ orders: [NoticeQueue.Order]) -> [Action<Work>] {
        orders.map { order in
            switch order {
            case .ask(let notice, let id):
                lastAsk += 1
                let ask = AskID(rawValue: lastAsk)
                asked[ask] = id
                return .ask(notice.message(session: sessions.next(), origin: configuration.origin), ask)
            case .read(let id, let notice): return perform(.renew(notice, id))
            case .observe(let observation): return .observe(observation)
            }
        }
    }
}
