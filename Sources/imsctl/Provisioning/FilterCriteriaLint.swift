import ArgumentParser
import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import Operation
import ServiceTriggers

extension FilterCriteriaCommands {
    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look for what is wrong or strange in filter criteria.",
            discussion: """
                Without --file, in all service profiles and shared sets of the core. Told are: servers that are not \
                there or whose name is no SIP URI, priorities that stand twice, expressions that are refused or too \
                costly, conditions that exclude each other or never occur, registrations that a silent server would end.
                """)

        @Option(
            name: [.short, .long], help: "YAML of services, or XML of Cx (User-Data or InitialFilterCriteria).",
            completion: .file())
        var file: String?
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let state = try options.directory
            let isThere = try Subscribers.exist(state)
            // A file may name what the core has.
            let known = try isThere || file == nil ? Subscribers(state, creates: false).catalogue : ServiceCatalogue()
            let findings =
                try file.map {
                    try CriteriaFile(path: $0, domain: ReachableNetwork.domain(state)).catalogue.lint(beside: known)
                } ?? known.lint()
            let errors = findings.filter { $0.severity == .error }.count
            if json {
                let reports: [Report] = findings.map {
                    ["severity": .text("\($0.severity)"), "owner": .text($0.owner), "sentence": .text($0.sentence)]
                }
                Console.out((["errors": .integer(errors), "findings": .list(reports)] as Report).json)
            } else {
                for finding in findings { Console.out(LogLine.harmless("\(finding)")) }
                Console.out(
                    findings.isEmpty
                        ? "nothing is wrong with the filter criteria"
                        : "\(findings.count) findings, \(errors) of them errors")
            }
            if errors > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which filter criteria of a user a request matches, and why.",
            discussion: """
                The request is a file with a SIP request. Criteria are told in the order in which an S-CSCF asks them, \
                those of shared sets among them. What an application server does to the request before the next \
                criterion is asked is not known here.
                """)

        @Option(help: "IMSI, MSISDN, IMPI or IMPU of the served user.") var user: String
        @Option(help: "File with the request.", completion: .file()) var request: String
        @Option(
            name: .customLong("case"),
            help: ArgumentHelp(
                "originating, terminating, either with -unregistered, originating-after-diversion, registration, "
                    + "re-registration or de-registration. Default: as the request and the user's state say."))
        var sessionCase: CriteriaQuestion.Case?
        @OptionGroup var options: CoreOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let message = try CriteriaQuestion.request(in: request)
            let subscription = try Subscribers(try options.directory, creates: false).get(user)
            let question = try CriteriaQuestion(subscription, user: user, request: message, case: sessionCase)
            if json { return Console.out(question.report.json) }
            Console.out(
                LogLine.harmless(
                    "\(question.identity.identity) has service profile \(question.identity.serviceProfile.name); the "
                        + "session case is \(question.context.sessionCase.words)"))
            guard !question.explanation.lines.isEmpty else {
                return Console.out("The profile has no filter criteria: no application server is asked.")
            }
            for line in question.explanation.description.split(separator: "\n") {
                Console.out(LogLine.harmless(String(line)))
            }
        }
    }
}

extension CriteriaQuestion.Case: ExpressibleByArgument {}
