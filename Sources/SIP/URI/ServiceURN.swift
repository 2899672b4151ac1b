import Octets

/// A service by its kind and not its place, RFC 5031 §3: `urn:service:sos.fire`. Compared without regard to case.
package struct ServiceURN: Sendable {
    /// The labels behind `urn:service:`, most general first, dots between them.
    package let service: OctetSlice

    /// - Precondition: labels of the grammar.
    package init(_ service: StaticString) { self.service = OctetSlice("\(service)") }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        service = try URNLabels.parse(text, after: "urn:service:", topLevelLimit: 27, hyphenAtEnds: false)
    }

    package static let emergency = ServiceURN("sos")

    /// The service itself or one beneath it: `sos.fire` is a kind of `sos`.
    package func isKind(of other: ServiceURN) -> Bool {
        guard service.count >= other.service.count,
            service[service.start..<service.start + other.service.count].equalsIgnoringCase(other.service)
        else { return false }
        return service.count == other.service.count || service[service.start + other.service.count] == UInt8(ascii: ".")
    }

    /// §4.2: somebody needs help at once.
    package var isEmergency: Bool { isKind(of: .emergency) }

    /// §3: the service that stands for it where it is not offered; nil at the top.
    package var parent: ServiceURN? {
        guard let dot = service.indices.last(where: { service[$0] == UInt8(ascii: ".") }) else { return nil }
        return ServiceURN(labels: service[service.start..<dot])
    }

    private init(labels: OctetSlice) { service = labels }

    package var text: String { "urn:service:\(service.string)" }
}

extension ServiceURN: Equatable {
    package static func == (left: ServiceURN, right: ServiceURN) -> Bool {
        left.service.equalsIgnoringCase(right.service)
    }
}

extension ServiceURN: CustomStringConvertible {
    package var description: String { text }
}

extension URI {
    /// nil for a URI that is no service URN.
    package var serviceURN: ServiceURN? {
        guard case .other(let text) = self else { return nil }
        do { return try ServiceURN(parsing: text) } catch { return nil }
    }
}

/// A communication service of an operator's, RFC 6050 §4.4: `urn:urn-7:3gpp-service.ims.icsi.mmtel`.
package struct ServiceID: Sendable {
    /// The labels behind `urn:urn-7:`, dots between them.
    package let service: OctetSlice

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        service = try URNLabels.parse(text, after: "urn:urn-7:", topLevelLimit: 27, hyphenAtEnds: true)
    }

    package var text: String { "urn:urn-7:\(service.string)" }

    func write(to writer: inout OctetWriter) {
        writer.write("urn:urn-7:")
        writer.write(service)
    }
}

extension ServiceID: Equatable {
    /// Without regard to case, as scheme and namespace of a URN are compared; the RFC says nothing of the labels.
    package static func == (left: ServiceID, right: ServiceID) -> Bool {
        left.service.equalsIgnoringCase(right.service)
    }
}

extension ServiceID: CustomStringConvertible {
    package var description: String { text }
}

/// Labels of letters, digits and hyphens with dots between them.
private enum URNLabels {
    static func parse(
        _ text: OctetSlice, after prefix: StaticString, topLevelLimit: Int, hyphenAtEnds: Bool
    ) throws(SIPSyntaxError) -> OctetSlice {
        let length = prefix.utf8CodeUnitCount
        guard text.count > length, text[text.start..<text.start + length].equalsIgnoringCase(prefix) else {
            throw SIPSyntaxError(.uri, at: text.start)
        }
        let labels = text[text.start + length..<text.end]
        var start = labels.start
        while true {
            let end = labels.firstIndex(of: UInt8(ascii: "."), from: start) ?? labels.end
            let label = labels[start..<end]
            guard !label.isEmpty, start > labels.start || label.count <= topLevelLimit else {
                throw SIPSyntaxError(.uri, at: start)
            }
            for index in label.indices {
                let isHyphen = label[index] == UInt8(ascii: "-")
                let isInside = index > label.start && index + 1 < label.end
                let isAllowed =
                    ASCII.isAlpha(label[index]) || ASCII.isDigit(label[index])
                    || (isHyphen && (hyphenAtEnds || isInside))
                guard isAllowed else { throw SIPSyntaxError(.uri, at: index) }
            }
            guard end < labels.end else { return labels }
            start = end + 1
        }
    }
}
