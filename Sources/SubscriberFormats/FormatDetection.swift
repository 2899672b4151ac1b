import Octets

extension SubscriberFormat {
    /// How much of a file is looked at.
    package static let detectionLength = 65_536

    /// What the first octets of a file look like; nil when they say nothing. Kamailio's table as columns is `csv`.
    package static func detect(_ octets: [UInt8], fileName: String) -> SubscriberFormat? {
        if octets.starts(with: Array("SQLite format 3\0".utf8)) { return .osmoHLR }
        let text = String(decoding: octets.prefix(detectionLength), as: UTF8.self).drop { $0 == "\u{FEFF}" }
        guard let first = text.first(where: { !$0.isWhitespace }) else { return nil }
        let name = fileName.lowercased()
        if first == "{" || first == "[" {
            if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return .yaml }
            let folded = text.lowercased()
            if folded.contains("\"security\"") { return .open5GS }
            if folded.contains("\"ki\"") || folded.contains("\"ims_subscriber\"") { return .pyHSS }
            return .jsonLines
        }
        let lines = text.split(whereSeparator: \.isNewline).prefix(200)
        for line in lines {
            let words = line.lowercased().split { $0 == " " || $0 == "\t" || $0 == "`" || $0 == "(" }
            let start = words.prefix(2).joined(separator: " ")
            if ["insert into", "replace into", "create table", "create database", "drop table", "insert ignore"]
                .contains(start)
            {
                return text.lowercased().contains("username") && !text.lowercased().contains("impi")
                    ? .kamailio : .fhoss
            }
            if words.first?.hasPrefix("var_out:") == true { return .simOutput }
            if words.first == "add" && (4...5).contains(words.count)
                || words.prefix(2).contains(where: { $0.hasSuffix("open5gs-dbctl") })
            {
                return .dbctl
            }
        }
        let header = lines.first { !$0.hasPrefix("#") } ?? ""
        if ["SEQUENTIAL", "RANDOM", "USER"].contains(header.prefix { $0 != "," && $0 != ";" }) { return .sipp }
        if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { return .yaml }
        let parts = DocumentEntries.parts
        if lines.contains(where: { line in line.hasSuffix(":") && parts.contains(String(line.dropLast())) }) {
            return .yaml
        }
        if name.hasSuffix(".out") { return .simOutput }
        if header.hasPrefix("sip:") || header.hasPrefix("tel:") { return .clearwater }
        let columns = header.split { ",;\t|".contains($0) }.map { $0.trimmingBlanks.uppercased() }
        if columns.contains("ICCID"), columns.contains("ADM1") { return .pySim }
        return columns.count > 1 || name.hasSuffix(".csv") ? .csv : nil
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var rest = self
        while let first = rest.first, first.isWhitespace || first == "\"" { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace || last == "\"" { rest.removeLast() }
        return rest
    }
}
