import Octets

// Which targets are tried next, and what they are sent: RFC 3261 §16.6, RFC 5393.
extension ForkingContext {
    /// Starts what may start now: of the best q that waits, as many as order and breadth allow.
    mutating func forwardWaiting(
        at now: Instant, names: inout ClientTransactionNames, into actions: inout [Action]
    ) {
        while outcome == .none, !isClosed, let first = targets.waiting.first {
            if !hasPending {
                groupQ = policy.order == .parallel ? 0 : first.q
                groupDeadline = policy.groupTime.map { now + $0 } ?? .distantFuture
            } else if policy.order == .sequential || first.q < groupQ {
                return
            }
            let candidates = policy.order == .sequential ? 1 : targets.waiting.count { $0.q >= groupQ }
            // RFC 5393 §5.3.3: branches that have ended give their breadth back.
            let used = branches.reduce(0) { $0 + ($1.isFinished ? 0 : $1.breadth) }
            let available = breadth.incoming - used
            let isTooNarrow = available < candidates && (policy.refusesNarrowing || breadth.incoming < 1)
            guard !isTooNarrow || used > 0 else {
                targets.removeAll()
                best.add(.response(.maxBreadthExceeded, to: request, toTag: tag))
                return
            }
            guard available > 0 else { return }
            guard candidates > 1, available > 1 else {
                forward(to: targets.takeFirst(), breadth: available, names: &names, into: &actions)
                continue
            }
            for share in BranchBreadth.shares(of: available, among: min(candidates, available)) {
                forward(to: targets.takeFirst(), breadth: share, names: &names, into: &actions)
            }
        }
    }

    /// A branch has ended with a 408 or 430 that is not to count: another way to the same phone takes its place (RFC 5626 §7).
    package mutating func replace(
        _ id: ClientTransactionID, by target: Target, names: inout ClientTransactionNames, into actions: inout [Action]
    ) {
        guard outcome == .none, !isClosed, let index = branches.firstIndex(where: { $0.id == id }),
            !branches[index].isFinished
        else { return }
        branches[index].isFinished = true
        forward(to: target, breadth: branches[index].breadth, names: &names, into: &actions)
        settle(into: &actions)
    }

    /// One branch. A Route that cannot be read, or a request that goes round, ends before it begins.
    private mutating func forward(
        to target: Target, breadth: Int, names: inout ClientTransactionNames, into actions: inout [Action]
    ) {
        var copy = request
        copy.setRequestURI(target.uri)
        copy.set(.maxBreadth, "\(breadth)")
        for route in target.routes.reversed() { copy.prepend(.route, route) }
        do throws(SIPSyntaxError) {
            let next = try copy.takeNextHop()
            guard try !LoopDetection.isLooping(copy, isOwn: { own.contains(host: $0, port: $1) }) else {
                return best.add(.response(.loopDetected, to: request, toTag: tag))
            }
            let id = names.next()
            branches.append(Branch(id: id, breadth: breadth))
            actions.append(.forward(copy, to: next.octets, as: id))
        } catch {
            best.add(.response(error.status, to: request, toTag: tag))
        }
    }

    /// The contacts of a redirection become targets (§16.7 step 4).
    /// - Returns: the response as it is kept; nil when all its contacts are tried.
    mutating func recurse(_ response: SIPMessage) -> SIPMessage? {
        guard redirectionsLeft > 0, outcome == .none, !isClosed, response.contains(.contact) else { return response }
        var kept: [OctetSlice] = []
        var taken = 0
        for (number, text) in response.values(.contact).enumerated() {
            guard number < Self.contactLimit, let target = Self.target(text), target.isSIP, target.isSecure || !isSecure
            else {
                kept.append(text)
                continue
            }
            if targets.contains(target) { continue }  // been there
            guard redirectionsLeft > 0, targets.insert(target) else {
                kept.append(text)
                continue
            }
            redirectionsLeft -= 1
            taken += 1
        }
        guard taken > 0 || !kept.isEmpty else {
            // Redirected in a circle: no contact that the caller should try either.
            return .response(.temporarilyUnavailable, to: request, toTag: tag)
        }
        guard !kept.isEmpty else { return nil }
        var rest = response
        rest.remove(.contact)
        for text in kept { rest.append(.contact, text) }
        return rest
    }

    /// Contacts of one redirection that are looked at: each is compared with every target.
    private static var contactLimit: Int { 32 }

    /// A SIPS request goes to SIPS only.
    private var isSecure: Bool {
        let uri = request.requestURI
        return uri.count > 5 && uri[uri.start..<uri.start + 5].equalsIgnoringCase("sips:")
    }

    private static func target(_ contact: OctetSlice) -> Target? {
        do throws(SIPSyntaxError) {
            let contact = try Contact(parsing: contact)
            guard !contact.isWildcard else { return nil }
            return try Target(contact.address.uri, q: contact.q)
        } catch {
            return nil
        }
    }
}
