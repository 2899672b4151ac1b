import Octets
import SIP
import Testing

@Suite("RFC 3891 §3, RFC 3911 §4: Replaces and Join")
struct DialogMatchingTests {
    static let id = DialogID(callID: "c1", localTag: "mine", remoteTag: "theirs")
    static let header = "c1;to-tag=mine;from-tag=theirs"

    static func candidate(_ state: String) throws -> [DialogMatching.Candidate] {
        let invite = try CallText.invite()
        let status = state.hasSuffix("early") || state.hasSuffix("early, incoming") ? 180 : 200
        let response = try CallText.response(status, to: invite)
        var dialog =
            state == "early, incoming"
            ? try Dialog(asServerOf: invite, response: response) : try Dialog(asClientOf: invite, response: response)
        if state == "ended" { dialog.terminate() }
        var candidate = DialogMatching.Candidate(dialog, isInvite: state != "subscription")
        candidate.id = id
        switch state {
        case "none": return []
        case "two": return [candidate, candidate]
        default: return [candidate]
        }
    }

    @Test("Every dialog × every header")
    func matrix() {
        let table = MatrixTable(
            """
            none
                Replaces, early-only, Join | 481
                Join conference            | ordinary
            two
                Replaces, early-only, Join | 481
                Join conference            | ordinary
            confirmed
                Replaces                   | replace by BYE
                early-only                 | 486
                Join, Join conference      | join
            early
                Replaces, early-only       | replace by CANCEL
                Join, Join conference      | join
            early, incoming
                Replaces, early-only       | 481
                Join, Join conference      | join
            ended
                Replaces, early-only, Join, Join conference | 603
            subscription
                Replaces, early-only, Join, Join conference | 481
            """)
        table.check(
            states: ["none", "two", "confirmed", "early", "early, incoming", "ended", "subscription"],
            events: ["Replaces", "early-only", "Join", "Join conference"]
        ) { state, event in
            do {
                let field =
                    event.hasPrefix("Join")
                    ? "Join: \(Self.header)\n"
                    : "Replaces: \(Self.header)\(event == "early-only" ? ";early-only" : "")\n"
                let invite = try CallText.invite(field)
                let candidates = try Self.candidate(state)
                let verdict = DialogMatching.judge(invite, isConference: event == "Join conference") { id in
                    id == Self.id ? candidates : []
                }
                let action =
                    switch verdict {
                    case .ordinary: "ordinary"
                    case .replace(_, let byCancel): byCancel ? "replace by CANCEL" : "replace by BYE"
                    case .join: "join"
                    case .refuse(let status): "\(status.rawValue)"
                    }
                return MatrixTable.Cell(actions: [action], next: state)
            } catch {
                return MatrixTable.Cell(actions: ["\(error)"], next: state)
            }
        }
    }

    @Test(
        "RFC 3891 §3, RFC 3911 §4: one header, one value, in an INVITE only",
        arguments: [
            "Replaces: c1;to-tag=mine;from-tag=theirs\nReplaces: c1;to-tag=mine;from-tag=theirs\n",
            "Replaces: c1;to-tag=mine;from-tag=theirs\nJoin: c1;to-tag=mine;from-tag=theirs\n",
            "Replaces: c1;to-tag=mine\n",
            "Join: c1\n",
        ])
    func malformed(extra: String) throws {
        #expect(DialogMatching.judge(try CallText.invite(extra)) { _ in [] } == .refuse(.badRequest))
    }

    @Test("RFC 3891 §3: outside an INVITE 400; without the header nothing")
    func elsewhere() throws {
        let bye = try CallText.request(
            "BYE", cseq: 1, localTag: "a", remoteTag: "b", extra: "Replaces: \(Self.header)\n")
        #expect(DialogMatching.judge(bye) { _ in [] } == .refuse(.badRequest))
        #expect(DialogMatching.judge(try CallText.invite()) { _ in [] } == .ordinary)
    }

    @Test("RFC 6665 §4.5.2: a dialog lives while one of its usages does")
    func usages() {
        let refer = DialogUsages.Usage(Event("refer"))
        var usages = DialogUsages(.invite)
        usages.begin(refer)
        let refused = usages.receive(.badEvent, for: refer)
        #expect(refused)
        #expect(usages.usages == [.invite])
        let again = usages.receive(.badEvent, for: refer)
        #expect(!again)
        usages.end(.invite)
        #expect(usages.isEmpty)
    }

    @Test(
        "RFC 3261 §12.2.1.2, RFC 6665 §4.1.2.2: the answers that end a usage",
        arguments: [
            (nil, true, true), (200, false, false), (401, false, false), (404, false, true), (408, true, false),
            (481, true, true), (486, false, false), (489, false, true), (500, false, false), (603, false, false),
        ] as [(UInt16?, Bool, Bool)])
    func ends(code: UInt16?, invite: Bool, subscription: Bool) {
        let status = code.flatMap(Status.init(rawValue:))
        #expect(DialogUsages.ends(.invite, status) == invite)
        #expect(DialogUsages.ends(DialogUsages.Usage(Event("reg")), status) == subscription)
    }
}
