import ArgumentParser
import IMS
import NodeIO
import Operation

/// Two of the core's subscribers whose phones are played.
struct PairOptions: ParsableArguments {
    @Option(help: "Who calls or writes; IMSI, MSISDN, IMPI or IMPU. Default: the first subscriber.")
    var caller: String?
    @Option(help: "Who is called or written to. Default: the first other subscriber.") var callee: String?
    @Option(
        help: ArgumentHelp(
            "Under which identity: a SIP or tel URI or a number. Default: the callee's first identity.",
            valueName: "uri"))
    var to: String?
    @OptionGroup var access: AccessOptions
    @OptionGroup var options: CoreOptions
    @Flag(help: "Print JSON.") var json = false

    func plan(_ scenarios: [CallScenario]) throws -> (core: Core, plan: CallTest.Plan) {
        let (core, _, proxy) = try access.reach(options)
        let subscribers = try Subscribers(core.state, creates: false)
        let some = try subscribers.page(after: nil, limit: 2)
        func pick(_ name: String?, beside other: String?) throws -> PhoneSubscriber {
            if let name { return try PhoneSubscriber(subscribers.get(name)) }
            for one in some where other == nil || one.privateIdentities.first?.identity.text != other {
                return try PhoneSubscriber(one)
            }
            throw OperationFailure(.failed, "this needs two subscribers: add them with imsctl subscriber add")
        }
        let security = try access.offer(proxy)
        let called = try callee.map { try pick($0, beside: nil) }
        let calling = try pick(caller, beside: called?.privateIdentity)
        let other = try called ?? pick(nil, beside: calling.privateIdentity)
        guard calling.privateIdentity != other.privateIdentity else {
            throw OperationFailure(.usage, "caller and callee are the same subscriber")
        }
        var (caller, callee) = (calling, other)
        caller.security = security
        callee.security = security
        caller.passesNAT = access.throughNat
        callee.passesNAT = access.throughNat
        return (
            core,
            CallTest.Plan(
                caller: caller, callee: callee, target: to, scenarios: scenarios, proxy: proxy,
                transport: access.transport.transport, server: access.server)
        )
    }

    /// Prints what came of it; ends with 1 when something failed.
    func finish(_ printer: TestPrinter, _ isPassed: Bool, _ plan: CallTest.Plan) throws {
        if json {
            let report: Report = [
                "passed": .boolean(isPassed), "caller": .text(plan.caller.privateIdentity),
                "callee": .text(plan.callee.privateIdentity), "scenarios": .list(printer.reports),
            ]
            Console.out(report.json)
        } else {
            Console.out("\n\(printer.passed) passed, \(printer.failed) failed")
        }
        guard isPassed else { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}

struct TestCall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Let two virtual phones call each other through the whole core and check every step.",
        discussion: """
            Both register; then a call that is answered, ended by either side, put on hold, given up, refused, and calls \
            that reach nobody. The phones are VoLTE phones: reliable ringing, preconditions, session timers. Each call is \
            held against the specification; the ladder shows every SIP and Diameter message. When something is wrong it \
            names the hop that failed and the likely cause, and ends with 1.

            The subscribers' phones are registered and de-registered by this.
            """)

    @Flag(help: "Only one call that is answered.") var quick = false
    @OptionGroup var pair: PairOptions

    func run() throws {
        let (core, plan) = try pair.plan(quick ? CallScenario.quick : CallScenario.allCases)
        if !pair.json {
            Console.out("\(plan.caller.privateIdentity) calls \(plan.callee.privateIdentity) through \(plan.proxy)\n")
        }
        var printer = TestPrinter(hasColour: Terminal.hasColour, isSilent: pair.json, cycles: 1)
        let isPassed = try CallTest(core, plan).run { printer.show($0) }
        try pair.finish(printer, isPassed, plan)
    }
}

struct TestMessage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "message",
        abstract: "Let two virtual phones write to each other through the whole core.",
        discussion: """
            Both register; one writes, the other answers, and one writes to somebody who is not there. The subscribers' \
            phones are registered and de-registered by this.
            """)

    @Option(help: "What is written.") var text = "hello"
    @OptionGroup var pair: PairOptions

    func run() throws {
        let (core, plan) = try pair.plan([])
        if !pair.json {
            Console.out(
                "\(plan.caller.privateIdentity) writes to \(plan.callee.privateIdentity) through \(plan.proxy)\n")
        }
        var printer = TestPrinter(hasColour: Terminal.hasColour, isSilent: pair.json, cycles: 1)
        let isPassed = try MessageTest(core, plan, text: text).run { printer.show($0) }
        try pair.finish(printer, isPassed, plan)
    }
}
