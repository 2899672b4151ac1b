import IMS

// Diversions, each by the rule of the callee's that stands for it.
extension ServiceTest {
    static let forwarding: [ServiceStep] = [
        ServiceStep(title: "unconditional: the third phone answers", clause: "TS 24.604 CFU", isExample: true) {
            stage throws(OperationFailure) in
            try stage.set(.callee, "mailbox no", "forward.unconditional \(stage.identity(.third))")
            let before = try stage.callCount(.callee)
            var problems = try diverted(&stage)
            if try stage.callCount(.callee) != before { problems.append("the callee's phone rang") }
            try stage.set(.callee, "forward.unconditional off")
            return problems
        },
        ServiceStep(title: "on busy", clause: "TS 24.604 CFB") { stage throws(OperationFailure) in
            try stage.set(.callee, "forward.busy \(stage.identity(.third))")
            try stage.order(.callee, "manner", ["refuse": "486"])
            return try diverted(&stage, off: "forward.busy off")
        },
        ServiceStep(title: "on no reply, after five seconds of ringing", clause: "TS 24.604 CFNR") {
            stage throws(OperationFailure) in
            try stage.set(.callee, "forward.no-reply \(stage.identity(.third))", "no-reply-time 5")
            try stage.order(.callee, "manner", ["refuse": "never", "answer-after": "never"])
            return try diverted(&stage, off: "forward.no-reply off")
        },
        ServiceStep(title: "when not reachable", clause: "TS 24.604 CFNRc") { stage throws(OperationFailure) in
            try stage.set(.callee, "forward.not-reachable \(stage.identity(.third))")
            try stage.order(.callee, "manner", ["refuse": "503"])
            return try diverted(&stage, off: "forward.not-reachable off")
        },
        ServiceStep(title: "a code on the callee's phone: *21*NUMBER#", clause: "TS 22.030 §6.5.2") {
            stage throws(OperationFailure) in
            try stage.order(.callee, "manner", ["refuse": "never", "answer-after": "300"])
            guard let number = stage.number(.third) else { return ["the third phone has no telephone number"] }
            let problems = try stage.dial(.callee, "*21*\(number)#")
            return problems.isEmpty ? try diverted(&stage) : problems
        },
        ServiceStep(title: "and ##21# ends it: the callee answers", clause: "TS 22.030 §6.5.2") {
            stage throws(OperationFailure) in
            var problems = try stage.dial(.callee, "##21#")
            if problems.isEmpty {
                problems = try stage.call(to: stage.identity(.callee), answeredBy: .callee)
                try stage.hangUp(.caller, .callee)
            }
            return problems
        },
        ServiceStep(title: "two users who divert to each other", clause: "TS 24.604 §4.5.2.6.1") {
            stage throws(OperationFailure) in
            try stage.set(.callee, "forward.unconditional \(stage.identity(.third))")
            try stage.set(.third, "mailbox no", "forward.unconditional \(stage.identity(.callee))")
            // By the server's limit, or by a proxy that knows the request again (RFC 5393 §4.2).
            let problems = try stage.call(to: stage.identity(.callee), refusedWith: 480, 482)
            try stage.set(.callee, "forward.unconditional off")
            try stage.set(.third, "forward.unconditional off")
            return problems
        },
        ServiceStep(title: "when not logged in", clause: "TS 24.604 CFNL") { stage throws(OperationFailure) in
            try stage.set(.callee, "forward.not-logged-in \(stage.identity(.third))")
            try stage.order(.callee, "deregister")
            return try diverted(&stage, off: "forward.not-logged-in off")
        },
    ]

    /// The caller calls the callee, and the third phone has the call.
    private static func diverted(_ stage: inout ServiceStage, off: String? = nil) throws(OperationFailure) -> [String] {
        try stage.order(.third, "manner", ["refuse": "never", "answer-after": "300"])
        let problems = try stage.call(to: stage.identity(.callee), answeredBy: .third)
        if problems.isEmpty { try stage.hangUp(.caller, .third) }
        if let off { try stage.set(.callee, off) }
        return problems
    }
}

extension ServiceStage {
    /// The telephone number of a phone's default identity; nil when it has none.
    func number(_ role: Role) -> String? {
        let identity = identity(role)
        guard let colon = identity.firstIndex(of: ":") else { return nil }
        let number = identity[identity.index(after: colon)...].prefix { $0 == "+" || $0.isNumber }
        return number.hasPrefix("+") && number.count > 1 ? String(number) : nil
    }
}
