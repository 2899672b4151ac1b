import IMS
import SIP

/// Where a request leaves to.
enum NextHop: Sendable {
    case hop(Hop)
    /// To be looked up, RFC 3263 §4.
    case toBeLocated(LocationQuestion)

    func order(_ request: SIPMessage, _ client: ClientTransactionID) -> Action<ProxyWork> {
        switch self {
        case .hop(let hop): .forward(request, to: hop, client)
        case .toBeLocated(let question): .send(request, toward: question, client)
        }
    }
}

extension ProxyCSCFConfiguration {
    /// The way to a URI; nil when there is none.
    func nextHop(_ uri: URI) -> NextHop? {
        guard case .sip(let target) = uri else { return nil }
        do throws(LocationFailure) {
            return .hop(try locator.locate(target))
        } catch .unknownHost where usesDNS {
            do throws(LocationFailure) { return .toBeLocated(try LocationQuestion(target)) } catch { return nil }
        } catch {
            return nil
        }
    }

    /// The socket by which a request leaves; where DNS decides, the first that speaks the transport asked for.
    func departure(_ next: NextHop) -> SIPListener? {
        switch next {
        case .hop(let hop): return listener(hop.listener)
        case .toBeLocated(let question):
            let transport = question.transport ?? (question.isSecure ? .tls : .udp)
            let ids = listeners.keys.sorted { $0.rawValue < $1.rawValue }
            return ids.first { listeners[$0]?.transport == transport && listeners[$0]?.isProtected == false }.map(
                listener)
        }
    }
}
