import ArgumentParser
import HomeSubscriberServer
import IMS
import NodeIO
import Octets
import Operation
import SIP

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Load the running core and measure it.", subcommands: [BenchRegistration.self, BenchCall.self])
}

struct BenchRegistration: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registration",
        abstract: "Register many virtual phones at a steady rate.",
        discussion: """
            Phones with consecutive IMSIs begin so many registrations a second, whether the core keeps up or not. When \
            all are registered the first begins anew, as after a restart. Without --imsi a range of test subscribers \
            is used and provisioned when it is not there. With --at-once a phone waits while so many are under way: a \
            core that cannot keep up then takes longer, instead of refusing what comes too fast.

            With --ipsec one phone registers after the other, each inside security associations of its own; the P-CSCF \
            then says how long the kernel took for them.
            """)

    static let firstTestIMSI = "001010009000000"
    static let testKey = "465b5ce8b199b49faa5f0a2ee238a6bc"
    static let testOPc = "cd63cb71954a9f4e48a5994e37a02baf"

    @Option(help: "So many phones.") var subscribers = 1000
    @Option(help: "So many registrations under way, and no more.") var atOnce: Int?
    @Flag(help: "Add the subscribers of the range that are missing, with a test key.") var provision = false
    @OptionGroup var load: LoadOptions
    @OptionGroup var access: AccessOptions

    func validate() throws {
        guard !access.ipsec || subscribers <= ProtectedLoad.mostPhones else {
            throw ValidationError(
                "--ipsec goes with up to \(ProtectedLoad.mostPhones) --subscribers: each has its own ports")
        }
        guard (1...1_000_000).contains(subscribers) else {
            throw ValidationError("--subscribers is a number from 1 to 1,000,000, not \(subscribers)")
        }
        guard atOnce ?? 1 > 0 else { throw ValidationError("--at-once is a number from 1 on, not \(atOnce ?? 0)") }
    }

    func run() throws {
        let (core, network, proxy) = try access.reach(load.options)
        if !access.ipsec { try LoadOptions.check(core) }
        let first = load.imsi ?? Self.firstTestIMSI
        let store = try Subscribers(core.state, creates: false)
        if provision || load.imsi == nil {
            let added = try store.addMissing(
                from: Self.record(first, domain: network.domain), count: subscribers)
            if added > 0, !load.json { Console.out("added \(added) subscribers from IMSI \(first) on") }
        }
        guard let user = try store.get(first).privateIdentities.first else {
            throw OperationFailure(.failed, "subscriber \(first) has no private identity")
        }
        guard case .milenage(let key, let opc) = user.secrets else {
            throw OperationFailure(
                .failed, "virtual phones have MILENAGE; subscriber \(first) has a SIM with TUAK, or none")
        }
        let offer = try access.offer(proxy)
        let phones = try VirtualPhones(
            proxy: proxy, transport: access.transport.transport, server: access.server,
            security: !access.ipsec ? .none : access.throughNat ? .throughNAT : .direct, protecting: subscribers,
            timers: .userEquipment, traced: 0)
        defer { phones.shutDown() }
        let measurement = LoadMeasurement(core)
        var arguments = [
            "imsi": first, "count": String(subscribers), "rate": String(load.rate), "duration": String(load.duration),
            "domain": network.domain, "k": key.revealedHex, "opc": opc.revealedHex,
        ]
        arguments["at-once"] = atOnce.map { String($0) }
        let order = Command("load", arguments)
        let report: Report
        if access.ipsec {
            report = try ProtectedLoad(order, offer).run(phones)
        } else {
            guard let answer = try phones.ask(order, within: .seconds(load.duration + 200)) else {
                throw OperationFailure(.failed, "the load did not end within \(Int(load.duration) + 200) s")
            }
            report = answer
        }
        let registrations = report["registrations"]?.integer ?? 0
        var result = LoadResult(phones: report, costs: measurement.costs(registrations: registrations))
        if access.ipsec {
            result.installations = try core.ask(.pcscf, Command("security-associations"))["installations"]
        }
        Console.out(load.json ? result.report.json : result.text)
        guard result.failures == 0 else { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private static func record(_ imsi: String, domain: String) throws -> SubscriberRecord {
        do {
            return try SubscriberRecord(imsi: imsi, domain: domain, key: testKey, opc: testOPc)
        } catch {
            throw OperationFailure(.usage, "\(error)")
        }
    }
}
