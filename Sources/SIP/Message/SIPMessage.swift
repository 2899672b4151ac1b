import Octets

/// A SIP request or response, RFC 3261 §7: an arena of octets and an index of the header fields in it.
///
/// The arena begins as the datagram. Adding a header appends text and inserts a field, removing one drops a field,
/// serialising copies ranges. Typed values are parsed when asked for. Received and built messages are one type.
package struct SIPMessage: Sendable {
    /// One header field. `start` is where its name begins.
    struct Field: Sendable {
        var start: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
        var nameLength: UInt8
        var token: HeaderName.Token
        /// Name, colon and value stand in one piece, so that a copy of the piece is the line.
        var isContiguous: Bool

        var name: Range<Int> { Int(start)..<Int(start) + Int(nameLength) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    struct StartLine: Sendable {
        var status: Status?
        var method: Method.Token
        /// Text of the method, then of the Request-URI; or nothing, then the reason phrase.
        var first: Range<Int>
        var second: Range<Int>

        init(method: Method.Token, methodText: Range<Int>, uri: Range<Int>) {
            status = nil
            self.method = method
            first = methodText
            second = uri
        }

        init(status: Status, reason: Range<Int>) {
            self.status = status
            method = .other
            first = 0..<0
            second = reason
        }
    }

    var octets: [UInt8]
    var fields: [Field]
    var start: StartLine
    var bodyRange: Range<Int>

    /// Takes over a complete message: a datagram, or what `StreamFramer` cut out of a stream.
    package init(parsing octets: consuming [UInt8], limits: ParseLimits = .standard) throws(SIPSyntaxError) {
        try self.init(octets, limits, .strict)
    }

    private init(
        _ message: consuming [UInt8], _ limits: ParseLimits, _ mode: MessageParser.Mode
    ) throws(SIPSyntaxError) {
        octets = message
        let result = try MessageParser.parse(&octets, limits: limits, mode: mode)
        fields = result.fields
        start = result.start
        bodyRange = result.body
    }

    /// What can be read of a request that cannot be parsed, for an answer: lines that are none are left out and a body
    /// that is not whole is empty. nil without Via, From, To, Call-ID and CSeq to copy (§8.2.6.2), for a response, and
    /// for an ACK, which nobody answers.
    package static func salvage(_ octets: [UInt8], limits: ParseLimits = .standard) -> SIPMessage? {
        do throws(SIPSyntaxError) {
            let message = try SIPMessage(octets, limits, .salvage)
            let needed: [HeaderName] = [.from, .to, .callID, .cseq]
            guard message.isRequest, message.method != .ack, try message.first(Via.self) != nil,
                needed.allSatisfy(message.contains)
            else { return nil }
            return message
        } catch {
            return nil
        }
    }

    /// Nothing, without memory of its own: where a message has been and none is needed any more.
    init() {
        octets = []
        fields = []
        start = StartLine(method: .other, methodText: 0..<0, uri: 0..<0)
        bodyRange = 0..<0
    }

    /// A new request without any header.
    package init(_ method: Method, uri: String) { self.init(method, uri: OctetSlice(uri)) }

    package init(_ method: Method, uri: OctetSlice) {
        var writer = OctetWriter(reserving: 1024)
        method.write(to: &writer)
        let split = writer.count
        writer.write(uri)
        let end = writer.count
        octets = writer.octets
        fields = []
        fields.reserveCapacity(24)
        start = StartLine(method: method.token, methodText: 0..<split, uri: split..<end)
        bodyRange = end..<end
        neutraliseLineEnds(0..<end)
    }

    /// A new response without any header; the phrase of the specification when none is given.
    package init(status: Status, reason: String? = nil) {
        var writer = OctetWriter(reserving: 768)
        if let reason { writer.write(reason) } else { writer.write(status.defaultReason) }
        let end = writer.count
        octets = writer.octets
        fields = []
        fields.reserveCapacity(16)
        start = StartLine(status: status, reason: 0..<end)
        bodyRange = end..<end
        neutraliseLineEnds(0..<end)
    }

    // MARK: Start line and body

    package var isRequest: Bool { start.status == nil }
    package var status: Status? { start.status }

    /// Of a response: the method of its CSeq, the empty one when that cannot be read.
    package var method: Method {
        guard isRequest else { return cseq?.method ?? Method(.other, custom: OctetSlice()) }
        return start.method == .other ? Method(.other, custom: slice(start.first)) : Method(start.method)
    }

    package var reason: OctetSlice { isRequest ? OctetSlice() : slice(start.second) }

    /// The text as it stands; empty for a response.
    package var requestURI: OctetSlice { isRequest ? slice(start.second) : OctetSlice() }

    package func parsedRequestURI() throws(SIPSyntaxError) -> URI { try URI(parsing: requestURI) }

    package var body: OctetSlice { slice(bodyRange) }

    // MARK: Header fields

    /// The first value of a header: up to the first comma where commas separate values.
    package func firstValue(_ name: HeaderName) -> OctetSlice? {
        guard let index = firstIndex(name) else { return nil }
        let text = value(at: index)
        return name.token.multiplicity == .list ? ValueList.first(of: text) : text
    }

    /// All values in order, fields and comma-separated values alike; those of an empty field are none.
    package func values(_ name: HeaderName) -> [OctetSlice] {
        var values: [OctetSlice] = []
        var list = HeaderValues(self, name)
        while let value = list.next() {
            if values.isEmpty { values.reserveCapacity(4) }
            values.append(value)
        }
        return values
    }

    /// How many values there are.
    package func count(_ name: HeaderName) -> Int {
        var count = 0
        for index in fields.indices where isNamed(index, name) {
            guard name.token.multiplicity == .list else {
                count += 1
                continue
            }
            var list = ValueList(value(at: index))
            while list.next() != nil { count += 1 }
        }
        return count
    }

    package func contains(_ name: HeaderName) -> Bool { firstIndex(name) != nil }

    /// Whether a list of tokens, such as Supported or Allow, has this one, in any case.
    package func listContains(_ name: HeaderName, token: StaticString) -> Bool {
        for index in fields.indices where isNamed(index, name) {
            var list = ValueList(value(at: index))
            while let value = list.next() {
                if value.equalsIgnoringCase(token) { return true }
            }
        }
        return false
    }

    /// Every field in order with its name and raw value, for logs and tests.
    package var allFields: [(name: HeaderName, value: OctetSlice)] {
        fields.indices.map { (name(at: $0), value(at: $0)) }
    }

    // MARK: Steps

    func slice(_ range: Range<Int>) -> OctetSlice { OctetSlice(octets, range) }

    func value(at index: Int) -> OctetSlice { slice(fields[index].value) }

    func name(at index: Int) -> HeaderName {
        let field = fields[index]
        return field.token == .other ? HeaderName(slice(field.name)) : HeaderName(field.token)
    }

    @inline(__always)
    func isNamed(_ index: Int, _ name: HeaderName) -> Bool {
        guard fields[index].token == name.token else { return false }
        return name.token != .other || name.isCustom(slice(fields[index].name))
    }

    func firstIndex(_ name: HeaderName) -> Int? {
        var index = 0
        while index < fields.count {
            if isNamed(index, name) { return index }
            index += 1
        }
        return nil
    }
}

/// By content: start line, header fields in order with their values octet for octet, body. How a name is spelt and
/// what Content-Length says, which serialising corrects, does not matter.
extension SIPMessage: Equatable {
    package static func == (left: SIPMessage, right: SIPMessage) -> Bool {
        guard left.status == right.status, left.start.method == right.start.method,
            left.slice(left.start.first) == right.slice(right.start.first),
            left.slice(left.start.second) == right.slice(right.start.second), left.body == right.body
        else { return false }
        let mine = left.fields.indices.filter { left.fields[$0].token != .contentLength }
        let theirs = right.fields.indices.filter { right.fields[$0].token != .contentLength }
        guard mine.count == theirs.count else { return false }
        return zip(mine, theirs).allSatisfy { mine, theirs in
            left.name(at: mine) == right.name(at: theirs) && left.value(at: mine) == right.value(at: theirs)
        }
    }
}

extension SIPMessage: CustomStringConvertible {
    package var description: String { OctetSlice(serialized()).string }
}
