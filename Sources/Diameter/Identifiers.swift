import Octets

/// Matches an answer to its request on one connection, RFC 6733 §3.
package struct HopByHopID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// With the Origin-Host, detects duplicates end to end, RFC 6733 §3.
package struct EndToEndID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// One transport connection of the Diameter layer (TCP connection or SCTP association); numbers are never used again.
package struct AssociationID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A request that a role has asked, named by the role.
package struct AskID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A request that a peer has asked us, named by the stack; answers go back by it.
package struct RequestToken: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A Diameter node's name: an FQDN, compared without regard to case (RFC 6733 §4.3.1).
package struct DiameterIdentity: Hashable, Sendable, CustomStringConvertible {
    /// In lower case.
    package let name: String

    package init(_ name: String) {
        // Nearly every name is in lower case already, and `lowercased` allocates whether it is or not.
        let isLowercase = name.utf8.allSatisfy { $0 < 0x80 && ASCII.lowercase($0) == $0 }
        self.name = isLowercase ? name : name.lowercased()
    }

    /// Whether a name in a message is this one; no String is made of it.
    package func matches(_ text: OctetSlice) -> Bool {
        guard name.utf8.count == text.count else { return false }
        var index = text.start
        for octet in name.utf8 {
            guard ASCII.lowercase(text[index]) == octet else { return false }
            index += 1
        }
        return true
    }

    package var description: String { name }
}

/// Why an asked request got no answer.
package enum AskFailure: Error, Hashable, Sendable {
    /// No peer is open that could take it: the Diameter way of "HSS down" (RFC 6733 §7.1.3, UNABLE_TO_DELIVER).
    case unableToDeliver
    /// No answer in time.
    case timeout
    /// Too many requests wait for this peer already.
    case tooBusy
}

/// How a Diameter connection is carried. `auto` is kernel SCTP where the kernel has it, otherwise usrsctp; `tls` is TLS
/// over TCP from the first octet on (RFC 6733 §13.1).
package enum DiameterTransport: String, Sendable, CaseIterable {
    case auto, kernel, usrsctp, tcp, tls
}
