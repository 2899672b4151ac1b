import ArgumentParser

/// What is shown of a long list of the S-CSCF's.
struct ListOptions: ParsableArguments {
    @Option(help: "At most so many.") var limit = 100
    @Option(help: "Only those whose identities, parties or Call-ID hold this text.") var filter: String?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (0...1000).contains(limit) else {
            throw ValidationError("--limit is a number from 0 to 1000, not \(limit)")
        }
    }

    /// Of the command to the S-CSCF.
    var arguments: [String: String] {
        var arguments = ["limit": String(limit)]
        arguments["filter"] = filter
        return arguments
    }
}
