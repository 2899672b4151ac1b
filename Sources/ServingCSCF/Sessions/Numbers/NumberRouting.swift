import IMS
import Octets
import SIP
import ServiceTriggers

/// What an operator decides about telephone numbers.
package struct NumberSettings: Sendable, Equatable {
    package var dialPlan = DialPlan()
    /// Beginnings of the numbers of our own users, such as `+4930123`: neither looked up nor sent to gateways.
    package var homeNumbers: [String] = []
    /// Where numbers are looked up, RFC 6116: `e164.arpa`, or a private tree. In this order.
    package var lookupSuffixes: [String] = []
    package var breakout = BreakoutRules()

    package init() {}
}

/// A request to a telephone number, TS 24.229 §5.4.3.2.
///
///     local ─ dial plan ─▶ global ─┬─ of a user of ours ─────────────────────────▶ home
///                                  ├─ ENUM has a SIP URI ────────────────────────▶ there
///                                  ├─ a break-out rule fits ─ gateway ┄ the next ▶ gateway
///                                  └─ none of these ─────────────────────────────▶ home, where the HSS knows it or not
extension ServingCSCF {
    mutating func routeNumber(
        _ served: ServedRequest, _ transaction: ServerTransactionID, _ dialled: DialledNumber, at now: Instant,
        into actions: inout [Order]
    ) throws(SessionFault) {
        let numbers = configuration.sessions.numbers
        let number: String
        switch dialled {
        case .global(let global):
            guard DialPlan.isGlobal(global) else { throw .numberNotRoutable(global) }
            number = global
        case .local(let digits, let context):
            guard let found = numbers.dialPlan.globalNumber(digits, context: context) else {
                throw .incompleteNumber(context.map { "\(digits) of \($0)" } ?? digits)
            }
            actions.append(
                .observe(
                    Observation(
                        .info, "The dial plan makes \(digits) \(found.number) (rule \(found.rule + 1)).",
                        about: Subject(
                            callID: served.message.callID?.string, publicIdentity: served.user?.identity.text))))
            number = found.number
        }
        let isHome =
            registrations[PublicIdentity(canonical: "tel:\(number)")] != nil
            || numbers.homeNumbers.contains { number.hasPrefix($0) }
        if isHome { return try routeHome(served, transaction, number, at: now, into: &actions) }
        guard let suffix = numbers.lookupSuffixes.first, let query = ENUM.query(number, suffix: suffix) else {
            return try breakOut(served, transaction, number, at: now, into: &actions)
        }
        lookUp(query, served, transaction, NumberLookup(number: number), into: &actions)
    }

    /// The number as a SIP URI of our domain: the I-CSCF asks the HSS.
    private mutating func routeHome(
        _ served: ServedRequest, _ transaction: ServerTransactionID, _ number: String, at now: Instant,
        into actions: inout [Order]
    ) throws(SessionFault) {
        guard let domain = configuration.domains.first else { throw .numberNotRoutable(number) }
        var served = served
        served.message.setRequestURI("sip:\(number)@\(domain);user=phone")
        try depart(served, transaction, at: now, into: &actions)
    }

    // MARK: ENUM

    private mutating func lookUp(
        _ query: DNSQuery, _ request: ServedRequest, _ transaction: ServerTransactionID, _ lookup: NumberLookup,
        into actions: inout [Order]
    ) {
        var served = request
        served.leg = .awaitingNumber(lookup)
        tables.requests[transaction] = served
        actions.append(.lookUp(query, tables.lookup(for: transaction)))
    }

