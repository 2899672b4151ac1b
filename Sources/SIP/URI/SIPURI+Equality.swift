import Octets

// RFC 3261 §19.1.4. The relation is not transitive, so it is a function and not `==`.
extension SIPURI {
    package func matches(_ other: SIPURI) -> Bool {
        guard isSecure == other.isSecure, port == other.port, Self.isSame(user, other.user, caseMatters: true),
            Self.isSame(password, other.password, caseMatters: true),
            isSameHost(other)
        else { return false }
        return parametersMatch(other) && other.parametersMatch(self) && headersMatch(other) && other.headersMatch(self)
    }

    /// RFC 5954 §4.2: an IP address is the same however it is written.
    private func isSameHost(_ other: SIPURI) -> Bool {
        guard !host.matchesEscaped(other.host, caseMatters: false) else { return true }
        guard host.first == UInt8(ascii: "["), let mine = IPAddress(host) else { return false }
        return mine == IPAddress(other.host)
    }

    /// A parameter of both has the same value in both. Those that say where and how never stand in one only; the RFC
    /// lists user, ttl, method and maddr, and in its text on defaults and its examples transport.
    private func parametersMatch(_ other: SIPURI) -> Bool {
        var mine = URIPairs(parameters.text, first: UInt8(ascii: ";"))
        while let parameter = mine.next() {
            var theirs = URIPairs(other.parameters.text, first: UInt8(ascii: ";"))
            var isFound = false
            while let candidate = theirs.next() {
                guard candidate.name.matchesEscaped(parameter.name, caseMatters: false) else { continue }
                isFound = true
                guard candidate.value.matchesEscaped(parameter.value, caseMatters: false) else { return false }
                break
            }
            if !isFound, Self.isNeverIgnored(parameter.name) { return false }
        }
        return true
    }

    private static func isNeverIgnored(_ name: OctetSlice) -> Bool {
        name.equalsIgnoringCase("user") || name.equalsIgnoringCase("ttl") || name.equalsIgnoringCase("method")
            || name.equalsIgnoringCase("maddr") || name.equalsIgnoringCase("transport")
    }

    /// Every header of one stands in the other. Values are compared as text, not by the rules of each header.
    private func headersMatch(_ other: SIPURI) -> Bool {
        var mine = URIPairs(headers, separator: UInt8(ascii: "&"))
        while let header = mine.next() {
            var theirs = URIPairs(other.headers, separator: UInt8(ascii: "&"))
            var isFound = false
            while !isFound, let candidate = theirs.next() {
                isFound =
                    candidate.name.matchesEscaped(header.name, caseMatters: false)
                    && candidate.value.matchesEscaped(header.value, caseMatters: true)
            }
            if !isFound { return false }
        }
        return true
    }

    private static func isSame(_ mine: OctetSlice?, _ theirs: OctetSlice?, caseMatters: Bool) -> Bool {
        switch (mine, theirs) {
        case (nil, nil): true
        case (let mine?, let theirs?): mine.matchesEscaped(theirs, caseMatters: caseMatters)
        case (nil, _?), (_?, nil): false
        }
    }
}

extension OctetSlice {
    /// Equal when an escape counts as the character it stands for, except for reserved ones (RFC 2396 §2.2).
    func matchesEscaped(_ other: OctetSlice, caseMatters: Bool) -> Bool {
        var mine = start
        var theirs = other.start
        while mine < end, theirs < other.end {
            var left = plain(at: &mine)
            var right = other.plain(at: &theirs)
            if !caseMatters {
                left.octet = ASCII.lowercase(left.octet)
                right.octet = ASCII.lowercase(right.octet)
            }
            guard left == right else { return false }
        }
        return mine == end && theirs == other.end
    }

    private func plain(at index: inout Int) -> (octet: UInt8, isEscaped: Bool) {
        if let octet = escape(at: index) {
            index += 3
            return (octet, OctetClass.uriReserved.contains(octet))
        }
        defer { index += 1 }
        return (self[index], false)
    }
}
