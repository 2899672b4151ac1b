import ArgumentParser
import HomeSubscriberServer
import IMS
import NodeIO
import Octets
import Operation
import SIP

struct BenchCall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Let many virtual phones call each other at a steady rate.",
        discussion: """
            First a load of registrations at the same rate, to compare with; then calls of INVITE, 180, 200, ACK and BYE \
            through both sides' functions, so many a second whether the core keeps up or not; then calls that stay, to \
            see what a dialog takes. The phones have consecutive IMSIs, provisioned when they are not there.
            """)

    @Option(help: "So many phones; half of them call the others.") var subscribers = 1000
    @Option(help: ArgumentHelp("How long each is talked.", valueName: "milliseconds")) var talk = 100
    @Flag(help: "With preconditions, reliable ringing and session timers, as VoLTE phones call.") var volte = false
    @OptionGroup var load: LoadOptions

    func validate() throws {
        guard (2...100_000).contains(subscribers) else {
            throw ValidationError("--subscribers is a number from 2 to 100,000, not \(subscribers)")
        }
        guard (0...600_000).contains(talk) else {
            throw ValidationError("--talk is a number of milliseconds up to 600,000, not \(talk)")
        }
    }

    func run() throws {
        let (core, network, proxy) = try load.reach()
        let secrets = try provision(core, network)
        let phones = try VirtualPhones(proxy: proxy, transport: .udp, timers: .userEquipment, traced: 0)
        defer { phones.shutDown() }
        func ask(_ name: String, _ arguments: [String: String]) throws -> Report {
            guard let report = try phones.ask(Command(name, arguments), within: .seconds(load.duration + 300)) else {
                throw OperationFailure(.failed, "the load did not end within \(Int(load.duration) + 300) s")
            }
            return report
        }
        let pace = ["rate": String(load.rate), "duration": String(load.duration)]
        var measurement = LoadMeasurement(core)
        let plan = pace.merging(secrets) { $1 }.merging(["imsi": first, "count": String(subscribers)]) { $1 }
        let registered = try ask("load", plan)["registrations"]?.integer ?? 0
        let registrations = measurement.costs(registrations: registered)
        try registerAll(phones, secrets)
        measurement = LoadMeasurement(core)
        let report = try ask("load-calls", pace)
        let calls = measurement.costs(of: report["calls"]?.integer ?? 0, kept: 0)
        measurement = LoadMeasurement(core)
        let standing = try ask("load-calls", pace.merging(["stay": "yes"]) { $1 })["calls"]?.integer ?? 0
        let dialogs = measurement.costs(of: standing, kept: standing)
        _ = try ask("end-calls", [:])
        let result = CallLoadResult(phones: report, calls: calls, registrations: registrations, dialogs: dialogs)
        Console.out(load.json ? result.report.json : result.text)
        guard result.failures == 0 else { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private var first: String { load.imsi ?? BenchRegistration.firstTestIMSI }

    private func provision(_ core: Core, _ network: ReachableNetwork) throws -> [String: String] {
        let store = try Subscribers(core.state, creates: false)
        do {
            let record = try SubscriberRecord(
                imsi: first, domain: network.domain, key: BenchRegistration.testKey, opc: BenchRegistration.testOPc)
            let added = try store.addMissing(from: record, count: subscribers)
            if added > 0, !load.json { Console.out("added \(added) subscribers from IMSI \(first) on") }
        } catch let error as ProvisioningError {
            throw OperationFailure(.usage, "\(error)")
        }
        return [
            "domain": network.domain, "k": BenchRegistration.testKey, "opc": BenchRegistration.testOPc,
        ]
    }

    private func registerAll(_ phones: VirtualPhones, _ secrets: [String: String]) throws {
        guard let number = UInt64(first) else { throw OperationFailure(.usage, "--imsi is a number") }
        let manner =
            volte ? [:] : ["preconditions": "no", "reliable": "no", "session-expires": "never", "codecs": "g711"]
        for offset in 0..<UInt64(subscribers) {
            let digits = String(number + offset)
            let imsi = String(repeating: "0", count: max(0, first.count - digits.count)) + digits
            // Every second phone is called, and leaves it to the caller to hang up.
            let span = offset.isMultiple(of: 2) ? String(talk) : "never"
            let more = ["phone": imsi, "imsi": imsi, "answer-after": "0", "talk-for": span]
            _ = try phones.ask(Command("phone", secrets.merging(manner) { $1 }.merging(more) { $1 }))
            let report = try phones.ask(Command("register", ["phone": imsi]))
            guard report?["outcome"]?.text == "registered" else {
                throw OperationFailure(
                    .failed, "phone \(imsi) could not register: \(report?["reason"]?.text ?? "no answer")")
            }
        }
    }
}
