// How many Cx requests go through two processes, and what each costs: UAR and UAA over the project's own associations and
// Diameter stack, decoded and encoded on both sides.
//
//   diameter-load server TRANSPORT PORT REQUESTS           answers, until its client goes
//   diameter-load client TRANSPORT PORT REQUESTS WINDOW    asks, WINDOW requests at a time
//
// TRANSPORT is tcp, usrsctp or kernel. Each prints what it has measured after a tenth of the requests:
// "client REQUESTS SECONDS CPU-SECONDS". Tests/Benchmarks/diameter makes a table of it.

import Glibc
import NIOCore
import NIOPosix

guard let plan = Plan(CommandLine.arguments) else {
    print("usage: diameter-load server|client tcp|usrsctp|kernel PORT REQUESTS [WINDOW]")
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
