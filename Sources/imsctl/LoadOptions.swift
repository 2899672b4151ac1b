import ArgumentParser
import IMS
import Octets
import Operation

/// A load at a steady rate on the running core.
struct LoadOptions: ParsableArguments {
    @Option(help: "Begun each second.") var rate = 100.0
    @Option(help: ArgumentHelp("For so long.", valueName: "seconds")) var duration = 10.0
    @Option(help: "IMSI of the first phone; all have its keys.") var imsi: String?
    @OptionGroup var options: CoreOptions
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard rate > 0, rate <= 100_000 else { throw ValidationError("--rate is a number up to 100,000, not \(rate)") }
        guard duration > 0, duration <= 86_400 else {
            throw ValidationError("--duration is a number of seconds up to 86,400, not \(duration)")
        }
    }

    static func check(_ core: Core) throws {
        guard core.status.isReady else {
            throw OperationFailure(.unavailable, "the core is not ready: see imsctl status; imsctl up starts it")
        }
    }

    /// The core that is loaded, ready for it, and its P-CSCF over UDP.
    func reach() throws -> (core: Core, network: ReachableNetwork, proxy: Endpoint) {
        let core = try options.core
        let network = try ReachableNetwork(core.state)
        try Self.check(core)
        guard let proxy = network.proxies[.udp] else {
            throw OperationFailure(.configuration, "the P-CSCF does not listen over UDP: see sip.listen of pcscf.yaml")
        }
        return (core, network, proxy)
    }
}
