import Operation
import Testing

@Suite("The way of a call through the nodes, TS 23.228 §5.6, §5.7")
struct MessagePathTests {
    private static let nodes: [Lane] = [.ue, .pcscf, .scscf, .icscf, .scscf, .pcscf, .callee]
    private static let path = MessagePath("INVITE", nodes)

    /// An INVITE along some nodes, as the traces of all of them tell it.
    private func exchange(_ lanes: [Lane]) -> Exchange {
        var entries = TraceEntries()
        for (index, (from, to)) in zip(lanes, lanes.dropFirst()).enumerated() {
            let octets = UInt8(index + 1)
            let invite = TracedMessage.Content.request(method: "INVITE", callID: "c")
            let time = Int64(index) * 1_000_000
            entries.messages.append(Drawn.message(from, time, sent: true, octets, invite))
            entries.messages.append(Drawn.message(to, time + 500_000, sent: false, octets, invite))
        }
        return Exchange(entries)
    }

    @Test("the way of the specification, and what a node sends to itself on it")
    func right() {
        #expect(Self.path.deviation(in: exchange(Self.nodes)) == nil)
        let spiral: [Lane] = [.ue, .pcscf, .scscf, .scscf, .pcscf, .callee]
        #expect(MessagePath("INVITE", [.ue, .pcscf, .scscf, .pcscf, .callee]).deviation(in: exchange(spiral)) == nil)
    }

    @Test("another way, half the way and no way at all are told in a sentence")
    func wrong() {
        #expect(
            Self.path.deviation(in: exchange([.ue, .pcscf, .scscf, .pcscf, .callee]))
                == "INVITE went UE → P-CSCF → S-CSCF → P-CSCF → Callee; expected: UE → P-CSCF → S-CSCF → I-CSCF → "
                + "S-CSCF → P-CSCF → Callee")
        #expect(Self.path.deviation(in: exchange([.ue, .pcscf]))?.hasPrefix("INVITE went UE → P-CSCF;") == true)
        #expect(
            MessagePath("BYE", [.ue, .pcscf]).deviation(in: exchange(Self.nodes))
                == "there was no BYE; expected: UE → P-CSCF")
    }

    @Test("the callee has a column of its own, and what a node sends to itself stands beside its line")
    func drawing() {
        let expected = """
                    ms     +ms  UE                P-CSCF              I-CSCF              S-CSCF                HSS               Callee
                  0.00           │──────INVITE──────▶│                   │                   │                   │                   │
                  1.00    1.00   │                   │──────INVITE───────┼──────────────────▶│                   │                   │
                  2.00    1.00   │                   │                   │                   │ ⟲ INVITE          │                   │
                  3.00    1.00   │                   │◀──────────────────┼───────INVITE──────│                   │                   │
                  4.00    1.00   │                   │──────INVITE───────┼───────────────────┼───────────────────┼──────────────────▶│
            """
        #expect(Ladder(exchange([.ue, .pcscf, .scscf, .scscf, .pcscf, .callee])).text == expected)
    }
}
