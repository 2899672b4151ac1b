import IMS

extension Report {
    /// The URI of a From, To or Contact value, whose parameters may have angle brackets of their own.
    var addressURI: String {
        guard let text else { return "?" }
        guard let start = text.firstIndex(of: "<") else { return String(text.prefix { $0 != ";" }) }
        return String(text[text.index(after: start)...].prefix { $0 != ">" })
    }
}
