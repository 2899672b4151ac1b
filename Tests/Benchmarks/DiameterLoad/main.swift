// How many Cx requests go through two processes, and what each costs: UAR and UAA over the project's own associations and
// Diameter stack, decoded and encoded on both sides.
//
//   diameter-load server TRANSPORT PORT REQUESTS           answers, until its client goes
//   diameter-load client TRANSPORT PORT REQUESTS WINDOW    asks, WINDOW requests at a time
//   diameter-load cx KIND PORT HSS REQUESTS WINDOW IMSI COUNT
//       asks an HSS of ours over TCP, as its peer "load": KIND is uar, mar, lir, register (SAR REGISTRATION), reassign
//       (SAR USER_DEREGISTRATION and REGISTRATION by turns) or sar (SAR RE_REGISTRATION), HSS the first label of its Diameter identity; of COUNT subscribers from IMSI on, in no order. Prints
//       "KIND REQUESTS SECONDS CPU-SECONDS P50 P99 P99.9 WORST REFUSED", latencies in microseconds; of mar before it a
//       line for each vector, "vector IMSI RAND AUTN", when the environment has DIAMETER_LOAD_VECTORS.
//
// TRANSPORT is tcp, usrsctp or kernel. Each prints what it has measured after a tenth of the requests:
// "client REQUESTS SECONDS CPU-SECONDS". Tests/Benchmarks/diameter makes a table of it.

import Glibc
import NIOCore
import NIOPosix

let words = CommandLine.arguments
guard let plan = words.dropFirst().first == "cx" ? Plan(asking: Array(words.dropFirst(2))) : Plan(words) else {
    print("usage: diameter-load server|client tcp|usrsctp|kernel PORT REQUESTS [WINDOW]")
    print("       diameter-load cx uar|mar|lir|register|reassign|sar PORT HSS REQUESTS WINDOW IMSI COUNT")
    exit(64)
}
let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let loop = group.next()
let ended = loop.makePromise(of: String.self)
let started = loop.submit { NIOLoopBound(try LoadNode(plan, on: loop, ended: ended), eventLoop: loop) }
do {
    // The node lives until it has ended.
    let node = try started.wait()
    print(try ended.futureResult.wait())
    withExtendedLifetime(node) {}
} catch {
    print("diameter-load: \(error)")
    exit(69)
}
