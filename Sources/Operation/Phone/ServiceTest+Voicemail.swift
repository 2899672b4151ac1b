import IMS
import RTP

// A mailbox: messages left in every case, the light on the phone, listening, deleting.
extension ServiceTest {
    static let voicemail: [ServiceStep] = [
        ServiceStep(title: "the phone watches its mailbox", clause: "RFC 3842 §3.8") { stage throws(OperationFailure) in
            try stage.set(
                .callee, "mailbox yes", "forward.unconditional off", "forward.busy off", "forward.no-reply off",
                "forward.not-reachable off", "forward.not-logged-in off", "no-reply-time 5")
            _ = try stage.messages(.callee)
            let report = try stage.order(.callee, "subscribe", ["event": "message-summary"], within: .seconds(10))
            guard let summary = report?["documents"]?.list?.last?.text, summary.hasPrefix("Messages-Waiting: ") else {
                return ["the SUBSCRIBE led to no message summary: the subscription is \(report?["state"]?.text ?? "?")"]
            }
            return []
        },
        ServiceStep(title: "the callee is busy: the mailbox answers", clause: "TS 24.604 CFB", isExample: true) {
            stage throws(OperationFailure) in
            try stage.order(.callee, "manner", ["refuse": "486"])
            return try left(&stage, tone: 1_200, messages: 1, hangsUp: true)
        },
        ServiceStep(title: "and tells the phone", clause: "RFC 3842 §5.2", usesServer: false) {
            stage throws(OperationFailure) in try summaryEnds(&stage, new: 1)
        },
        ServiceStep(title: "no reply: a key ends the message, the mailbox hangs up", clause: "TS 24.604 CFNR") {
            stage throws(OperationFailure) in
            try stage.order(.callee, "manner", ["refuse": "never", "answer-after": "never"])
            return try left(&stage, tone: 900, messages: 2, hangsUp: false)
        },
        ServiceStep(title: "the callee listens: newest first, again, delete, the end", clause: "RFC 4733 §2.5") {
            stage throws(OperationFailure) in try listened(&stage)
        },
        ServiceStep(title: "what is deleted is gone, what was heard is old", clause: "RFC 3842 §5.2", usesServer: false)
        {
            stage throws(OperationFailure) in
            let messages = try stage.messages(.callee)
            guard messages.count == 1 else { return ["\(messages.count) messages are left; expected: 1"] }
            return try summaryEnds(&stage, new: 0)
        },
        ServiceStep(title: "nobody is registered: the mailbox answers at once", clause: "TS 24.604 CFNL") {
            stage throws(OperationFailure) in
            try stage.order(.callee, "deregister")
            return try left(&stage, tone: 1_200, messages: 2, hangsUp: true)
        },
        ServiceStep(title: "without a mailbox the call is refused again", clause: "TS 24.229 §5.4.3.3") {
            stage throws(OperationFailure) in
            try stage.set(.callee, "mailbox no")
            return try stage.call(to: stage.identity(.callee), refusedWith: 480)
        },
    ]

    /// The caller hears the greeting and speaks a tone; the message is in the mailbox.
    ///
    /// - Parameter hangsUp: otherwise a key ends the message, and the mailbox the call.
    private static func left(
        _ stage: inout ServiceStage, tone: Int, messages: Int, hangsUp: Bool
    ) throws(OperationFailure) -> [String] {
        let report = try stage.order(.caller, "call", ["to": stage.identity(.callee)])
        guard report?["state"]?.text == "talking" else { return ["the call \(ServiceStage.words(report))"] }
        let audio = stage.audio(.caller)
        guard try audio.start(report?["media"]) else { return ["the mailbox and the phone have not agreed on G.711"] }
        defer { audio.stop() }
        guard audio.hears(1_000, milliseconds: 300, within: .seconds(8)) else {
            try stage.order(.caller, "hang-up")
            return ["the tone after which to speak was not heard; heard were \(words(audio.takeTones()))"]
        }
        audio.say(.silence(200), .tone(tone, 1_500))
        if hangsUp {
            try stage.order(.caller, "hang-up")
        } else if let key = Key("#") {
            audio.say(.key(key))
            try stage.waitForEnd(.caller, within: .seconds(5))
            let ending = try stage.lastCall(.caller)
            guard ending?["ending"]?.text == "hung up by the peer" else {
                return ["the mailbox did not hang up: the call \(ServiceStage.words(ending))"]
            }
        }
        guard try stage.hasMessages(.callee, messages) else {
            return ["the mailbox has \(try stage.messages(.callee).count) messages of this test; expected: \(messages)"]
        }
        guard case .number(let seconds)? = try stage.messages(.callee).first?["seconds"], (1.4...3).contains(seconds)
        else { return ["the message is not as long as what was said"] }
        return []
    }

    private static func listened(_ stage: inout ServiceStage) throws(OperationFailure) -> [String] {
        let report = try stage.order(.callee, "call", ["to": stage.identity(.callee)])
        guard report?["state"]?.text == "talking" else {
            return ["the call to the own number \(ServiceStage.words(report))"]
        }
        let audio = stage.audio(.callee)
        guard try audio.start(report?["media"]) else { return ["the mailbox and the phone have not agreed on G.711"] }
        defer { audio.stop() }
        var problems: [String] = []
        func expect(_ frequency: Int, _ what: String) {
            guard problems.isEmpty, !audio.hears(frequency, milliseconds: 200, within: .seconds(8)) else { return }
            problems.append("\(what) was not heard (\(frequency) Hz); heard were \(words(audio.takeTones()))")
        }
        func press(_ name: Character) {
            _ = audio.takeTones()
            if let key = Key(name) { audio.say(.key(key)) }
        }
        expect(900, "the newest message")
        press("1")
        expect(900, "the newest message again")
        press("3")
        expect(1_200, "the message before it")
        audio.say(.silence(1_000))  // a message has been heard when its last half second of silence is over, too
        press("*")
        expect(300, "the tone of the end")
        try stage.waitForEnd(.callee, within: .seconds(5))
        let ending = try stage.lastCall(.callee)
        if ending?["ending"]?.text != "hung up by the peer" {
            problems.append("the mailbox did not hang up: the call \(ServiceStage.words(ending))")
            _ = try stage.order(.callee, "hang-up")
        }
        return problems
    }

    /// The last NOTIFY tells so many new messages of this test; those that were there before count, too.
    private static func summaryEnds(_ stage: inout ServiceStage, new: Int) throws(OperationFailure) -> [String] {
        let report = try stage.core.ask(.tas, Command("mailbox", ["identity": stage.identity(.callee)]))
        let counts = "\(report["new"]?.integer ?? 0)/\(report["old"]?.integer ?? 0)"
        let fresh = try stage.messages(.callee).filter { $0["heard"] == .boolean(false) }.count
        guard fresh == new else { return ["\(fresh) messages are new; expected: \(new)"] }
        let documents = try stage.order(.callee, "events", ["event": "message-summary"])?["documents"]?.list
        guard documents?.last?.text?.hasSuffix("Voice-Message: \(counts)\r\n") == true else {
            return ["the last NOTIFY does not say \(counts): \(documents?.last?.text ?? "there was none")"]
        }
        return []
    }

    private static func words(_ tones: [Ear.Heard]) -> String {
        tones.isEmpty ? "none" : tones.map { "\($0.frequency) Hz" }.joined(separator: ", ")
    }
}
