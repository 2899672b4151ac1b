import IMS
import Operation
import Testing

@Suite("Conditions as they are typed")
struct ConditionTextTests {
    static let conditions: [(String, Report)] = [
        ("method=INVITE", ["method": "INVITE"]),
        (
            "method=REGISTER/initial/de-registration",
            ["method": "REGISTER", "registration": ["initial", "de-registration"]]
        ),
        ("session-case=originating", ["session-case": "originating"]),
        ("request-uri=sip:a@b;x=y", ["request-uri": "sip:a@b;x=y"]),
        ("header:Accept-Contact", ["header": "Accept-Contact"]),
        (
            "!header:P-Asserted-Identity=^sip:.*=x",
            ["not": true, "header": "P-Asserted-Identity", "content": "^sip:.*=x"]
        ),
        ("sdp:m=audio", ["sdp": "m", "content": "audio"]),
        ("method=INVITE or method=MESSAGE", [["method": "INVITE"], ["method": "MESSAGE"]]),
    ]

    @Test("a condition each", arguments: conditions)
    func reading(text: String, report: Report) throws {
        #expect(try ConditionText.report(text, joint: "or") == report)
    }

    @Test("what is none is said to be none", arguments: ["", "INVITE", "method=", "metod=INVITE"])
    func wrong(text: String) {
        #expect(throws: OperationFailure.self) { try ConditionText.report(text, joint: "or") }
    }
}
