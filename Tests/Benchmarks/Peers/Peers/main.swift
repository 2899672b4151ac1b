// Our SIP and SDP beside osip2 and sofia-sip, in one run: time of ours as a ratio of the faster of the two, and
// allocations for each message.
//
//   peers [--rounds N] [--turns N] [--only PART]
//
// All three are given the same octets and must come to the same sum over what they read; otherwise the program ends
// with 1. Each gives its memory back in its own way: ours drops an array or two, osip2 frees
// string by string, sofia-sip destroys the message's home. "parse" is what each does when it parses: the two C libraries
// read most headers at once, ours finds them and reads one when asked. "parse, every header" makes ours read all that
// has a grammar, and check the message by RFC 3261 §16.3 too.

import CPeers
import Glibc

func option(_ name: String, _ standard: Int) -> Int {
    guard let index = CommandLine.arguments.firstIndex(of: name), index + 1 < CommandLine.arguments.count,
        let value = Int(CommandLine.arguments[index + 1]), value > 0
    else { return standard }
    return value
}

func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }

let rounds = option("--rounds", 2_000)
let turns = option("--turns", 31)
let part = CommandLine.arguments.firstIndex(of: "--only").flatMap { index in
    index + 1 < CommandLine.arguments.count ? CommandLine.arguments[index + 1] : nil
}
guard peers_prepare() != 0 else {
    print("peers: osip2 or sofia-sip could not be set up")
    exit(1)
}

let header =
    "nanoseconds (allocations)" + String(repeating: " ", count: 21) + Comparison.names.map { column($0, 17) }.joined()
print(header + column("ratio", 8))

/// - Returns: whether all three did the same.
func compare(_ verb: String, _ task: peer_task, _ message: PeerMessage, ours: Comparison.Work? = nil) -> Bool {
    if let part, !"\(verb) \(message.name)".contains(part) { return true }
    let comparison = Comparison(task, verb, message, rounds: rounds, turns: turns, ours: ours)
    let costs = comparison.costs.map { column("\(Int($0.nanoseconds)) (\(Int($0.allocations.rounded())))", 17) }
    let padding = String(repeating: " ", count: max(1, 46 - comparison.name.count))
    let ratio = column("\((comparison.ratio * 100).rounded() / 100)", 8)
    print(comparison.name + padding + costs.joined() + ratio + (comparison.isSame ? "" : "  DIFFERENT WORK"))
    return comparison.isSame
}

var results: [Bool] = []
for message in PeerMessage.all {
    results.append(compare("parse", PEER_PARSE, message))
    results.append(
        compare("parse, every header:", PEER_PARSE, message) { OurWork.parseEveryHeader($0, rounds: $1) })
    results.append(compare("parse and read 5 of", PEER_EXTRACT, message))
    results.append(compare("serialise", PEER_SERIALISE, message))
    results.append(compare("parse, add a Via, write", PEER_PASS_ON, message))
}
results.append(compare("parse and read", PEER_DESCRIBE, .description))
exit(results.allSatisfy { $0 } ? 0 : 1)
