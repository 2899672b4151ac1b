import Octets

/// A short message as a phone sends and reads it: the relay layer of TS 24.011 and the transfer layer of TS 23.040 (neither was
/// at hand), as far as a text without headers needs them. Texts are UCS2 (TS 23.038).
enum ShortMessage {
    /// What the network says over the relay layer.
    enum Received: Equatable {
        /// RP-DATA with an SMS-DELIVER. - Parameter text: nil when it is not UCS2.
        case message(reference: UInt8, text: String?)
        case acknowledged(reference: UInt8)
        case refused(reference: UInt8, cause: UInt8)
    }

    /// RP-DATA with an SMS-SUBMIT. nil when the number is none, or the text longer than one message.
    static func submit(_ text: String, to number: String, reference: UInt8) -> [UInt8]? {
        let digits = number.hasPrefix("+") ? number.dropFirst() : number[...]
        let units = text.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        guard (1...20).contains(digits.utf8.count), digits.utf8.allSatisfy(ASCII.isDigit), units.count <= 140 else {
            return nil
        }
        var address: [UInt8] = [UInt8(digits.utf8.count), number.hasPrefix("+") ? 0x91 : 0x81]
        let values = digits.utf8.map { $0 - UInt8(ascii: "0") } + (digits.utf8.count % 2 == 1 ? [0x0F] : [])
        for index in stride(from: 0, to: values.count, by: 2) { address.append(values[index + 1] << 4 | values[index]) }
        // SMS-SUBMIT without validity: identifier of the protocol 0, UCS2.
        let tpdu = [0x01, reference] + address + [0, 0x08, UInt8(units.count)] + units
        return [0x00, reference, 0, 0, UInt8(tpdu.count)] + tpdu
    }

    static func acknowledgement(of reference: UInt8) -> [UInt8] { [0x02, reference] }

    /// nil for what a network does not send.
    static func read(_ body: OctetSlice) -> Received? {
        let octets = body.array
        guard octets.count >= 2 else { return nil }
        switch octets[0] & 0x07 {
        case 1: return .message(reference: octets[1], text: deliver(octets))
        case 3: return .acknowledged(reference: octets[1])
        case 5: return .refused(reference: octets[1], cause: octets.count > 3 ? octets[3] & 0x7F : 0)
        default: return nil
        }
    }

    /// The text of the SMS-DELIVER in an RP-DATA.
    private static func deliver(_ octets: [UInt8]) -> String? {
        var position = 2
        for _ in 0..<2 {  // RP-OA, RP-DA
            guard position < octets.count else { return nil }
            position += 1 + Int(octets[position])
        }
        // The length of the TPDU, its first octet, the digits of the sender.
        guard position + 2 < octets.count else { return nil }
        let digits = Int(octets[position + 2])
        let start = position + 4 + (digits + 1) / 2  // the protocol's identifier
        guard start + 9 < octets.count, octets[start + 1] == 0x08 else { return nil }
        let text = octets[(start + 10)...]
        guard text.count >= Int(octets[start + 9]) else { return nil }
        let units = text.prefix(Int(octets[start + 9])).map(UInt16.init)
        return String(
            decoding: stride(from: 0, to: units.count - 1, by: 2).map { units[$0] << 8 | units[$0 + 1] },
            as: UTF16.self)
    }
}
