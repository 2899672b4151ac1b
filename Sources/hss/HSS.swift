import ArgumentParser
import Cx
import Diameter
import Foundation
import FunctionProgram
import HomeSubscriberServer
import IMS
import NodeIO
import Octets
import ProvisioningAPI
import SIP
import Sh
import SubscriberStore

@main
struct HSS: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hss",
        abstract: "Home Subscriber Server: subscribers, keys and S-CSCF assignment over Cx (TS 29.228).")

    @OptionGroup var options: FunctionOptions

    func run() {
        Self.forbidCoreDumps()
        options.run(Self.program)
    }

    /// A dump of this process would hold keys.
    private static func forbidCoreDumps() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        if setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) != 0 {
            Console.complain("hss: core dumps, which would hold keys, cannot be forbidden: errno \(errno)")
        }
    }

    static let program = NodeProgram<HomeSubscriberServer>(
        name: "hss",
        keys: SharedKeys.node(name: LabDefaults.hss) + SharedKeys.hosts(default: "{}") + keys + disguiseKeys + apiKeys
            + SharedKeys.diameter(
                originHost: LabDefaults.hss, realm: LabDefaults.domain, listen: "[127.0.0.1:3868]",
                peers: "[{host: icscf.\(LabDefaults.domain)}, {host: scscf.\(LabDefaults.domain)}]")
            + SharedKeys.tls + SharedKeys.operation(admin: "run/hss.sock"),
        build: build)

    private static let keys = [
        ConfigurationKey(
            "hss.database", .text, default: "hss.sqlite",
            """
            The subscriber database: an SQLite file, made when absent, or the address of a PostgreSQL database that several
            front-ends may share, postgresql://hss@db.example/subscribers (the password from PGPASSFILE or ~/.pgpass).
            """),
        ConfigurationKey(
            "hss.master-key-file", .text,
            """
            The master keys under which the secrets of subscribers are stored, a file of mode 0600; made at the first start.
            Without it the systemd credential subscriber-master-key when the service has one, else the database's name
            with .key.
            """),
        ConfigurationKey(
            "hss.cached-subscribers", .integer(1...10_000_000), default: "100000",
            """
            Subscribers kept in memory, which are answered for without a look into the database: these at least, at most
            twice as many. One takes some 2 kB. With all of them in it every answer is quick.
            """),
        ConfigurationKey(
            "hss.sequence-number-index", .integer(0...31), default: "0",
            "IND of the SQNs drawn here (TS 33.102 Annex C): another one for each node that draws for the same SIMs."),
        ConfigurationKey(
            "hss.challenge-burst", .integer(1...1_000_000), default: "5",
            """
            Challenges that a private identity may have at once without proving its keys; who registers is not counted.
            Front-ends that share a database count each for itself: n of them let n times as many through.
            """),
        ConfigurationKey(
            "hss.challenge-interval", .duration(.milliseconds(1) ... .seconds(3_600)), default: "3s",
            "After the burst, one challenge more in this time."),
        ConfigurationKey(
            "hss.avoid-zero-in-response", .boolean, default: "false",
            """
            Draw challenges whose RES has no octet 0. For tests with SIPp, which takes RES for a C string, cuts it there
            and then fails three registrations of a hundred. Real phones need it not.
            """),
    ]

    private static let disguiseKeys = [
        ConfigurationKey(
            "hss.hide-unknown-users", .boolean, default: "false",
            """
            Challenge phones whose user is not there like others, with a secret that nobody has, so that nobody finds out
            who is a subscriber. Their refusal then says nothing of the reason; our log does.
            """)
    ]

    private static let apiKeys = [
        ConfigurationKey(
            "hss.api.enabled", .boolean, default: "true",
            "Whether subscribers are provisioned over HTTP too; imsctl uses that where the HSS runs."),
        ConfigurationKey(
            "hss.api.listen", .endpoint, default: "127.0.0.1:3880",
            "Where. It is HTTP without TLS: for another address than loopback put a proxy with TLS in front of it."),
        ConfigurationKey(
            "hss.api.token-file", .text, default: "hss.token",
            "The token that whoever uses the API has to send, a file of mode 0600; made at the first start."),
    ]

    @Sendable
    private static func build(
        _ configuration: Configuration, _ surroundings: NodeProgram<HomeSubscriberServer>.Surroundings
    ) throws -> NodeProgram<HomeSubscriberServer>.Parts {
        var entropy = surroundings.entropy
        let settings = surroundings.settings
        var local = configuration.cxServer(surroundings.originStateID)
        local.applications.append(
            DiameterApplication(
                id: ShDictionary.application, vendor: CxDictionary.vendor3GPP,
                commands: [.userData, .profileUpdate, .subscribeNotifications]))
        var decisions = HomeSubscriberServer.Configuration(
            origin: LocalOrigin(host: local.originHost, realm: local.originRealm),
            sequenceNumberIndex: UInt8(clamping: configuration.integer("hss.sequence-number-index")))
        decisions.avoidsZeroInResponse = configuration.boolean("hss.avoid-zero-in-response")
        decisions.hidesUnknownUsers = configuration.boolean("hss.hide-unknown-users")
        decisions.challengeLimits = ChallengeLimits(
            burst: configuration.integer("hss.challenge-burst"),
            interval: configuration.duration("hss.challenge-interval"))
        let role = HomeSubscriberServer(decisions, start: surroundings.originStateID)
        let path = configuration.text("hss.database")
        let keyFile = configuration.optionalText("hss.master-key-file") ?? credential("subscriber-master-key")
        let store = try openStore(
            path,
            SubscriberStore.Options(
                cacheCapacity: configuration.integer("hss.cached-subscribers"), keyFile: keyFile, isFrontEnd: true))
        for note in store.notes { Console.complain("hss: note: \(note)") }
        let hotReads = store.hotReads
        let notices = store.noticeWatch
        let worker = StoreWorker(store: store, entropy: entropy.fork())
        let api = try configuration.boolean("hss.api.enabled") ? api(configuration, path, keyFile) : nil
        let core = NodeCore(
            NodeIdentity(.hss, name: settings.name), role,
            sip: SIPStack(listeners: [:], entropy: entropy.fork()),
            diameter: DiameterStack(
                local: local, peers: surroundings.peers, settings: configuration.diameterSettings,
                entropy: entropy.fork()),
            traced: configuration.integer("trace.messages"))
        var parts = NodeProgram<HomeSubscriberServer>.Parts(core: core, settings: settings) {
            worker.execute($0)
        } finish: {
            api?.stop()
            worker.close()
        }
        if let hotReads { parts.performAtOnce = { hotReads.answer($0) } }
        parts.begin = { port in
            notices? { port.command(Command("reload")) }
            // What was written beside it the HSS finds by itself; the command has it look at once for what S-CSCFs are to
            // be told.
            try api?.start(.init(changed: { port.command(Command("reload")) }, observed: port.observe))
        }
        return parts
    }

    /// The API has a connection of its own: a long list does not hold up those who register.
    private static func api(
        _ configuration: Configuration, _ path: String, _ keyFile: String?
    ) throws -> ProvisioningServer {
        let token = try AccessToken.load(configuration.text("hss.api.token-file"))
        let store = try openStore(
            path, SubscriberStore.Options(checks: false, cacheCapacity: 100, keyFile: keyFile, actor: "api"))
        return ProvisioningServer(
            store, domain: configuration.text("diameter.origin-realm"), token: token,
            listen: configuration.endpoint("hss.api.listen"))
    }

    /// A file that systemd's LoadCredential= or LoadCredentialEncrypted= has put there for this service alone.
    private static func credential(_ name: String) -> String? {
        guard let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let path = folder + "/" + name
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// What is wrong with the file itself is a matter of the configuration; that it cannot be had at the moment is not.
    private static func openStore(_ path: String, _ options: SubscriberStore.Options) throws -> SubscriberStore {
        do throws(StoreError) {
            return try SubscriberStore(path: path, options: options)
        } catch {
            switch error {
            case .empty, .notADatabase, .foreign, .newer, .damaged, .keys:
                throw ConfigurationFailure([.init(file: "hss.database", line: nil, error.description)])
            case .missing, .cannotOpen, .full, .busy, .readOnly, .failed: throw error
            }
        }
    }
}
