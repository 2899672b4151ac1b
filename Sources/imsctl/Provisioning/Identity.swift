import ArgumentParser
import Foundation
import IMS
import NodeIO
import Operation

struct IdentityCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Private and public identities of a subscriber.",
        discussion:
            "What has a colon is a public identity (sip:…, tel:…), what has an @ without one a private identity.",
        subcommands: [List.self, Show.self, Add.self, Set.self, Remove.self])

    /// An identity and its place in the API.
    struct Name {
        let text: String

        init(_ text: String) throws {
            guard text.contains(":") || text.contains("@") else {
                throw OperationFailure(
                    .usage, "\(text) is no identity: a public one is sip:… or tel:…, a private one user@domain")
            }
            self.text = text
        }

        var isPublic: Bool { text.contains(":") }

        func path(of subscriber: String) -> [String] {
            ["subscribers", subscriber, isPublic ? "public-identities" : "private-identities", text]
        }
    }

    /// What may be said of an identity.
    struct Properties: ParsableArguments {
        @Option(help: "Public: distinct, psi, wildcarded-psi or wildcarded.") var kind: String?
        @Option(help: "Public: the number of its implicit registration set.") var set: Int?
        @Flag(inversion: .prefixedNo, help: "Public: whether it is barred.") var barred: Bool?
        @Option(help: "Public: the name shown; none for none.") var name: String?
        @Option(help: "Public: its service profile.") var serviceProfile: String?
        @Option(help: "Public: identities of one group are aliases of one another; none for none.") var aliasGroup:
            String?
        @Flag(inversion: .prefixedNo, help: "Public, of a service: whether it is open.") var active: Bool?
        @Option(
            help: "Public, of a service: the application server that serves it without an S-CSCF; none for none.")
        var server: String?
        @Option(help: "Private: the implicit sets that it registers, commas between.") var sets: [String] = []
        @Option(help: ArgumentHelp("Private: K of a SIM.", valueName: "hex")) var k: String?
        @Option(help: ArgumentHelp("Private: OPc of that SIM; TOPc with tuak.", valueName: "hex")) var opc: String?
        @Option(help: ArgumentHelp("Private: OP or TOP instead.", valueName: "hex")) var op: String?
        @Option(help: "Private: milenage or tuak.") var algorithm: String?
        @Option(help: ArgumentHelp("Private: authentication management field.", valueName: "hex")) var amf: String?
        @Option(
            help: "Private: a file with the password for SIP Digest, - for standard input; only a hash is kept.",
            completion: .file()) var passwordFile: String?
        @Option(help: ArgumentHelp("Private: HA1 instead of a password.", valueName: "hex")) var ha1: String?
        @Option(help: "Private: the realm of SIP Digest. Default: that of the identity.") var realm: String?
        @Option(
            help: ArgumentHelp(
                "Private: the address of the phone's bearer, by which GIBA knows it: 192.0.2.1 or 2001:db8:1:2::/64.",
                valueName: "address")) var bearerAddress: String?

        func members(of name: Name) throws -> Report {
            var members = Members()
            if name.isPublic {
                members.add("kind", kind)
                members.add("set", set)
                members.add("barred", barred)
                members.add("name", self.name)
                members.add("service-profile", serviceProfile)
                members.add("alias-group", aliasGroup)
                members.add("active", active)
                members.add("server", server)
            } else {
                if k != nil { members.add("imsi", String(name.text.prefix { $0 != "@" })) }
                members.add("k", k)
                members.add(algorithm == "tuak" ? "topc" : "opc", opc)
                members.add(algorithm == "tuak" ? "top" : "op", op)
                members.add("algorithm", algorithm)
                members.add("amf", amf)
                members.add("sets", list: sets)
                var digest = Members()
                digest.add("realm", realm)
                digest.add("ha1", ha1)
                digest.add("password", try passwordFile.map(Self.password))
                if !digest.isEmpty { members.add("digest", record: digest.report) }
                if let bearerAddress { members.add("giba", record: ["address": .text(bearerAddress)]) }
            }
            return members.report
        }

        /// Never an argument: everybody on the machine sees those.
        static func password(_ file: String) throws -> String {
            let text =
                file == "-"
                ? readLine(strippingNewline: true) : try? String(contentsOfFile: file, encoding: .utf8)
            guard let line = text?.split(whereSeparator: \.isNewline).first, !line.isEmpty else {
                throw OperationFailure(.configuration, "\(file) holds no password, or cannot be read")
            }
            return String(line)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the identities of a subscriber.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let declared = try options.port().ask(.get, ["subscribers", subscriber])
            if options.json { return Console.out(declared.json) }
            var table = Table(["identity", "", "sets", "service profile", ""])
            for identity in declared["private-identities"]?.list ?? [] {
                let sets = identity["sets"]?.list?.compactMap(\.integer).map(String.init) ?? []
                let kind =
                    identity["algorithm"]?.text
                    ?? (identity["digest"] != nil ? "SIP Digest" : identity["giba"] != nil ? "GIBA" : "service")
                table.add([identity["impi"]?.text ?? "?", "private, \(kind)", sets.joined(separator: " ")])
            }
            for identity in declared["identities"]?.list ?? [] {
                table.add([
                    identity["identity"]?.text ?? "?", identity["kind"]?.text ?? "?",
                    "\(identity["set"]?.integer ?? 0)", identity["service-profile"]?.text ?? "",
                    Self.remark(on: identity),
                ])
            }
            Console.out(table.text)
        }

        private static func remark(on identity: Report) -> String {
            if identity["barred"] == .boolean(true) { return "barred" }
            if identity["active"] == .boolean(false) { return "not active" }
            return identity["server"]?.text.map { "served by \($0)" } ?? ""
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one identity.")

        @Argument(help: "An IMPI or IMPU.") var identity: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            options.print(try options.port().ask(.get, Name(identity).path(of: identity)))
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a subscriber an identity more.",
            discussion: """
                imsctl identity add 001010000000001 tel:+15550099 --set 0
                imsctl identity add 001010000000001 001010000000002@example.org --k … --opc …
                """)

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @Argument(help: "The new IMPI or IMPU.") var identity: String
        @OptionGroup var properties: Properties
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let name = try Name(identity)
            let path = name.path(of: subscriber)
            let port = try options.port()
            guard try port.perform(.init(.get, ["v1"] + path)).status == 404 else {
                throw OperationFailure(
                    .failed, "\(subscriber) has \(identity) already, or is not there: see imsctl identity list")
            }
            options.printResult(
                try port.ask(.put, path, body: properties.members(of: name)), of: "\(identity) of subscriber")
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change an identity; what is not said stays as it is.")

        @Argument(help: "An IMPI or IMPU.") var identity: String
        @OptionGroup var properties: Properties
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let name = try Name(identity)
            options.printResult(
                try options.port().ask(
                    .patch, name.path(of: identity), body: properties.members(of: name)),
                of: "\(identity) of subscriber")
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an identity away from its subscriber, which has others.")

        @Argument(help: "An IMPI or IMPU.") var identity: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            options.printResult(
                try options.port().ask(.delete, Name(identity).path(of: identity)), of: "\(identity) of subscriber")
        }
    }
}

