import Octets

/// Where requests of a realm and application go, RFC 6733 §2.7.
///
/// Realms without an entry go to the peers of that realm, which is what a node at the edge needs; only agents and nodes
/// behind agents have entries.
package struct RealmRoutingTable: Equatable, Sendable {
    package enum LocalAction: Equatable, Sendable {
        /// Served here.
        case local
        /// To one of these peers. A proxy does the same: this node has no policy of its own to add.
        case relay([DiameterIdentity]), proxy([DiameterIdentity])
        /// Answered with 3006 and the names of these servers.
        case redirect([DiameterURI])

        /// The peers it may go to; nil when it is not forwarded.
        var servers: [DiameterIdentity]? {
            switch self {
            case .relay(let servers), .proxy(let servers): servers
            case .local, .redirect: nil
            }
        }
    }

    package struct Entry: Equatable, Sendable {
        /// nil: the default entry.
        package var realm: DiameterIdentity?
        /// nil: every application.
        package var application: ApplicationID?
        package var action: LocalAction

        package init(realm: DiameterIdentity?, application: ApplicationID? = nil, _ action: LocalAction) {
            self.realm = realm
            self.application = application
            self.action = action
        }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) { self.entries = entries }

    /// The realm is the primary key, the application the secondary one; the default entry comes last.
    package func action(realm: OctetSlice, application: ApplicationID) -> LocalAction? {
        var best: LocalAction?
        var bestRank = -1
        for entry in entries {
            if let name = entry.realm, !name.matches(realm) { continue }
            if let id = entry.application, id != application { continue }
            let rank = (entry.realm == nil ? 0 : 2) + (entry.application == nil ? 0 : 1)
            if rank > bestRank {
                best = entry.action
                bestRank = rank
            }
        }
        return best
    }
}

/// A DiameterURI, RFC 6733 §4.3.1: `aaa://host:port;transport=tcp;protocol=diameter`.
package struct DiameterURI: Hashable, Sendable, CustomStringConvertible {
    package var host: DiameterIdentity
    /// nil: 3868, with security 5658.
    package var port: UInt16?
    package var isSecure: Bool
    package var transport: String?

    package init(host: DiameterIdentity, port: UInt16? = nil, isSecure: Bool = false, transport: String? = nil) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
        self.transport = transport
    }

    /// nil when the text is none, or of another protocol than Diameter.
    package init?(_ text: OctetSlice) {
        let secure: StaticString = "aaas://"
        let plain: StaticString = "aaa://"
        isSecure = text.count >= 7 && text[text.start..<text.start + 7].equalsIgnoringCase(secure)
        guard isSecure || (text.count >= 6 && text[text.start..<text.start + 6].equalsIgnoringCase(plain)) else {
            return nil
        }
        var parts: [OctetSlice] = []
        var from = text.start + (isSecure ? 7 : 6)
        while let semicolon = text.firstIndex(of: UInt8(ascii: ";"), from: from) {
            parts.append(text[from..<semicolon])
            from = semicolon + 1
        }
        parts.append(text[from..<text.end])
        var name = parts[0]
        port = nil
        if let colon = name.firstIndex(of: UInt8(ascii: ":")) {
            guard let number = name[colon + 1..<name.end].decimal, let port = UInt16(exactly: number), port > 0 else {
                return nil
            }
            self.port = port
            name = name[name.start..<colon]
        }
        guard (1...255).contains(name.count) else { return nil }
        for index in name.indices
        where !ASCII.isAlpha(name[index]) && !ASCII.isDigit(name[index])
            && !"-._".utf8.contains(name[index])
        {
            return nil
        }
        host = DiameterIdentity(name.string)
        transport = nil
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = part[equals + 1..<part.end]
            if part[part.start..<equals].equalsIgnoringCase("transport") { transport = value.string.lowercased() }
            if part[part.start..<equals].equalsIgnoringCase("protocol"), !value.equalsIgnoringCase("diameter") {
                return nil
            }
        }
    }

    package var description: String {
        "\(isSecure ? "aaas" : "aaa")://\(host)\(port.map { ":\($0)" } ?? "")"
            + (transport.map { ";transport=\($0)" } ?? "")
    }
}

extension DiameterURI: AVPValue {
    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> DiameterURI {
        guard let uri = DiameterURI(avp.data) else { throw .value }
        return uri
    }

    package func write(to writer: inout AVPWriter) { writer.write(description) }
}