    mutating func lookedUp(_ answer: DNSAnswer, _ id: LookupID, at now: Instant, into actions: inout [Order]) {
        guard let transaction = tables.lookups.removeValue(forKey: id), let served = tables.requests[transaction],
            case .awaitingNumber(var lookup) = served.leg
        else { return }
        tables.requests[transaction] = nil
        do throws(SessionFault) {
            switch ENUM.outcome(of: answer, number: lookup.number) {
            case .uri(let uri):
                var served = served
                served.message.setRequestURI(uri)
                return try depart(served, transaction, at: now, into: &actions)
            case .next(let query) where lookup.depth < NumberLookup.limit:
                lookup.depth += 1
                return lookUp(query, served, transaction, lookup, into: &actions)
            case .next, .none: break
            }
            let suffixes = configuration.sessions.numbers.lookupSuffixes
            lookup.suffix += 1
            lookup.depth = 0
            if lookup.suffix < suffixes.count,
                let query = ENUM.query(lookup.number, suffix: suffixes[lookup.suffix])
            {
                return lookUp(query, served, transaction, lookup, into: &actions)
            }
            try breakOut(served, transaction, lookup.number, at: now, into: &actions)
        } catch {
            reject(served.message, transaction, error, from: served.arrival, into: &actions)
        }
    }

    // MARK: Break-out

    private mutating func breakOut(
        _ served: ServedRequest, _ transaction: ServerTransactionID, _ number: String, at now: Instant,
        into actions: inout [Order]
    ) throws(SessionFault) {
        let choices = breakoutChoices(number, at: now)
        guard !choices.isEmpty else {
            return try routeHome(served, transaction, number, at: now, into: &actions)
        }
        var served = served
        try startTimer(&served)
        tryGateway(served, transaction, among: choices, at: now, into: &actions)
    }

    /// The first of these gateways whose URI can be read; the others wait.
    private mutating func tryGateway(
        _ request: ServedRequest, _ transaction: ServerTransactionID, among choices: [BreakoutRules.Choice],
        at now: Instant, into actions: inout [Order]
    ) {
        var served = request
        var remaining = choices[...]
        while let choice = remaining.popFirst() {
            do throws(SIPSyntaxError) {
                let gateway = try SIPURI(parsing: choice.gateway)
                var uri = gateway
                uri.user = SIPURI.user(escaping: OctetSlice(choice.number))
                uri.parameters.set("user", "phone")
                uri.parameters.remove("lr")
                let target = try Target(OctetSlice(uri.text))
                served.leg = .atGateway(GatewayVisit(gateway: choice.gateway, remaining: Array(remaining)))
                tables.requests[transaction] = served
                var message = served.message
                keepInside(&message, towards: gateway.host)
                return start(message, transaction, to: [target], at: now, into: &actions)
            } catch {
                continue
            }
        }
        reject(
            served.message, transaction, .numberNotRoutable(served.message.requestURI.string), from: served.arrival,
            into: &actions)
    }

    /// A gateway has failed before it said anything of the call.
    ///
    /// - Returns: false when it was the last one.
    mutating func gatewayFailed(
        _ transaction: ServerTransactionID, _ why: String, at now: Instant, into actions: inout [Order]
    ) -> Bool {
        guard let served = tables.requests[transaction], case .atGateway(let visit) = served.leg, !visit.isAnswered
        else { return false }
        tables.gateways.rest(visit.gateway, until: now + configuration.sessions.serverRest, now: now)
        guard !visit.remaining.isEmpty else { return false }
        actions.append(
            .observe(
                Observation(
                    .warning, "Gateway \(visit.gateway) \(why); the call goes to the next.",
                    about: Subject(callID: served.message.callID?.string, peer: visit.gateway))))
        tables.relay.forget(transaction)
        tryGateway(served, transaction, among: visit.remaining, at: now, into: &actions)
        return true
    }
}

/// A number that is being looked up.
struct NumberLookup: Sendable {
    let number: String
    /// Which of the suffixes is asked.
    var suffix = 0
    /// How many records have led here that were not terminal.
    var depth = 0

    /// RFC 6116 §5.2.1: records that are not terminal may lead in a circle; more than five should not be needed (§5.1).
    static let limit = 5
}

/// A call that has left by a gateway, and those that are left.
struct GatewayVisit: Sendable {
    let gateway: String
    let remaining: [BreakoutRules.Choice]
    /// A response above 100 has come.
    var isAnswered = false
}
