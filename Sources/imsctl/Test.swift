import ArgumentParser
import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import Octets
import Operation
import SIP

struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Test the running core.",
        subcommands: [
            TestRegistration.self, TestCall.self, TestMessage.self, TestForwarding.self, TestVoicemail.self,
            TestServices.self,
        ])
}

struct TestRegistration: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registration",
        abstract: "Register a virtual phone through the whole core and check every step.",
        discussion: """
            First registration, re-registration, resynchronisation with a phone whose SQN is ahead, another OPc, a wrong \
            RES, an unknown subscriber, de-registration. Each is held against the specification; the ladder shows every \
            SIP and Diameter message with the time since the one before. When something is wrong it names the hop that \
            failed and the likely cause, and ends with 1.

            The subscriber's phone of --imsi is registered and de-registered by this, and its SQN moves on.
            """)

    @Option(help: "Whose phone; IMSI, MSISDN, IMPI or IMPU. Default: the first subscriber.") var imsi: String?
    @Option(help: ArgumentHelp("K of the SIM, where it is not the HSS's or the HSS is elsewhere.", valueName: "hex"))
    var k: String?
    @Option(help: ArgumentHelp("OPc of that SIM.", valueName: "hex")) var opc: String?
    @Option(help: ArgumentHelp("OP of that SIM, instead of OPc.", valueName: "hex")) var op: String?
    @Option(help: "Home domain of that SIM. Default: the core's.") var domain: String?
    @Option(help: "So many times.") var cycles = 1
    @Flag(help: "Only first registration and de-registration.") var quick = false
    @Flag(help: "ipsec: Once with each pair of algorithms as the only one that the phone offers.") var each = false
    @OptionGroup var access: AccessOptions
    @OptionGroup var options: CoreOptions
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard access.ipsec || !each else { throw ValidationError("--each needs --ipsec") }
        guard cycles > 0 else { throw ValidationError("--cycles is a number from 1, not \(cycles)") }
        if k != nil {
            guard opc != nil || op != nil else { throw ValidationError("--k needs --opc or --op beside it") }
            guard imsi != nil else { throw ValidationError("--k needs --imsi beside it") }
        } else if opc != nil || op != nil {
            throw ValidationError("--opc and --op need --k beside them")
        }
    }

    func run() throws {
        let (core, network, proxy) = try access.reach(options)
        let subscribers = try? Subscribers(core.state, creates: false)
        var subscriber = try whose(subscribers, network)
        let offer = try access.offer(proxy)
        let offers = each ? offer.map { [$0] } : [offer]
        subscriber.passesNAT = access.throughNat
        let user = subscriber.privateIdentity
        let plan = RegistrationTest.Plan(
            subscriber: subscriber, unknownIMSI: unknown(beside: user, subscribers),
            scenarios: quick ? RegistrationScenario.quick : RegistrationScenario.allCases, proxy: proxy,
            transport: access.transport.transport, server: access.server)
        let stored = { (try? subscribers?.find(user))??.privateIdentities.first { $0.identity.text == user }?.sqn }
        if !json {
            let carrier = core.status.diameterCarrier.map { ", Diameter over \($0)" } ?? ""
            let security = access.ipsec ? " inside IPsec" : ""
            Console.out(
                "\(user) registers through \(proxy) over \(access.transport.rawValue.uppercased())\(security)\(carrier)"
            )
            Console.out("")
        }
        var printer = TestPrinter(hasColour: Terminal.hasColour, isSilent: json, cycles: cycles * offers.count)
        var isPassed = true
        for cycle in 1...cycles * offers.count {
            var plan = plan
            plan.subscriber.security = offers[(cycle - 1) % offers.count]
            if let sqn = stored() { plan.subscriber.sqn = sqn }
            printer.begin(cycle)
            let passed = try RegistrationTest(core, plan, storedSQN: stored).run { printer.show($0) }
            isPassed = isPassed && passed
            if !passed { break }
        }
        if json {
            let report: Report = [
                "passed": .boolean(isPassed), "subscriber": .text(user), "scenarios": .list(printer.reports),
            ]
            Console.out(report.json)
        } else {
            Console.out("\n\(printer.passed) passed, \(printer.failed) failed")
        }
        guard isPassed else { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func whose(_ subscribers: Subscribers?, _ network: ReachableNetwork) throws -> PhoneSubscriber {
        if let k, let imsi {
            do {
                let record = try SubscriberRecord(
                    imsi: imsi, domain: domain ?? network.domain, key: k, opc: opc, op: op)
                let stored = try subscribers?.find(imsi)?.privateIdentities.first?.sqn
                return try PhoneSubscriber(record, sqn: stored ?? .zero)
            } catch let error as ProvisioningError {
                throw OperationFailure(.usage, "\(error)")
            }
        }
        guard let subscribers else {
            throw OperationFailure(
                .unavailable,
                "there are no subscribers in \(try options.directory.path): add one with imsctl subscriber add, "
                    + "or give the SIM's keys with --imsi, --k and --opc")
        }
        if let imsi { return try PhoneSubscriber(subscribers.get(imsi)) }
        guard let first = try subscribers.first() else {
            throw OperationFailure(.failed, "there are no subscribers yet: add one with imsctl subscriber add")
        }
        return try PhoneSubscriber(first)
    }

    /// An IMSI of the same network that nobody has.
    private func unknown(beside user: String, _ subscribers: Subscribers?) -> String? {
        let prefix = user.prefix(5)
        guard prefix.allSatisfy(\.isNumber), let subscribers else { return nil }
        return (0..<1000).lazy.map { prefix + String(9_999_999_999 - $0) }
            .first { (try? subscribers.find($0)) == .some(nil) }
    }
}
