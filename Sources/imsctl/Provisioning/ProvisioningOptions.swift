import ArgumentParser
import Foundation
import IMS
import NodeIO
import Operation
import Provisioning

/// What every command has that provisions: whose core, and how to print.
struct ProvisioningOptions: ParsableArguments {
    @OptionGroup var options: CoreOptions
    @Flag(help: "Print JSON.") var json = false

    /// The running HSS, else its database.
    ///
    /// - Parameter creates: whether a database that is not there is made.
    func port(creates: Bool = false) throws -> any ProvisioningPort {
        try options.core.provisioning(creates: creates)
    }

    func print(_ report: Report) { Console.out(json ? report.json : Outline(report).text) }

    /// What a change came to: `{result: added, name: …, warnings: […]}`.
    func printResult(_ report: Report, of words: String) {
        if json { return Console.out(report.json) }
        for warning in report["warnings"]?.list ?? [] { Console.complain("note: \(warning.text ?? "")") }
        Console.out("\(words) \(report["name"]?.text ?? ""): \(report["result"]?.text ?? "done")")
    }
}

extension ProvisioningPort {
    /// What is declared at a path, changed, and put back unless somebody else was there meanwhile.
    func edit(_ path: [String], _ body: (Report) throws -> Report) throws -> Report {
        let present = try answer(to: ProvisioningRequest(.get, ["v1"] + path))
        return try ask(.put, path, body: body(present.body ?? .record([])), ifMatch: present.entityTag)
    }
}

/// Members of a JSON object out of options: those that were given.
struct Members {
    private(set) var members: [Report.Member] = []

    var report: Report { .record(members) }
    var isEmpty: Bool { members.isEmpty }

    /// - Parameter value: nil when the option was not given; "none" takes the member away.
    mutating func add(_ name: String, _ value: String?) {
        if let value { members.append(.init(name, value == "none" ? .null : .text(value))) }
    }

    mutating func add(_ name: String, _ value: Bool?) {
        if let value { members.append(.init(name, .boolean(value))) }
    }

    mutating func add(_ name: String, _ value: Int?) {
        if let value { members.append(.init(name, .integer(value))) }
    }

    /// - Parameter values: none when the option was not given; one that is "none" empties the list.
    mutating func add(_ name: String, list values: [String]) {
        guard !values.isEmpty else { return }
        let words = values.flatMap { $0.split(separator: ",").map(String.init) }
        members.append(.init(name, words == ["none"] ? [] : .list(words.map { .text($0) })))
    }

    mutating func add(_ name: String, record: Report) { members.append(.init(name, record)) }

    mutating func add(_ name: String, entries: [Report]) { members.append(.init(name, .list(entries))) }
}
