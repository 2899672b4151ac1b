/// Targets that take their input as a program of events.
let statefulTargets: [FuzzTarget] = [
    FuzzTarget("transactions") { octets in
        var program = Program(octets)
        var run = TransactionRun()
        while !program.isOver { run.step(&program) }
        run.end()
    },
    FuzzTarget("proxy") { octets in
        var program = Program(octets)
        var run = ProxyRun(&program)
        while !program.isOver { run.step(&program) }
        run.end()
    },
    FuzzTarget("calls") { octets in
        var program = Program(octets)
        var run = CallRun(&program)
        while !program.isOver { run.step(&program) }
        run.end()
    },
    FuzzTarget("subscriptions") { octets in
        var program = Program(octets)
        var run = SubscriptionRun(&program)
        while !program.isOver { run.step(&program) }
        run.end()
    },
    FuzzTarget("peers") { octets in
        var program = Program(octets)
        var run = PeerRun(&program)
        while !program.isOver { run.step(&program) }
        run.end()
    },
]
