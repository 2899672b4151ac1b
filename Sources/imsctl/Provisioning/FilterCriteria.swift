import ArgumentParser
import Foundation
import IMS
import NodeIO
import Operation

struct FilterCriteriaCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ifc", abstract: "Initial filter criteria of service profiles and shared sets.",
        subcommands: [List.self, Set.self, Remove.self, Lint.self, Explain.self])

    /// Whose criteria.
    struct Owner: ParsableArguments {
        @Argument(help: "The service profile, or with --shared the number of a shared iFC set.") var owner: String
        @Flag(help: "A shared iFC set instead of a service profile.") var shared = false

        var path: [String] { [shared ? "shared-ifc-sets" : "service-profiles", owner] }
        var words: String { shared ? "shared iFC set" : "service profile" }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the criteria of a profile, first asked first.")

        @OptionGroup var owner: Owner
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let entry = try options.port().ask(.get, owner.path)
            let criteria = entry["ifc"] ?? []
            if options.json { return Console.out(criteria.json) }
            guard criteria.list?.isEmpty == false else {
                return Console.out("\(owner.words) \(owner.owner) has no filter criteria of its own")
            }
            Console.out(Outline(criteria).text)
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a filter criterion be as given.",
            discussion: """
                imsctl ifc set volte --priority 20 --server telephony --all 'method=INVITE or method=MESSAGE' \
                --all session-case=originating

                All of --all have to hold, and of one with "or" a single condition; one of --any is enough, and of one \
                with "and" all conditions. Conditions are method=INVITE (method=REGISTER/initial/re-registration/\
                de-registration), session-case=originating (terminating-registered, terminating-unregistered, \
                originating-unregistered, originating-after-diversion), request-uri=URI, header:NAME, \
                header:NAME=EXPRESSION, sdp:m=EXPRESSION; ! in front turns one round.
                """)

        @OptionGroup var owner: Owner
        @Option(help: "Lower goes first.") var priority: Int
        @Option(help: "The name of an application server (imsctl as list), or its SIP URI.") var server: String?
        @Option(help: "Only for registered, or only for unregistered users.") var part: String?
        @Option(help: "A condition that has to hold; repeat it.") var all: [String] = []
        @Option(help: "A condition that is enough; repeat it.") var any: [String] = []
        @Option(help: "A file with an InitialFilterCriteria element instead.", completion: .file()) var xml: String?
        @OptionGroup var options: ProvisioningOptions

        func validate() throws {
            if xml == nil, server == nil { throw ValidationError("give --server: where matching requests go") }
            if xml != nil, server != nil || part != nil || !all.isEmpty || !any.isEmpty {
                throw ValidationError("--xml says all by itself; leave the other options out")
            }
            if !all.isEmpty, !any.isEmpty { throw ValidationError("give --all or --any, not both") }
        }

        func run() throws {
            let result = try options.port(creates: true).ask(
                .put, owner.path + ["ifc", String(priority)], body: try criterion())
            options.printResult(result, of: owner.words)
        }

        private func criterion() throws -> Report {
            if let xml {
                guard let text = try? String(contentsOfFile: xml, encoding: .utf8) else {
                    throw OperationFailure(.configuration, "\(xml) cannot be read, or is no UTF-8 text")
                }
                return .text(text)
            }
            var members = Members()
            members.add("server", server)
            members.add("part", part)
            var report = members.report
            for (key, texts, joint) in [("all", all, "or"), ("any", any, "and")] where !texts.isEmpty {
                let conditions = try texts.map { try ConditionText.report($0, joint: joint) }
                guard case .record(let members) = report else { break }
                report = .record(members + [.init(key, .list(conditions))])
            }
            return report
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a filter criterion.")

        @OptionGroup var owner: Owner
        @Argument(help: "Its priority.") var priority: Int
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let result = try options.port().ask(.delete, owner.path + ["ifc", String(priority)])
            options.printResult(result, of: owner.words)
        }
    }
}
