import ArgumentParser
import IMS
import NodeIO
import Operation
import Provisioning

/// A kind of thing that subscribers share, as commands speak of it.
protocol SharedNoun: Sendable {
    /// The collection in the API.
    static var path: String { get }
    static var words: String { get }
}

enum ServerNoun: SharedNoun {
    static let path = "application-servers"
    static let words = "application server"
}

enum ProfileNoun: SharedNoun {
    static let path = "service-profiles"
    static let words = "service profile"
}

enum CapabilityNoun: SharedNoun {
    static let path = "capability-sets"
    static let words = "capability set"
}

enum ChargingNoun: SharedNoun {
    static let path = "charging"
    static let words = "charging profile"
}

enum NetworkNoun: SharedNoun {
    static let path = "visited-networks"
    static let words = "list of visited networks"
}

struct ListEntries<Noun: SharedNoun>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "List them all with what they hold.")
    }

    @OptionGroup var options: ProvisioningOptions

    func run() throws {
        var entries: [Report.Member] = []
        try options.port().pages([Noun.path], limit: .max) { page in
            guard case .record(let members)? = page[Noun.path] else { return 0 }
            entries += members
            return members.count
        }
        if options.json { return Console.out((["entries": .record(entries)] as Report)["entries"]?.json ?? "{}") }
        guard !entries.isEmpty else { return Console.out("there is no \(Noun.words) yet") }
        Console.out(Outline(.record(entries)).text)
    }
}

struct ShowEntry<Noun: SharedNoun>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "show", abstract: "Show one of them.")
    }

    @Argument(help: "Its name.") var name: String
    @OptionGroup var options: ProvisioningOptions

    func run() throws { options.print(try options.port().ask(.get, [Noun.path, name])) }
}

struct RemoveEntry<Noun: SharedNoun>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "remove", abstract: "Remove one that nobody has any more.")
    }

    @Argument(help: "Its name.") var name: String
    @OptionGroup var options: ProvisioningOptions

    func run() throws {
        try options.port().ask(.delete, [Noun.path, name])
        Console.out(options.json ? "{}" : "removed \(Noun.words) \(name)")
    }
}

extension ProvisioningOptions {
    /// Changes members of an entry; one that is not there is made of them.
    func set<Noun: SharedNoun>(_: Noun.Type, _ name: String, _ members: Members) throws {
        let port = try port(creates: true)
        let isThere = try port.perform(ProvisioningRequest(.get, ["v1", Noun.path, name])).status != 404
        let result = try port.ask(isThere ? .patch : .put, [Noun.path, name], body: members.report)
        printResult(result, of: Noun.words)
    }
}

struct ProfileCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Service profiles: what public identities have of services.",
        subcommands: [
            ListEntries<ProfileNoun>.self, ShowEntry<ProfileNoun>.self, Set.self, RemoveEntry<ProfileNoun>.self,
        ])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a service profile, or change one. Its filter criteria: imsctl ifc.")

        @Argument(help: "Its name.") var name: String
        @Option(help: "Number of the subscribed media profile; none for none.") var mediaProfile: String?
        @Option(
            name: .customLong("service"), help: "An IMS communication service identifier; repeat it. none for none.")
        var services: [String] = []
        @Option(name: .customLong("shared-ifc-set"), help: "The number of a shared iFC set; repeat it. none for none.")
        var sets: [String] = []
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            var members = Members()
            members.add("media-profile", mediaProfile)
            members.add("services", list: services)
            members.add("shared-ifc-sets", list: sets)
            try options.set(ProfileNoun.self, name, members)
        }
    }
}

