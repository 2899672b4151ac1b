import Octets

/// A header value as a type: parsed when asked for, made of slices of the message.
package protocol SIPHeader: Sendable {
    static var name: HeaderName { get }
    /// One value: a whole field, or what stands between two commas.
    init(parsing text: OctetSlice) throws(SIPSyntaxError)
    func write(to writer: inout OctetWriter)
}

extension SIPHeader {
    package var text: String {
        var writer = OctetWriter(reserving: 64)
        write(to: &writer)
        return OctetSlice(writer.octets).string
    }
}

extension SIPMessage {
    /// The first value; nil when there is none.
    package func first<Header: SIPHeader>(_ type: Header.Type) throws(SIPSyntaxError) -> Header? {
        guard let text = firstValue(Header.name) else { return nil }
        do {
            return try Header(parsing: text)
        } catch {
            throw error.of(Header.name)
        }
    }

    package func all<Header: SIPHeader>(_ type: Header.Type) throws(SIPSyntaxError) -> [Header] {
        var headers: [Header] = []
        for text in HeaderValues(self, Header.name) {
            do {
                headers.append(try Header(parsing: text))
            } catch {
                throw error.of(Header.name)
            }
        }
        return headers
    }

    // MARK: Short cuts, nil when absent or malformed

    package var callID: OctetSlice? {
        guard let text = firstValue(.callID), !text.isEmpty else { return nil }
        return text
    }

    package var fromTag: OctetSlice? {
        do { return try first(From.self)?.tag } catch { return nil }
    }

    package var toTag: OctetSlice? {
        do { return try first(To.self)?.tag } catch { return nil }
    }

    package var cseq: CSeq? {
        do { return try first(CSeq.self) } catch { return nil }
    }

    /// RFC 3261 §20.22: 0 to 255.
    package var maxForwards: Int? {
        firstValue(.maxForwards)?.decimal.flatMap { $0 <= 255 ? Int($0) : nil }
    }

    /// RFC 3261 §20.19: seconds, at most 2³²−1.
    package var expires: Int? { firstValue(.expires)?.decimal.flatMap { $0 <= UInt64(UInt32.max) ? Int($0) : nil } }
}
