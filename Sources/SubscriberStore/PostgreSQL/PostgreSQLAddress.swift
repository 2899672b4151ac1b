import CPostgreSQL

/// Where a PostgreSQL database is, as libpq reads it: `postgresql://hss@db.example/subscribers`.
///
/// What the URL does not say comes from libpq's own places: PGPASSFILE or ~/.pgpass for the password, PGSSLMODE and so
/// on.
struct PostgreSQLAddress: CustomStringConvertible {
    let url: String
    /// Without the password.
    let description: String

    /// Whether this names a PostgreSQL database, not a file.
    static func isMeant(by text: String) -> Bool { text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") }

    init(_ url: String) throws(StoreError) {
        self.url = url
        // libpq says what is wrong in a C string of its own, which is freed once it has been read.
        var words: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(url, &words) else {
            let detail = words.map { String(cString: $0) } ?? "no memory"
            PQfreemem(words)
            throw .cannotOpen(path: "the PostgreSQL database", detail: "its address cannot be read: \(detail.oneLine)")
        }
        defer { PQconninfoFree(options) }
        var parts: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {  // the list ends with an entry of nulls
            if let value = option.pointee.val { parts[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        let user = parts["user"].map { $0 + "@" } ?? ""
        let port = parts["port"].map { ":" + $0 } ?? ""
        description = "postgresql://\(user)\(parts["host"] ?? parts["hostaddr"] ?? "")\(port)/\(parts["dbname"] ?? "")"
    }

    /// A connection; whether it is there is to be asked of it.
    func connect(as program: String) -> OpaquePointer? {
        // What comes later counts more: the URL may say otherwise.
        let keywords = ["connect_timeout", "application_name", "client_encoding", "dbname"]
        let values = ["5", program, "UTF8", url]
        return keywords.withCStrings { keywords in
            values.withCStrings { values in PQconnectdbParams(keywords, values, 1) }
        }
    }
}

extension [String] {
    /// An array of C strings with a null behind.
    fileprivate func withCStrings<Value>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        var storage: [CChar] = []
        var starts: [Int] = []
        for text in self {
            starts.append(storage.count)
            storage += text.utf8CString
        }
        return storage.withUnsafeBufferPointer { storage in
            let pointers = starts.map { storage.baseAddress.map { $0 + 0 }?.advanced(by: $0) } + [nil]
            return pointers.withUnsafeBufferPointer { pointers in
                // There is one pointer at least, the null.
                guard let first = pointers.baseAddress else { preconditionFailure("an array of pointers is empty") }
                return body(first)
            }
        }
    }
}

extension String {
    /// libpq's messages end with a line break and may have several lines.
    var oneLine: String {
        split(whereSeparator: \.isNewline).map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: "; ")
    }
}
