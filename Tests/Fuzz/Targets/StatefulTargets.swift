/// Targets that take their input as a program of events.
let statefulTargets: [FuzzTarget] = [
    FuzzTarget("transactions") { octets in
        var program = Program(octets)
        var run = TransactionRun()
        while !program.isOver { run.step(&program) }
        run.end()
    },
    FuzzTarget("peers") { octets in
        var program = Program(octets)
        var run = PeerRun()
        while !program.isOver { run.step(&program) }
        run.end()
    },
]
