import IMS
import Octets
import SIP

// What does not get through, TS 24.611 (not at hand), and whose identity is shown, TS 24.607 and TS 24.608 (not at hand).
extension ApplicationServer {
    /// Why a request of this user is not let out; nil when it is.
    func barOutgoing(_ request: SIPMessage, _ user: ServedUser) -> (Status, Refusal)? {
        guard let uri = request.target, settings[user.identity].outgoingBarring.bars(uri, plan: configuration.plan)
        else { return nil }
        return (
            .decline, Refusal("OUTGOING_BARRED", answer: "603", "\(user.identity) may not call \(request.requestURI).")
        )
    }

    /// Why a request to this user is not let in; nil when it is.
    func barIncoming(_ request: SIPMessage, _ user: ServedUser) -> (Status, Refusal)? {
        let services = settings[user.identity]
        if services.rejectsAnonymous, request.isAnonymous {
            return (
                .anonymityDisallowed,
                Refusal(
                    "ANONYMOUS_REJECTED", answer: "433", "\(user.identity) takes no calls of callers without identity.")
            )
        }
        let callers = request.assertedIdentities
        let isBarred =
            services.incomingBarring.isAll
            || callers.contains { services.incomingBarring.bars($0, plan: configuration.plan) }
        guard isBarred else { return nil }
        return (.decline, Refusal("INCOMING_BARRED", answer: "603", "\(user.identity) takes no calls of this caller."))
    }

    /// The identity of the caller as his own settings and his wish want it. `#31#` and `*31#` before a number come off.
    func restrictIdentity(of request: inout SIPMessage, _ user: ServedUser) {
        let wish = takeWish(&request) ?? request.privacyWish
        if settings[user.identity].originatingIdentity.hides(wish) {
            request.askForIdentityPrivacy()
        } else if wish == .show {
            request.set(Privacy(.none))
        }
    }

    // MARK: Steps

    private func takeWish(_ request: inout SIPMessage) -> OriginatingIdentity.Wish? {
        guard configuration.takesCodes, let dialled = request.dialled, dialled.utf8.count > 4 else { return nil }
        let wish: OriginatingIdentity.Wish
        if dialled.hasPrefix("#31#") {
            wish = .hide
        } else if dialled.hasPrefix("*31#") {
            wish = .show
        } else {
            return nil
        }
        let number = String(dialled.dropFirst(4))
        guard let target = ServiceCode.target(number, configuration.domain) else { return nil }
        request.setRequestURI(target)
        return wish
    }
}

extension SIPMessage {
    /// The Request-URI; nil when it cannot be read.
    fileprivate var target: URI? { do throws(SIPSyntaxError) { return try parsedRequestURI() } catch { return nil } }
}
