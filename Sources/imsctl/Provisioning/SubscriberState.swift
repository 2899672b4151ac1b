import ArgumentParser
import Foundation
import IMS
import NodeIO
import Operation
import Provisioning

/// What is known of a subscriber, and what is done about it.
extension SubscriberCommands {
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all that is known of a subscriber.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @Flag(help: "Print K and OPc too: whoever sees them can be this subscriber.") var withSecrets = false
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            // No API gives secrets away: they are read from the file by whoever may, and the audit trail says so.
            guard withSecrets else {
                return options.print(try options.port().ask(.get, ["subscribers", subscriber, "state"]))
            }
            let subscribers = try Subscribers(try options.options.directory, creates: false)
            options.print(try subscribers.getForShowingSecrets(subscriber).report(withSecrets: true).hyphenated)
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what a subscriber has; none takes it away. An S-CSCF that has the subscriber gets a PPR.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @Option(help: "The service profile of all its public identities.") var serviceProfile: String?
        @Option(help: "The name shown of its public identities.") var name: String?
        @Option(help: "A capability set (imsctl capability list).") var capabilities: String?
        @Option(help: "A list of visited networks (imsctl network list).") var visitedNetworks: String?
        @Option(help: "A charging profile (imsctl charging list).") var charging: String?
        @OptionGroup var options: ProvisioningOptions

        func validate() throws {
            if serviceProfile == nil, name == nil, capabilities == nil, visitedNetworks == nil, charging == nil {
                throw ValidationError("nothing to set: give at least one of the options")
            }
        }

        func run() throws {
            let port = try options.port()
            var identity = Members()
            identity.add("service-profile", serviceProfile.map { $0 == "none" ? "default" : $0 })
            identity.add("name", name)
            var members = Members()
            members.add("capabilities", capabilities)
            members.add("visited-networks", visitedNetworks)
            members.add("charging", charging)
            let path = ["subscribers", subscriber]
            let present = try port.answer(to: ProvisioningRequest(.get, ["v1"] + path))
            if !identity.isEmpty {
                let identities = present.body?["identities"]?.list ?? []
                members.add("identities", entries: identities.map { $0.setting(identity.report) })
            }
            options.printResult(
                try port.ask(.patch, path, body: members.report, ifMatch: present.entityTag), of: "subscriber")
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a subscriber; an S-CSCF that has it is told to end its registration.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            let port = try options.port()
            let state = try port.ask(.get, ["subscribers", subscriber, "state"])
            try port.ask(.delete, ["subscribers", subscriber])
            let user = state["private-identities"]?.list?.first?["identity"]?.text ?? subscriber
            let server = state["scscf"]?.text
            if options.json {
                return Console.out(
                    (["removed": .text(user), "scscf": server.map { .text($0) } ?? .null] as Report).json)
            }
            Console.out("removed \(user)" + (server.map { "; \($0) is told to end its registration" } ?? ""))
        }
    }

    struct Kick: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a registration: of a subscriber, or of one identity. The phone may register again.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @Option(help: "Reason-Code: permanent-termination, server-change or remove-scscf.")
        var reason = "permanent-termination"
        @Option(help: "Words for the S-CSCF and the phone: Reason-Info.") var info: String?
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            var body = Members()
            body.add("reason", reason)
            body.add("info", info)
            options.printSent(
                try options.port().ask(.post, ["subscribers", subscriber, "kick"], body: body.report))
        }
    }

    struct Push: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a subscriber's profile to its S-CSCF once more.")

        @Argument(help: "IMSI, MSISDN, IMPI or IMPU.") var subscriber: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws {
            options.printSent(try options.port().ask(.post, ["subscribers", subscriber, "push"]))
        }
    }

    struct Bar: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bar a subscriber, or one public identity: no communication but registration (TS 23.008 §3.1.3).")

        @Argument(help: "IMSI, MSISDN or IMPI for all identities of the subscriber; an IMPU for that one.")
        var subscriber: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws { try options.bar(subscriber, "bar", done: "barred") }
    }

    struct Unbar: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the barring of a subscriber, or of one public identity, away.")

        @Argument(help: "IMSI, MSISDN or IMPI for all identities of the subscriber; an IMPU for that one.")
        var subscriber: String
        @OptionGroup var options: ProvisioningOptions

        func run() throws { try options.bar(subscriber, "unbar", done: "unbarred") }
    }
}

extension ProvisioningOptions {
    /// `{sent: [{request: RTR, private-identity: …, scscf: …}]}`
    fileprivate func printSent(_ report: Report) {
        if json { return Console.out(report.json) }
        let sent = report["sent"]?.list ?? []
        for notice in sent {
            Console.out(
                "\(notice["request"]?.text ?? "?") about \(notice["private-identity"]?.text ?? "?") goes to \(notice["scscf"]?.text ?? "?")"
            )
        }
    }

    fileprivate func bar(_ subscriber: String, _ order: String, done: String) throws {
        let report = try port().ask(.post, ["subscribers", subscriber, order])
        if json { return Console.out(report.json) }
        let identities = report["identities"]?.list?.compactMap(\.text) ?? []
        Console.out(
            identities.isEmpty ? "\(subscriber) is \(done) already" : "\(done) \(identities.joined(separator: ", "))")
        printSent(report)
    }
}

extension Report {
    /// This object with the members of another one in place of its own; null takes away.
    fileprivate func setting(_ other: Report) -> Report {
        guard case .record(let members) = self, case .record(let changes) = other else { return self }
        let kept = members.filter { member in !changes.contains { $0.name == member.name } }
        return .record(kept + changes.filter { $0.value != .null })
    }
}
