import Octets

/// What a proxy writes into its Record-Route, to be told again by the requests of the dialog (RFC 3261 §16.6 step 4):
/// some text of its own, which of two entries it is, and a seal.
///
/// The seal is a keyed hash over the text, the Call-ID and the tag of the caller. It cannot be forged or carried into
/// another dialog, and it says who sends: the caller's requests have that tag in From, the callee's in To. It stands in
/// the URI parameter `seal`: position, 64 bits in hexadecimal, text.
package struct RecordRouteSeal: Sendable {
    /// Who sends a request inside the dialog.
    package enum Sender: Sendable, Equatable { case caller, callee }

    /// Which of our entries it is.
    package enum Position: UInt8, Sendable, CaseIterable {
        /// The only one.
        case single = 0x73
        /// Of two, that towards the caller.
        case upstream = 0x75
        /// Of two, that towards the callee.
        case downstream = 0x64
    }

    /// A seal that is whole.
    package struct Opened: Sendable, Equatable {
        package let text: OctetSlice
        package let sender: Sender
        package let position: Position
    }

    private let key: (UInt64, UInt64)

    /// - Parameter key: the same after a restart, or no dialog from before finds its way.
    package init(key: (UInt64, UInt64)) { self.key = key }

    /// The URI parameter for a request that begins a dialog, with its semicolon.
    package func parameter(_ text: OctetSlice, _ position: Position, in request: SIPMessage) -> String {
        var writer = OctetWriter(reserving: 40 + text.count)
        writer.write(";seal=")
        writer.write(position.rawValue)
        let code = code(text, position, callID: request.callID, tag: request.fromTag)
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            writer.write(Hex.digit(UInt8(truncatingIfNeeded: code >> shift) & 15))
        }
        for index in text.indices {
            let octet = text[index]
            if ASCII.isAlpha(octet) || ASCII.isDigit(octet) || "-_.!~*'()".utf8.contains(octet) {
                writer.write(octet)
            } else {
                writer.writeEscape(octet)
            }
        }
        return OctetSlice(writer.octets).string
    }

    /// nil when there is no seal, or not one of ours for this dialog.
    package func open(_ uri: SIPURI, in request: SIPMessage) -> Opened? {
        guard let sealed = uri.parameters["seal"], sealed.count >= 17, let first = sealed.first,
            let position = Position(rawValue: first),
            let code = Self.number(sealed[sealed.start + 1..<sealed.start + 17])
        else { return nil }
        let text = sealed[sealed.start + 17..<sealed.end]
        let callID = request.callID
        if self.code(text, position, callID: callID, tag: request.fromTag) == code {
            return Opened(text: text, sender: .caller, position: position)
        }
        guard self.code(text, position, callID: callID, tag: request.toTag) == code else { return nil }
        return Opened(text: text, sender: .callee, position: position)
    }

    private func code(_ text: OctetSlice, _ position: Position, callID: OctetSlice?, tag: OctetSlice?) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.combine(octet: position.rawValue)
        for part in [callID, tag] {
            if let part { hash.combine(part) }
            hash.combine(octet: 0)
        }
        hash.combine(text)
        return hash.finish().0
    }

    private static func number(_ text: OctetSlice) -> UInt64? {
        var number: UInt64 = 0
        for index in text.indices {
            guard let digit = Hex.value(text[index]) else { return nil }
            number = number << 4 | UInt64(digit)
        }
        return number
    }
}
