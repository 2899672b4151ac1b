import Octets

/// Path and query of a request as they stand in it, RFC 3986 §3.3, §3.4, with percent-encoding.
package enum RequestTarget {
    /// nil for a path that does not begin with a slash, a wrong escape, what is not UTF-8, or a query key that comes twice.
    package static func parse(_ target: String) -> (path: [String], query: [String: String])? {
        guard target.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for segment in parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let text = decode(segment.utf8) else { return nil }
            path.append(text)
        }
        var query: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = decode(sides[0].utf8), let value = decode(sides.count > 1 ? sides[1].utf8 : "".utf8[...]),
                query.updateValue(value, forKey: key) == nil
            else { return nil }
        }
        return (path, query)
    }

    package static func write(_ path: [String], _ query: [String: String] = [:]) -> String {
        let target = path.map { "/" + encode($0) }.joined()
        guard !query.isEmpty else { return target }
        let pairs = query.sorted { $0.key < $1.key }.map { "\(encode($0.key))=\(encode($0.value))" }
        return target + "?" + pairs.joined(separator: "&")
    }

    private static func decode(_ octets: some Collection<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var rest = octets[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%") else {
                decoded.append(octet)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = Hex.decode(String(decoding: [high, low], as: UTF8.self))?.first
            else { return nil }
            decoded.append(value)
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// All but the unreserved characters of RFC 3986 §2.3 and the few that identities are full of.
    private static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        for octet in text.utf8 {
            if ASCII.isAlpha(octet) || ASCII.isDigit(octet) || "-._~:@!*".utf8.contains(octet) {
                encoded.append(octet)
            } else {
                encoded += Array("%\(Hex.encode([octet]).uppercased())".utf8)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
