import Foundation
import IMS

// Identity, barring and short messages.
extension ServiceTest {
    private static let pin = "4711"

    static let services: [ServiceStep] = [
        ServiceStep(title: "the callee sees who calls", clause: "TS 24.607 OIP", isExample: true) {
            stage throws(OperationFailure) in
            try stage.set(
                .caller, "hide-identity no", "bar-outgoing none", "barring-pin \(pin)", "forward.unconditional off")
            try stage.set(
                .callee, "bar-incoming none", "reject-anonymous no", "forward.unconditional off", "forward.busy off",
                "mailbox no")
            try stage.order(.callee, "manner", ["refuse": "never", "answer-after": "300"])
            return try identity(&stage, stage.identity(.callee), isShown: true)
        },
        ServiceStep(title: "#31# before the number hides the caller for one call", clause: "TS 24.607 OIR") {
            stage throws(OperationFailure) in
            guard let number = stage.number(.callee) else { return ["the callee has no telephone number"] }
            return try identity(&stage, "#31#\(number)", isShown: false)
        },
        ServiceStep(title: "hidden for all calls, *31# shows it for one", clause: "TS 24.607 OIR") {
            stage throws(OperationFailure) in
            try stage.set(.caller, "hide-identity default")
            guard let number = stage.number(.callee) else { return ["the callee has no telephone number"] }
            let problems = try identity(&stage, stage.identity(.callee), isShown: false)
            return try problems + identity(&stage, "*31#\(number)", isShown: true)
        },
        ServiceStep(title: "who takes no anonymous calls answers 433", clause: "TS 24.611 ACR") {
            stage throws(OperationFailure) in
            try stage.set(.callee, "reject-anonymous yes")
            let problems = try stage.call(to: stage.identity(.callee), refusedWith: 433)
            try stage.set(.callee, "reject-anonymous no")
            try stage.set(.caller, "hide-identity no")
            return problems
        },
        ServiceStep(title: "*33*PIN# bars outgoing calls, #33*PIN# lets them out again", clause: "TS 24.611 OCB") {
            stage throws(OperationFailure) in
            var problems = try stage.dial(.caller, "*33*\(pin)#")
            problems += try stage.call(to: stage.identity(.callee), refusedWith: 603)
            problems += try stage.dial(.caller, "#33*\(pin)#")
            return problems
        },
        ServiceStep(title: "a wrong PIN changes nothing", clause: "TS 24.611 OCB") { stage throws(OperationFailure) in
            try stage.call(to: "*33*0000#", refusedWith: 403)
        },
        ServiceStep(title: "incoming calls barred", clause: "TS 24.611 ICB") { stage throws(OperationFailure) in
            try stage.set(.callee, "bar-incoming all")
            let problems = try stage.call(to: stage.identity(.callee), refusedWith: 603)
            try stage.set(.callee, "bar-incoming none")
            return problems
        },
        ServiceStep(title: "a text for a phone that is away comes when it registers", clause: "RFC 3428 §7") {
            stage throws(OperationFailure) in
            try stage.order(.callee, "deregister")
            let sent = try stage.order(.caller, "message", ["to": stage.identity(.callee), "text": "are you there?"])
            guard sent?["status"]?.integer == 202 else {
                return ["the text was answered by \(sent?["status"]?.integer ?? 0); expected: 202, it is kept"]
            }
            try stage.order(.callee, "register", within: .seconds(140))
            guard try stage.inbox(.callee, { $0["text"]?.text == "are you there?" }) else {
                return ["the text did not come after the registration"]
            }
            return []
        },
        ServiceStep(title: "a short message, and the reports of the relay layer", clause: "TS 24.341 §5.3") {
            stage throws(OperationFailure) in try shortMessage(&stage, isAway: false)
        },
        ServiceStep(title: "a short message for a phone that is away", clause: "TS 24.341 §5.3.3") {
            stage throws(OperationFailure) in try shortMessage(&stage, isAway: true)
        },
    ]

    /// A call, and whether the callee's phone is told who calls.
    private static func identity(
        _ stage: inout ServiceStage, _ target: String, isShown: Bool
    ) throws(OperationFailure) -> [String] {
        var problems = try stage.call(to: target, answeredBy: .callee)
        guard problems.isEmpty else { return problems }
        let asserted = try stage.lastCall(.callee)?["asserted"]?.text
        try stage.hangUp(.caller, .callee)
        if isShown, asserted?.contains(stage.identity(.caller)) != true {
            problems.append("the callee was shown \(asserted ?? "nobody"); expected: \(stage.identity(.caller))")
        } else if !isShown, let asserted {
            problems.append("the callee was shown \(asserted); expected: nobody")
        }
        return problems
    }

    private static func shortMessage(_ stage: inout ServiceStage, isAway: Bool) throws(OperationFailure) -> [String] {
        guard let number = stage.number(.callee) else { return ["the callee has no telephone number"] }
        let text = isAway ? "later" : "Grüße"
        if isAway { try stage.order(.callee, "deregister") }
        let sent = try stage.order(.caller, "short-message", ["to": number, "text": text])
        guard sent?["status"]?.integer == 202 else {
            return ["the short message was answered by \(sent?["status"]?.integer ?? 0); expected: 202"]
        }
        guard try stage.inbox(.caller, { $0["relay"]?.text == "acknowledged" }) else {
            return ["the sender's phone got no RP-ACK"]
        }
        if isAway { try stage.order(.callee, "register", within: .seconds(140)) }
        guard try stage.inbox(.callee, { $0["text"]?.text == text }) else {
            return ["the short message did not come\(isAway ? " after the registration" : "")"]
        }
        return []
    }
}

extension ServiceStage {
    /// Waits for a message of this kind to be among those that have come.
    func inbox(_ role: Role, _ isWanted: (Report) -> Bool) throws(OperationFailure) -> Bool {
        for _ in 0..<100 {
            let messages = try order(role, "messages")?["messages"]?.list ?? []
            if messages.contains(where: isWanted) { return true }
            usleep(50_000)
        }
        return false
    }
}