struct ServerCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "as", abstract: "Application servers: where filter criteria send requests.",
        subcommands: [ListEntries<ServerNoun>.self, ShowEntry<ServerNoun>.self, Set.self, RemoveEntry<ServerNoun>.self])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an application server, or change one.",
            discussion: "imsctl as set telephony --uri sip:tas.example.org:5090 --default-handling continue")

        @Argument(help: "Its name, which filter criteria give.") var name: String
        @Option(help: "Its SIP URI.") var uri: String?
        @Option(help: "When it does not answer: continue or terminate the session.") var defaultHandling: String?
        @Option(help: "Text that a third-party REGISTER brings; none for none.") var serviceInfo: String?
        @Flag(inversion: .prefixedNo, help: "Whether that REGISTER carries the phone's.")
        var includeRegisterRequest: Bool?
        @Flag(inversion: .prefixedNo, help: "Whether it carries the response.") var includeRegisterResponse: Bool?
        @Option(help: "The Diameter identity that it asks with over Sh.") var shHost: String?
        @Option(help: "Data that it may read over Sh, commas between; none for none.") var shPull: [String] = []
        @Option(help: "Data that it may change over Sh.") var shUpdate: [String] = []
        @Option(help: "Data of which it may hear over Sh.") var shSubscribe: [String] = []
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            var members = Members()
            members.add("uri", uri)
            members.add("default-handling", defaultHandling)
            members.add("service-info", serviceInfo)
            members.add("include-register-request", includeRegisterRequest)
            members.add("include-register-response", includeRegisterResponse)
            var access = Members()
            access.add("host", shHost)
            access.add("pull", list: shPull)
            access.add("update", list: shUpdate)
            access.add("subscribe", list: shSubscribe)
            if !access.isEmpty { members.add("sh", record: access.report) }
            try options.set(ServerNoun.self, name, members)
        }
    }
}

struct CapabilityCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capability", abstract: "Sets of capabilities that an S-CSCF needs (TS 29.228 §6.7).",
        subcommands: [
            ListEntries<CapabilityNoun>.self, ShowEntry<CapabilityNoun>.self, Set.self,
            RemoveEntry<CapabilityNoun>.self,
        ])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a capability set, or change one. imsctl subscriber set --capabilities gives it to somebody."
        )

        @Argument(help: "Its name.") var name: String
        @Option(help: "Numbers that an S-CSCF has to have, commas between; none for none.") var mandatory: [String] = []
        @Option(help: "Numbers that it had better have.") var optional: [String] = []
        @Option(name: .customLong("server"), help: "The SIP URI of a preferred S-CSCF; repeat it.")
        var servers: [String] = []
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            var members = Members()
            members.add("mandatory", list: mandatory)
            members.add("optional", list: optional)
            members.add("servers", list: servers)
            try options.set(CapabilityNoun.self, name, members)
        }
    }
}

struct ChargingCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "charging", abstract: "Charging function addresses (TS 29.229 §6.3.19).",
        subcommands: [
            ListEntries<ChargingNoun>.self, ShowEntry<ChargingNoun>.self, Set.self, RemoveEntry<ChargingNoun>.self,
        ])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a charging profile, or change one; none takes an address away.")

        @Argument(help: "Its name.") var name: String
        @Option(help: "Event charging function, an aaa URI.") var primaryEvent: String?
        @Option(help: "The second one.") var secondaryEvent: String?
        @Option(help: "Charging collection function, an aaa URI.") var primaryCollection: String?
        @Option(help: "The second one.") var secondaryCollection: String?
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            var members = Members()
            members.add("primary-event", primaryEvent)
            members.add("secondary-event", secondaryEvent)
            members.add("primary-collection", primaryCollection)
            members.add("secondary-collection", secondaryCollection)
            try options.set(ChargingNoun.self, name, members)
        }
    }
}

struct NetworkCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "Lists of visited networks in which IMS may be used (TS 23.008 §3.1.4).",
        subcommands: [
            ListEntries<NetworkNoun>.self, ShowEntry<NetworkNoun>.self, Set.self, RemoveEntry<NetworkNoun>.self,
        ])

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a list of networks be these.")

        @Argument(help: "The name of the list.") var name: String
        @Argument(help: "The networks, as a P-CSCF names them in P-Visited-Network-ID.") var networks: [String]
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let result = try options.port(creates: true).ask(
                .put, [NetworkNoun.path, name], body: .list(networks.map { .text($0) }))
            options.printResult(result, of: NetworkNoun.words)
        }
    }
}
