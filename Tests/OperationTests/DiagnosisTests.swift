import Operation
import Testing

@Suite("What went wrong, and where")
struct DiagnosisTests {
    private func exchange(_ messages: [TracedMessage], _ notes: [TracedNote] = []) -> Exchange {
        var entries = TraceEntries()
        entries.messages = messages
        entries.notes = notes
        return Exchange(entries)
    }

    private func refusal(_ code: String, at lane: Lane) -> TracedNote {
        var note = Drawn.refusal
        note.code = code
        note.lane = lane
        return note
    }

    @Test(
        "a refusal's code leads to its cause",
        arguments: [
            ("UNKNOWN_SUBSCRIBER", Lane.hss, "no such subscriber", "subscriber add"),
            ("IDENTITIES_DONT_MATCH", .hss, "different subscriptions", "subscriber show"),
            ("RES_MISMATCH", .scscf, "K or OPc", "--with-secrets"),
            ("MAC_FAILURE", .scscf, "OP was given as OPc", "--op"),
            ("AUTS_MAC_FAILURE", .hss, "AUTS", "--op"),
            ("RESYNC_LOOP", .scscf, "SQN out of range", "sequence-number-index"),
            ("HSS_DOWN", .scscf, "not connected", "restart hss"),
            ("HSS_UNREACHABLE", .icscf, "not connected", "imsctl peers"),
            ("NO_SCSCF_WITH_CAPABILITIES", .icscf, "no S-CSCF offers", "scscf-pool"),
            ("CONTACT_MISSING", .scscf, "no Contact", "RFC 3261"),
            ("DOMAIN_NOT_SERVED", .icscf, "home domain", "served-domains"),
        ])
    func cause(code: String, lane: Lane, cause: String, hint: String) {
        let diagnosis = Diagnosis(exchange(Drawn.messages, [refusal(code, at: lane)]), health: .init())
        #expect(diagnosis.hop == lane)
        #expect(diagnosis.cause.contains(cause))
        #expect(diagnosis.hint.contains(hint))
    }

    @Test("a code that nobody foresaw speaks for itself")
    func unforeseen() {
        let diagnosis = Diagnosis(exchange(Drawn.messages, [refusal("SOMETHING_NEW", at: .hss)]), health: .init())
        #expect(diagnosis == Diagnosis(hop: .hss, cause: "No subscriber has this identity.", hint: "Add it."))
    }

    @Test("the innermost refusal, which is the first, is the cause of the others")
    func innermost() {
        var later = refusal("HSS_REFUSED", at: .icscf)
        later.nanoseconds += 1
        let diagnosis = Diagnosis(
            exchange(Drawn.messages, [later, refusal("UNKNOWN_SUBSCRIBER", at: .hss)]), health: .init())
        #expect(diagnosis.hop == .hss)
    }

    @Test("a function that is down is the cause, whatever the others say")
    func down() {
        let diagnosis = Diagnosis(
            exchange(Drawn.messages, [refusal("HSS_UNREACHABLE", at: .icscf)]), health: .init(down: [.hss]))
        #expect(
            diagnosis
                == Diagnosis(hop: .hss, cause: "the HSS is down", hint: "start it again: imsctl restart hss"))
    }

    @Test("who received and sent nothing on is the failing hop", arguments: [(2, Lane.pcscf), (4, .icscf), (6, .hss)])
    func silent(messages: Int, hop: Lane) {
        let diagnosis = Diagnosis(exchange(Array(Drawn.messages.prefix(messages))), health: .init())
        #expect(diagnosis.hop == hop)
        #expect(diagnosis.cause.contains("sent nothing on"))
    }

    @Test("a CSCF without an open connection to the HSS")
    func withoutHSS() {
        let diagnosis = Diagnosis(exchange(Array(Drawn.messages.prefix(4))), health: .init(withoutHSS: [.icscf]))
        #expect(diagnosis.hop == .icscf)
        #expect(diagnosis.cause.contains("no open Diameter connection"))
    }

    @Test("nothing reached the core")
    func nothing() {
        let diagnosis = Diagnosis(exchange([]), health: .init())
        #expect(diagnosis.hop == .pcscf)
        #expect(diagnosis.cause.contains("nothing of it reached the core"))
    }
}
