// Our Cx messages encoded and decoded by us and by freeDiameter's libfdproto, in one run.
//
//   diameter-peer [--rounds N] [--turns N]
//
// Both write the same octets, or the program ends with 1. Ours goes from typed values to octets and back to typed values;
// libfdproto from AVP objects to octets and back to AVP objects whose values are looked at. Each gives its memory back.

import CAllocations
import CDiameterPeer
import Cx
import Diameter
import Glibc
import Octets

func option(_ name: String, _ standard: Int) -> Int {
    guard let index = CommandLine.arguments.firstIndex(of: name), index + 1 < CommandLine.arguments.count,
        let value = Int(CommandLine.arguments[index + 1]), value > 0
    else { return standard }
    return value
}

let rounds = option("--rounds", 5_000)
let turns = option("--turns", 31)
guard diameter_peer_prepare() != 0 else {
    print("diameter-peer: libfdproto could not be set up")
    exit(1)
}

/// Keeps the optimiser from leaving out what nobody reads.
@inline(never) @_optimize(none)
func keep<Value>(_ value: borrowing Value) {}

/// A copy with memory of its own; an array shared by assignment would not be one.
func copy(_ octets: [UInt8]) -> [UInt8] {
    var copy = octets
    copy.reserveCapacity(octets.count + 1)
    return copy
}

func column(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }

/// Median nanoseconds and the allocations of one of `rounds` each, both in turn so that the machine's drift meets both.
/// - Returns: whether both did it.
func compare(_ name: String, ours: @escaping (Int) -> Bool, theirs: @escaping (Int) -> Bool) -> Bool {
    var times: [[Double]] = [[], []]
    var allocations = [0.0, 0.0]
    var isDone = true
    for turn in 0...turns {
        for (index, work) in [ours, theirs].enumerated() {
            let before = allocations_of_thread()
            let began = ContinuousClock.now
            isDone = work(rounds) && isDone
            let time = ContinuousClock.now - began
            guard turn > 0 else { continue }  // The first fills caches and tables.
            times[index].append(Double(time.wholeNanoseconds) / Double(rounds))
            allocations[index] = Double(allocations_of_thread() - before) / Double(rounds)
        }
    }
    let medians = times.map { $0.sorted()[turns / 2] }
    let costs = zip(medians, allocations).map { column("\(Int($0)) (\(Int($1.rounded())))", 16) }
    let ratio = (medians[0] / max(medians[1], 1e-9) * 100).rounded() / 100
    print(
        name + String(repeating: " ", count: max(1, 34 - name.count)) + costs.joined() + column("\(ratio)", 8)
            + (isDone ? "" : "  NOT DONE"))
    return isDone
}

let domain = DiameterIdentity("ims.mnc001.mcc001.3gppnetwork.org")
let origin = LocalOrigin(host: DiameterIdentity("icscf.\(domain.name)"), realm: domain)
let session = "icscf.\(domain.name);1;1"
let user = "001010000000001@\(domain.name)"
let server = "sip:scscf.\(domain.name):5080"

let userAuthorization = UserAuthorizationRequest(
    userName: user, publicIdentity: "sip:\(user)", visitedNetworkIdentifier: OctetSlice(domain.name),
    userAuthorizationType: .registration)
let userAuthorizationAnswer = UserAuthorizationAnswer(.subsequentRegistration, serverName: server)
let assignment = ServerAssignmentRequest(
    userName: user, publicIdentities: ["sip:\(user)"], serverName: server, serverAssignmentType: .registration)
let profile = OctetSlice([UInt8](repeating: UInt8(ascii: "x"), count: 4_096))
let assignmentAnswer = ServerAssignmentAnswer(.success, userName: user, userData: profile)
let authorizationMessage = userAuthorization.message(session: session, origin: origin, destinationRealm: domain)
let assignmentMessage = assignment.message(session: session, origin: origin, destinationRealm: domain)

struct Subject {
    var name: String
    var encode: () -> [UInt8]
    var decode: ([UInt8]) throws -> Void
}

let subjects = [
    Subject(
        name: "UAR",
        encode: { userAuthorization.message(session: session, origin: origin, destinationRealm: domain).octets },
        decode: { keep(try UserAuthorizationRequest(decoding: DiameterMessage(decoding: $0))) }),
    Subject(
        name: "UAA",
        encode: { userAuthorizationAnswer.message(answering: authorizationMessage, origin: origin).octets },
        decode: { keep(try UserAuthorizationAnswer(decoding: DiameterMessage(decoding: $0))) }),
    Subject(
        name: "SAR", encode: { assignment.message(session: session, origin: origin, destinationRealm: domain).octets },
        decode: { keep(try ServerAssignmentRequest(decoding: DiameterMessage(decoding: $0))) }),
    Subject(
        name: "SAA with 4 kB",
        encode: { assignmentAnswer.message(answering: assignmentMessage, origin: origin).octets },
        decode: { keep(try ServerAssignmentAnswer(decoding: DiameterMessage(decoding: $0))) }),
]

print("nanoseconds (allocations)         " + column("ours", 16) + column("libfdproto", 16) + column("ratio", 8))
var isSame = true
for subject in subjects {
    let octets = subject.encode()
    guard let theirs = diameter_peer_read(octets, octets.count) else {
        print("diameter-peer: libfdproto does not read our \(subject.name)")
        exit(1)
    }
    let encoded = compare(
        "encode \(subject.name) (\(octets.count) octets)",
        ours: { rounds in
            for _ in 0..<rounds { keep(subject.encode()) }
            return true
        }, theirs: { diameter_peer_encode(theirs, $0) == 1 })
    let decoded = compare(
        "decode \(subject.name)",
        ours: { rounds in
            // Octets of its own for each, as they come from a socket; theirs copies too.
            for _ in 0..<rounds { do { try subject.decode(copy(octets)) } catch { return false } }
            return true
        }, theirs: { diameter_peer_decode(theirs, $0) > 0 })
    isSame = isSame && encoded && decoded
}
exit(isSame ? 0 : 1)
