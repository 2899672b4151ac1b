import Octets

/// An SMS-SUBMIT, TS 23.040 §9.2.2.2 (not at hand), and the SMS-DELIVER that becomes of it, §9.2.2.1.
///
/// The user data are carried as they came: seven-bit text, UCS2 and octets alike, with their header.
package struct SubmittedMessage: Equatable, Sendable {
    package let destination: SMSAddress
    package let protocolIdentifier: UInt8
    /// TP-DCS, TS 23.038 §4.
    package let codingScheme: UInt8
    /// TP-VP in seconds; nil when nothing, or a date, was given.
    package let validity: Int?
    /// TP-UDL: septets of seven-bit text, otherwise octets.
    package let length: UInt8
    package let userData: [UInt8]
    /// TP-UDHI: the user data begin with a header.
    package let hasHeader: Bool
    /// TP-RP.
    package let hasReplyPath: Bool

    package init(parsing octets: [UInt8]) throws(SMSFault) {
        var reader = OctetReader(OctetSlice(octets))
        guard let first = reader.read8() else { throw .truncated }
        guard first & 0b11 == 0b01 else { throw .notSubmit(first & 0b11) }
        guard reader.read8() != nil else { throw .truncated }  // TP-MR
        destination = try SMSAddress(reading: &reader)
        guard let protocolIdentifier = reader.read8(), let codingScheme = reader.read8() else { throw .truncated }
        switch first >> 3 & 0b11 {
        case 0b10:
            guard let validity = reader.read8() else { throw .truncated }
            self.validity = Self.seconds(relative: validity)
        case 0b01, 0b11:
            guard reader.read(count: 7) != nil else { throw .truncated }
            validity = nil
        default: validity = nil
        }
        guard let length = reader.read8() else { throw .truncated }
        let count = Self.isSevenBit(codingScheme) ? (Int(length) * 7 + 7) / 8 : Int(length)
        guard count <= 140 else { throw .tooLong(count) }
        guard let userData = reader.read(count: count) else { throw .truncated }
        self.protocolIdentifier = protocolIdentifier
        self.codingScheme = codingScheme
        self.length = length
        self.userData = userData.array
        hasHeader = first & 0x40 != 0
        hasReplyPath = first & 0x80 != 0
    }

    /// The SMS-DELIVER for the destination.
    ///
    /// - Parameters:
    ///   - originator: whose number it says; nil when the sender has none: then it is the number 0.
    ///   - time: when the message was accepted: seconds since 1970, UTC.
    ///   - hasMore: further messages wait (TP-MMS is 0).
    package func deliver(from originator: SMSAddress?, at time: Int64, hasMore: Bool) -> [UInt8] {
        var first: UInt8 = hasMore ? 0 : 0b100
        if hasHeader { first |= 0x40 }
        if hasReplyPath { first |= 0x80 }
        let address = originator?.octets ?? [1, 0x81, 0xF0]
        return [first] + address + [protocolIdentifier, codingScheme] + Self.timestamp(time) + [length] + userData
    }

    /// TP-VP, relative format, §9.2.3.12.1.
    static func seconds(relative value: UInt8) -> Int {
        let value = Int(value)
        return switch value {
        case ...143: (value + 1) * 300
        case ...167: 43_200 + (value - 143) * 1800
        case ...196: (value - 166) * 86_400
        default: (value - 192) * 604_800
        }
    }

    /// TS 23.038 §4: whether the text is in the seven-bit alphabet.
    static func isSevenBit(_ scheme: UInt8) -> Bool {
        switch scheme >> 4 {
        case 0x0...0x7: scheme & 0b1100 == 0b0000 || scheme & 0b1100 == 0b1100
        case 0xE: false
        case 0xF: scheme & 0b100 == 0
        default: true
        }
    }

    /// TP-SCTS, §9.2.3.11: year, month, day, hour, minute, second and zone, two digits an octet, the first in the low half.
    static func timestamp(_ time: Int64) -> [UInt8] {
        let (year, month, day) = CivilDate.of(day: Int(clamping: time >= 0 ? time / 86_400 : 0))
        let second = Int(clamping: time >= 0 ? time % 86_400 : 0)
        let fields = [year % 100, month, day, second / 3600, second / 60 % 60, second % 60, 0]
        return fields.map { UInt8(truncatingIfNeeded: ($0 % 10) << 4 | ($0 / 10) % 10) }
    }
}

/// Dates of the Gregorian calendar.
enum CivilDate {
    /// - Parameter day: days since 1 January 1970, from 0.
    static func of(day: Int) -> (year: Int, month: Int, day: Int) {
        // Years that begin with March, so that the leap day is the last; eras of 400 years.
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
