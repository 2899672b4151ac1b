/// Where a registration or a call failed and why, as far as traces and states tell.
package struct Diagnosis: Equatable, Sendable {
    /// The node that did not do its part.
    package var hop: Lane?
    package var cause: String
    package var hint: String

    package init(hop: Lane?, cause: String, hint: String) {
        self.hop = hop
        self.cause = cause
        self.hint = hint
    }

    /// How the core is; what the diagnosis needs of it.
    package struct Health: Equatable, Sendable {
        package var down: [CoreFunction]
        package var withoutHSS: [CoreFunction]

        package init(down: [CoreFunction] = [], withoutHSS: [CoreFunction] = []) {
            self.down = down
            self.withoutHSS = withoutHSS
        }

        package init(_ status: CoreStatus) {
            down = status.functions.filter { !$0.isUp }.map(\.function)
            withoutHSS = status.functions.filter { $0.isUp && $0.function.asksHSS && !$0.isConnected }.map(\.function)
        }
    }

    package init(_ exchange: Exchange, health: Health) {
        if let function = health.down.first {
            let list = health.down.map(\.title).joined(separator: ", ")
            self.init(
                hop: Lane(function), cause: "the \(list) \(health.down.count == 1 ? "is" : "are") down",
                hint: "start it again: imsctl restart \(function.rawValue)")
            return
        }
        // The first refusal is the innermost: what others say follows from it.
        if let refusal = exchange.refusals.first {
            let cause = Self.causes[refusal.code]
            self.init(
                hop: refusal.lane, cause: cause?.cause ?? refusal.sentence,
                hint: cause?.hint ?? refusal.hint)
            return
        }
        if let function = health.withoutHSS.first {
            self.init(
                hop: Lane(function), cause: "the \(function.title) has no open Diameter connection to the HSS",
                hint: "imsctl peers shows its state and last error")
            return
        }
        guard let hop = Self.silentHop(exchange) else {
            self.init(
                hop: exchange.arrows.isEmpty ? .pcscf : nil,
                cause: exchange.arrows.isEmpty
                    ? "nothing of it reached the core: another program may have the P-CSCF's port"
                    : "every hop answered; the answer is not what the specification wants",
                hint: "imsctl trace shows what the core saw last")
            return
        }
        self.init(
            hop: hop, cause: "the \(hop.title) received a message and sent nothing on",
            hint: hop.function.map { "its log may say why: log/\($0.rawValue).log in the state directory" } ?? "")
    }

    /// The last node that received something and did not send after that.
    static func silentHop(_ exchange: Exchange) -> Lane? {
        guard let last = exchange.arrows.last(where: { $0.end != nil && !$0.to.isPhone }) else { return nil }
        let isAnswered = exchange.arrows.contains { $0.from == last.to && $0.start >= (last.end ?? last.start) }
        return isAnswered ? nil : last.to
    }

    /// What most often lies behind a refusal, and what to do; codes that are missing explain themselves.
    static let causes: [String: (cause: String, hint: String)] = [
        "UNKNOWN_SUBSCRIBER": (
            "the HSS has no such subscriber",
            "imsctl subscriber add --imsi … adds it; imsctl subscriber list shows IMPIs as they must be in the phone"
        ),
        "IDENTITIES_DONT_MATCH": (
            "public and private identity of the phone are of different subscriptions",
            "imsctl subscriber show IMPI lists the identities that go together"
        ),
        "RES_MISMATCH": (
            "phone and HSS computed different responses: K or OPc of the SIM is another than in the HSS",
            "compare with imsctl subscriber show IMSI --with-secrets; or the phone does not use RES as raw octets"
        ),
        "MAC_FAILURE": (
            "the phone does not believe the network: K or OPc in the HSS is wrong, or OP was given as OPc",
            "remove the subscriber and add it with --op instead of --opc, or the other way round"
        ),
        "AUTS_MAC_FAILURE": (
            "the phone's AUTS does not verify: K or OPc of the SIM is another than in the HSS",
            "a frequent cause is OP given as OPc: add the subscriber again with --op"
        ),
        "RESYNC_REFUSED": (
            "the phone found the SQN out of range, and its AUTS did not verify in the HSS",
            "K or OPc differ between SIM and HSS; a frequent cause is OP given as OPc"
        ),
        "RESYNC_LOOP": (
            "the phone finds the SQN out of range even after resynchronisation",
            "the SIM counts SQNs by another scheme: give the HSS another sequence-number-index"
        ),
        "HSS_DOWN": (
            "the HSS is not connected over Diameter", "imsctl restart hss; imsctl peers shows the connections"
        ),
        "HSS_UNREACHABLE": (
            "the HSS is not connected over Diameter, or did not answer", "imsctl status and imsctl peers show which"
        ),
        "HSS_TIMEOUT": ("the HSS did not answer in time", "see its log, log/hss.log: a slow disk, or an overload"),
        "NO_SCSCF_WITH_CAPABILITIES": (
            "no S-CSCF offers what the subscriber's capabilities demand",
            "give one the capabilities in icscf.scscf-pool of icscf.yaml, or change the subscriber's"
        ),
        "SCSCF_UNREACHABLE": ("the S-CSCF did not answer the I-CSCF", "imsctl restart scscf"),
        "ICSCF_UNREACHABLE": ("the I-CSCF did not answer the P-CSCF", "imsctl restart icscf"),
        "CONTACT_MISSING": (
            "the phone's REGISTER has no Contact", "a phone that wants to be reached sends one (RFC 3261 §10.2)"
        ),
        "DOMAIN_NOT_SERVED": (
            "the phone's home domain is none of this core",
            "compare the request URI with home-domains of pcscf.yaml, served-domains of icscf.yaml, domains of scscf.yaml"
        ),
        "ROAMING_NOT_ALLOWED": (
            "the subscriber may not register from this visited network",
            "compare visited-network in pcscf.yaml with the networks that the subscriber is allowed"
        ),
        "IDENTITY_BARRED": (
            "all identities that would be registered are barred",
            "a subscriber needs one that is not: give it an MSISDN"
        ),
    ]
}
