import Octets
import SIP
import Testing

/// What one header takes and what it refuses.
struct HeaderRow: Sendable, CustomTestStringConvertible {
    let type: any SIPHeader.Type
    /// Values and, where they are not written as they came, how they are written.
    let accepted: [(value: String, written: String)]
    let refused: [String]

    init(_ type: any SIPHeader.Type, accepts: [String] = [], writes: [(String, String)] = [], refuses: [String] = []) {
        self.type = type
        accepted = accepts.map { ($0, $0) } + writes.map { ($0.0, $0.1) }
        refused = refuses
    }

    var testDescription: String { type.name.text }

    /// Parse → write → parse is a fixed point; refusals are errors that say where.
    func check() throws {
        func read(_ text: String) throws(SIPSyntaxError) -> any SIPHeader { try type.init(parsing: OctetSlice(text)) }
        for (value, written) in accepted {
            let text = try read(value).text
            #expect(text == written, "\(type.name): \(value)")
            #expect(try read(text).text == text)
            // As a field of a message, too, by its long name. Content-Length is what the body says.
            guard type.name != .contentLength else { continue }
            var message = SIPMessage(.options, uri: "sip:a@example.com")
            message.append(try read(value))
            let again = try SIPMessage(parsing: message.serialized())
            #expect(again.firstValue(type.name)?.string == written)
        }
        for value in refused {
            do {
                let header = try read(value)
                Issue.record("\(type.name): \(value) was read as \(header.text)")
            } catch {
                #expect(error.offset <= value.utf8.count)
                #expect(!error.of(type.name).description.isEmpty)
            }
        }
    }
}

extension SIPSyntaxError {
    /// The same error with the header's name, as `SIPMessage` throws it.
    func of(_ name: HeaderName) -> SIPSyntaxError { SIPSyntaxError(what, header ?? name, at: offset) }
}
