import Diameter
import Dispatch
import Glibc
import IMS
import NIOCore
import NIOPosix
import Octets
import SIP

/// Runs a function until a signal ends it: what every executable calls. Blocks; the result is the exit status.
package func runNode<F: NetworkFunction>(_ program: NodeProgram<F>, options: NodeOptions) -> ExitStatus {
    signal(SIGPIPE, SIG_IGN)
    let file = options.config ?? "built-in defaults"
    let loader = ConfigurationLoader(program.keys)
    if options.printConfig, options.config == nil {
        Console.out(loader.defaults.documented)
        return .ok
    }
    let configuration: Configuration
    let peers: [PeerConfiguration]
    do throws(ConfigurationFailure) {
        if let path = options.config {
            configuration = try loader.load(file: path)
        } else {
            configuration = try loader.load(yaml: "{}", file: file)
        }
        peers = try configuration.peers(file: file)
        try program.check(configuration, file)
    } catch {
        Console.complain(error.description)
        return .configuration
    }
    if options.printConfig {
        Console.out(configuration.documented)
        return .ok
    }
    if options.checkConfig {
        Console.out("\(file): ok")
        return .ok
    }
    ProcessLimits.raiseOpenFiles()
    var settings = configuration.nodeSettings
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    // Connections come less often than nanoseconds: each run has higher numbers than those before.
    settings.firstConnection = ConnectionID(rawValue: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    let surroundings = NodeProgram<F>.Surroundings(
        settings: settings, hosts: configuration.hosts, peers: peers, entropy: .fromSystem(),
        originStateID: UInt32(truncatingIfNeeded: time.tv_sec), now: .now)
    do {
        let parts = try program.build(configuration, surroundings)
        try drive(parts, program: program.name, configuration: configuration, options: options)
        return .ok
    } catch let failure as ConfigurationFailure {
        Console.complain(failure.description)
        return .configuration
    } catch {
        Console.complain("\(program.name): \(error)")
        return .unavailable
    }
}

/// Starts the node on its loop and waits until it has stopped.
private func drive<F: NetworkFunction>(
    _ parts: NodeProgram<F>.Parts, program: String, configuration: Configuration, options: NodeOptions
) throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let role = program
    let level = options.logLevel ?? configuration.logLevel
    let format = options.logFormat ?? configuration.logFormat
    let core = parts.core
    let settings = parts.settings
    let perform = parts.perform
    let performAtOnce = parts.performAtOnce
    let node = try loop.submit { [core] in
        let log = ObservationLog(role: role, level: level, format: format)
        let wall = Int64(time(nil)) - Instant.now.nanoseconds / 1_000_000_000
        let charging = try configuration.charging(role: role, epoch: wall)
        var core = core
        core.accounting = charging.client
        let node = Node(
            core, settings: settings, log: log, on: loop, charging: charging.outlets, perform: perform,
            performAtOnce: performAtOnce)
        return NIOLoopBound(node, eventLoop: loop)
    }.wait()
    parts.attach { work, result in
        loop.execute {
            node.value.handle(.performed(work, result))
            node.value.flush()
        }
    }
    let signals = Signals(
        stop: { isFirst in loop.execute { if isFirst { node.value.drain() } else { node.value.stop() } } },
        reload: { loop.execute { node.value.reloadCredentials() } })
    defer { signals.cancel() }
    let port = NodePort(
        command: { command in loop.execute { node.value.command(command) { _ in } } },
        observe: { observation in
            loop.execute {
                node.value.log.write(observation)
                node.value.log.flush()
            }
        })
    do {
        try parts.begin(port)
    } catch {
        loop.execute { node.value.stop() }
        try finish()
        throw error
    }
    do {
        try loop.flatSubmit { node.value.start() }.wait()
    } catch {
        try finish()
        throw error
    }
    parts.watch? { command in loop.execute { node.value.command(command) { _ in } } }
    try finish()

    func finish() throws {
        try loop.flatSubmit { node.value.whenStopped }.wait()
        try group.syncShutdownGracefully()
        parts.finish()
    }
}

/// SIGTERM and SIGINT: the first asks for an orderly stop, the second for one at once. SIGHUP: certificates have changed.
private final class Signals {
    private let sources: [any DispatchSourceSignal]

    init(stop: @escaping @Sendable (_ isFirst: Bool) -> Void, reload: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        var sources: [any DispatchSourceSignal] = []
        let count = Count()
        for number in [SIGTERM, SIGINT, SIGHUP] {
            // No SIG_IGN here: on Linux Dispatch installs a handler of its own, which that would undo.
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { if number == SIGHUP { reload() } else { stop(count.next() == 1) } }
            source.resume()
            sources.append(source)
        }
        self.sources = sources
    }

    func cancel() { for source in sources { source.cancel() } }

    /// Used on the one queue.
    private final class Count {
        private var value = 0
        func next() -> Int {
            value += 1
            return value
        }
    }
}
