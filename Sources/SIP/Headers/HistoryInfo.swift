import Octets

/// `index-val`, RFC 7044 §5: the place of an entry in the tree of retargetings, `1.2.1`.
package struct HistoryIndex: Sendable, Hashable {
    /// More levels than a request has hops (RFC 3261 §20.22) mean nothing.
    private static let limit = 255

    package let levels: [UInt32]

    /// nil when a level is no number, has a leading zero, or there are none or too many.
    package init?(_ text: OctetSlice) {
        var levels: [UInt32] = []
        var start = text.start
        while true {
            let end = text.firstIndex(of: UInt8(ascii: "."), from: start) ?? text.end
            let part = text[start..<end]
            guard let number = part.decimal.flatMap(UInt32.init(exactly:)), levels.count < Self.limit,
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            levels.append(number)
            guard end < text.end else { break }
            start = end + 1
        }
        self.levels = levels
    }

    package init(_ levels: [UInt32]) { self.levels = levels }

    /// §10.3: the request is sent on to its first, second, … target.
    package func child(_ number: UInt32) -> HistoryIndex { HistoryIndex(levels + [number]) }

    /// nil for one that has no level above it.
    package var parent: HistoryIndex? { levels.count > 1 ? HistoryIndex(Array(levels.dropLast())) : nil }
}

extension HistoryIndex: CustomStringConvertible {
    package var description: String { levels.map { "\($0)" }.joined(separator: ".") }
}

/// History-Info, RFC 7044 §5; one entry a value.
package struct HistoryInfo: SIPHeader, Equatable {
    package static var name: HeaderName { .historyInfo }

    /// Why the target is another than that of the entry which the index names.
    package enum Target: Equatable, Sendable {
        /// `rc`: a contact that the index's target is bound to.
        case registeredContact(HistoryIndex)
        /// `mp`: another user.
        case mapped(HistoryIndex)
        /// `np`: none, the Request-URI has not changed.
        case unchanged(HistoryIndex)
    }

    package var address: NameAddress

    package init(uri: OctetSlice, index: HistoryIndex, _ target: Target? = nil) {
        address = NameAddress(uri: uri)
        address.parameters.set("index", "\(index)")
        switch target {
        case .registeredContact(let from): address.parameters.set("rc", "\(from)")
        case .mapped(let from): address.parameters.set("mp", "\(from)")
        case .unchanged(let from): address.parameters.set("np", "\(from)")
        case nil: break
        }
    }

    /// Brackets are needed (`name-addr`), and so is `index`, exactly once.
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        address = try NameAddress(parsing: text)
        guard text.firstIndex(of: UInt8(ascii: "<")) != nil else { throw SIPSyntaxError(.malformed, at: text.start) }
        guard let index = address.parameters["index"], HistoryIndex(index) != nil else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        for name: StaticString in ["rc", "mp", "np"] {
            guard let index = address.parameters[name] else { continue }
            guard HistoryIndex(index) != nil else { throw SIPSyntaxError(.malformed, at: text.start) }
        }
        guard address.parameters.count(of: "index") == 1 else { throw SIPSyntaxError(.duplicate, at: text.start) }
    }

    package var index: HistoryIndex? { address.parameters["index"].flatMap(HistoryIndex.init) }

    package var target: Target? {
        if let index = address.parameters["rc"].flatMap(HistoryIndex.init) { return .registeredContact(index) }
        if let index = address.parameters["mp"].flatMap(HistoryIndex.init) { return .mapped(index) }
        return address.parameters["np"].flatMap(HistoryIndex.init).map(Target.unchanged)
    }

    /// Why the target was given up: the Reason headers inside the URI. Malformed ones are left out.
    package var reasons: [Reason] {
        var reasons: [Reason] = []
        for text in URIHeaders(of: address.uri).values("Reason") {
            var list = ValueList(text)
            while let value = list.next() {
                do { reasons.append(try Reason(parsing: value)) } catch { continue }
            }
        }
        return reasons
    }

    /// The Privacy header inside the URI; nil without one that can be read.
    package var privacy: Privacy? {
        guard let text = URIHeaders(of: address.uri).values("Privacy").first else { return nil }
        do { return try Privacy(parsing: text) } catch { return nil }
    }

    /// Adds a header to the URI, escaped.
    package mutating func embed(_ header: some SIPHeader) {
        var writer = OctetWriter(reserving: address.uri.count + 48)
        writer.write(address.uri)
        writer.write(UInt8(ascii: address.uri.firstIndex(of: UInt8(ascii: "?")) == nil ? "?" : "&"))
        type(of: header).name.write(to: &writer)
        writer.write(UInt8(ascii: "="))
        var value = OctetWriter(reserving: 48)
        header.write(to: &value)
        writer.write(OctetSlice(value.octets), escapingAllBut: .uriHeader)
        address.uri = OctetSlice(writer.octets)
    }

    package func write(to writer: inout OctetWriter) { address.write(to: &writer) }
}
