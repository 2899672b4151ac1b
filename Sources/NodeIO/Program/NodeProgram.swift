import Glibc
import Diameter
import IMS
import Octets

/// The options that every function's program takes.
package struct NodeOptions: Sendable, Equatable {
    /// Path of the configuration file; nil runs on the defaults.
    package var config: String?
    package var checkConfig = false
    package var printConfig = false
    /// Overrides `log.format`.
    package var logFormat: ObservationLog.Format?
    /// Overrides `log.level`.
    package var logLevel: Observation.Level?

    package init(config: String? = nil) { self.config = config }
}

/// What makes a role a program: its keys and how its core comes from a configuration.
package struct NodeProgram<F: NetworkFunction>: Sendable {
    /// What the program gets to build its core from.
    package struct Surroundings: Sendable {
        package var settings: NodeSettings
        package var hosts: [String: HostAddress]
        package var peers: [PeerConfiguration]
        /// Seeded by the operating system.
        package var entropy: Entropy
        /// What RFC 6733 §8.16 calls Origin-State-Id: grows with every start.
        package var originStateID: UInt32
        package var now: Instant
    }

    /// A core and what performs its work; `perform` is nil when `F.Work` is `Never`. `begin` runs before the node starts,
    /// `finish` when it has stopped: what was opened is closed there.
    package struct Parts {
        /// Hands the node a further result of a piece of work, from any thread; without effect when it has stopped.
        package typealias Deliver = @Sendable (WorkID, F.WorkResult) -> Void

        package var core: NodeCore<F>
        package var settings: NodeSettings
        package var perform: (@Sendable ([F.Work]) -> [F.WorkResult])?
        /// Does on the loop what of the work needs no thread, from memory say; nil for the rest.
        package var performAtOnce: (@Sendable (F.Work) -> F.WorkResult?)?
        /// For what runs beside the node, on threads of its own.
        package var begin: @Sendable (NodePort) throws -> Void = { _ in }
        package var finish: @Sendable () -> Void
        /// Called once the node runs, with the way by which what happens outside reaches the role: as a command whose
        /// answer nobody reads.
        package var watch: (@Sendable (@escaping @Sendable (Command) -> Void) -> Void)?
        /// Called before the node starts, for work that has more to tell than one result.
        package var attach: @Sendable (@escaping Deliver) -> Void = { _ in }

        package init(
            core: NodeCore<F>, settings: NodeSettings, perform: (@Sendable ([F.Work]) -> [F.WorkResult])? = nil,
            watch: (@Sendable (@escaping @Sendable (Command) -> Void) -> Void)? = nil,
            finish: @escaping @Sendable () -> Void = {}
        ) {
            self.finish = finish
            self.core = core
            self.settings = settings
            self.perform = perform
            self.watch = watch
        }
    }

    /// The program's name: `pcscf`.
    package let name: String
    package let keys: [ConfigurationKey]
    /// Checks what single keys cannot, without opening anything; for `--check-config` too.
    package let check: @Sendable (Configuration, _ file: String) throws(ConfigurationFailure) -> Void
    /// Builds the core; may open a database. A `StartFailure` ends the program with its sentence.
    package let build: @Sendable (Configuration, Surroundings) throws -> Parts

    package init(
        name: String, keys: [ConfigurationKey],
        check: @escaping @Sendable (Configuration, _ file: String) throws(ConfigurationFailure) -> Void = { _, _ in },
        build: @escaping @Sendable (Configuration, Surroundings) throws -> Parts
    ) {
        self.name = name
        self.keys = keys
        self.check = check
        self.build = build
    }
}

/// What the rest of a program may ask of its node, from any thread.
package struct NodePort: Sendable {
    /// Gives the role a command; nobody waits for its report. Nothing happens while the node does not run.
    package let command: @Sendable (Command) -> Void
    /// A line for the node's log.
    package let observe: @Sendable (Observation) -> Void
}

extension Entropy {
    /// Seeded by the operating system.
    package static func fromSystem() -> Entropy {
        var random = SystemRandomNumberGenerator()
        return Entropy(seed: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) })
    }
}
