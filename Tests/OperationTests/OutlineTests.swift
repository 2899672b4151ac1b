import IMS
import Operation
import Testing

@Suite("What imsctl shows")
struct OutlineTests {
    @Test("a report as indented lines")
    func outline() {
        let report: Report = [
            "id": 1, "service_profile": "default", "scscf": .null, "barred": false, "none": [],
            "identities": [["identity": "sip:a@b", "barred": true], ["identity": "tel:+1"]],
        ]
        #expect(
            Outline(report).text == """
                id: 1
                service profile: default
                scscf: –
                barred: no
                none: none
                identities:
                  - identity: sip:a@b
                    barred: yes
                  - identity: tel:+1
                """)
    }

    @Test("columns are as wide as their widest cell")
    func table() {
        var table = Table(["a", "bb", ""])
        table.add(["ccc", "d", "e"])
        #expect(table.text == "a    bb\nccc  d   e")
    }

    @Test("A19: what a phone has written does not move the terminal's cursor")
    func controls() {
        #expect(Outline(["contact": .text("sip:a\u{1B}[2J\r\n@b")]).text == "contact: sip:a\\u001b[2J\\u000d\\u000a@b")
        var table = Table(["identity"])
        table.add(["\u{9B}31mred"])
        #expect(table.text == "identity\n\\u009b31mred")
    }

    @Test("a line of a function's log, and a complaint of its program")
    func log() {
        let line = LogText(
            line: """
                {"ts":"x","level":"notice","role":"hss","message":"No.","impi":"a@b","reason_code":"R","answer":"5001","hint":"H."}
                """)
        #expect(line.text == "No. [R → 5001] (a@b) – H.")
        #expect(line.isObservation)
        #expect(!LogText(line: "hss: cannot listen").isObservation)
    }

    @Test("a core is ready when every function answers and CSCFs and HSS are connected")
    func readiness() {
        func function(_ function: CoreFunction, peers: [Bool]) -> FunctionStatus {
            FunctionStatus(
                function: function, process: nil, report: ["peers": .list(peers.map { ["open": .boolean($0)] })])
        }
        func status(_ hss: [Bool], _ scscf: [Bool]) -> CoreStatus {
            CoreStatus(
                state: "",
                functions: [
                    function(.pcscf, peers: []), function(.icscf, peers: [true]), function(.scscf, peers: scscf),
                    function(.hss, peers: hss),
                ], registrations: 0)
        }
        #expect(status([true, true], [true]).isReady)
        #expect(!status([true, true], [false]).isReady)
        // After a kill -9 the S-CSCF may still take the old connection for open.
        #expect(!status([true, false], [true]).isReady)
        #expect(status([true, true, false], [true]).isReady)
    }
}