struct SequenceNumberCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sqn", abstract: "Sequence numbers of SIMs (TS 33.102 Annex C).",
        subcommands: [Show.self, Set.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the last SQN drawn for the SIMs of a subscriber.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let state = try options.port().ask(.get, ["subscribers", subscriber, "state"])
            let sims = (state["private-identities"]?.list ?? []).filter { $0["sqn"] != nil }
            if options.json {
                let numbers = sims.map { Report.Member($0["identity"]?.text ?? "?", $0["sqn"] ?? .null) }
                return Console.out(Report.record(numbers).json)
            }
            guard !sims.isEmpty else { return Console.out("\(subscriber) has no SIM, and so no SQN") }
            for sim in sims { Console.out("\(sim["identity"]?.text ?? "?") \(sim["sqn"]?.text ?? "?")") }
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the next SQN drawn for a SIM be above this one.",
            discussion: """
                Forward only: a SQN that was drawn once must never be drawn again. A phone whose own SQN is ahead of ours \
                asks for resynchronisation by itself.
                """)

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU; the IMPI where a subscriber has several SIMs.") var subscriber:
            String
        @Argument(help: "Twelve hexadecimal digits.") var sqn: String
        @Flag(help: "Backward too: for a SIM whose counter was reset, and for nothing else.") var force = false
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let port = try options.port()
            let state = try port.ask(.get, ["subscribers", subscriber, "state"])
            let sims = (state["private-identities"]?.list ?? []).filter { $0["sqn"] != nil }.compactMap {
                $0["identity"]?.text
            }
            guard let sim = sims.contains(subscriber) ? subscriber : sims.first else {
                throw OperationFailure(.failed, "\(subscriber) has no SIM, and so no SQN")
            }
            guard sims.count == 1 || sim == subscriber else {
                throw OperationFailure(
                    .usage, "\(subscriber) has several SIMs: name one of \(sims.joined(separator: ", "))")
            }
            var body = Members()
            body.add("sqn", sqn)
            if force { body.add("force", true) }
            let report = try port.ask(
                .put, ["subscribers", sim, "private-identities", sim, "sqn"], body: body.report)
            if options.json { return Console.out(report.json) }
            Console.out("\(sim) \(report["sqn"]?.text ?? "?"), was \(report["before"]?.text ?? "?")")
        }
    }
}
