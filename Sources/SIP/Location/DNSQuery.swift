import Octets

/// A question to the domain name system, as a value: the locator asks it, a driver answers it.
package struct DNSQuery: Hashable, Sendable {
    package enum Kind: UInt16, Hashable, Sendable, CaseIterable {
        case a = 1
        case aaaa = 28
        case srv = 33
        case naptr = 35
    }

    package var name: DNSName
    package var kind: Kind

    package init(_ kind: Kind, _ name: DNSName) {
        self.name = name
        self.kind = kind
    }
}

extension DNSQuery: CustomStringConvertible {
    package var description: String { "\(kind)".uppercased() + " \(name)" }
}

/// What came back. Aliases (CNAME) have been followed by the resolver.
package enum DNSAnswer: Hashable, Sendable {
    /// At least one record, of the kind that was asked for; `ttl` is the least of all on the way.
    case found(DNSRecords, ttl: Duration)
    /// The name does not exist, or has no such record (RFC 2308); nil when the server gave no time for it.
    case absent(ttl: Duration?)
    case failed(DNSFailure)
}

package enum DNSRecords: Hashable, Sendable {
    case addresses([IPAddress])
    case services([SRVRecord])
    case pointers([NAPTRRecord])
}

/// Why there is no answer.
package enum DNSFailure: Hashable, Sendable {
    case timeout
    /// The server refused, failed or cannot be reached.
    case server
    /// An answer that cannot be read.
    case malformed
    /// More queries are open than we allow.
    case busy
}

extension DNSFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .timeout: "no name server answered in time"
        case .server: "the name servers refused or failed"
        case .malformed: "the name server's answer cannot be read"
        case .busy: "too many names are being looked up"
        }
    }
}

/// RFC 2782.
package struct SRVRecord: Hashable, Sendable {
    package var priority: UInt16
    package var weight: UInt16
    package var port: UInt16
    /// nil for ".": the service is decidedly not there.
    package var target: DNSName?

    package init(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName?) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// RFC 3403 §4.1.
package struct NAPTRRecord: Hashable, Sendable {
    package var order: UInt16
    package var preference: UInt16
    package var flags: OctetSlice
    package var service: OctetSlice
    package var regexp: OctetSlice
    /// nil for ".": none.
    package var replacement: DNSName?

    package init(
        order: UInt16, preference: UInt16, flags: OctetSlice, service: OctetSlice, regexp: OctetSlice = OctetSlice(),
        replacement: DNSName?
    ) {
        self.order = order
        self.preference = preference
        self.flags = flags
        self.service = service
        self.regexp = regexp
        self.replacement = replacement
    }
}
