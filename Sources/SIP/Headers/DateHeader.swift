import Octets

/// Date, RFC 3261 §20.17: `Sat, 13 Nov 2010 23:29:00 GMT`, and no other time zone.
package struct DateHeader: SIPHeader, Equatable {
    package static var name: HeaderName { .date }

    package let day: Int
    /// 1 to 12.
    package let month: Int
    package let year: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    private let text: OctetSlice

    private static let weekdays: [StaticString] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        var scanner = TextScanner(text)
        guard let weekday = scanner.token(), Self.weekdays.contains(where: weekday.equalsIgnoringCase),
            scanner.takeSeparator(UInt8(ascii: ",")), let day = scanner.decimal(), (1...31).contains(day),
            scanner.takeBlanks(), let monthName = scanner.token(),
            let month = Self.months.firstIndex(where: monthName.equalsIgnoringCase), scanner.takeBlanks(),
            let year = scanner.decimal(), year <= 9999, scanner.takeBlanks(),
            let hour = scanner.decimal(), hour < 24, scanner.take(UInt8(ascii: ":")),
            let minute = scanner.decimal(), minute < 60, scanner.take(UInt8(ascii: ":")),
            let second = scanner.decimal(), second <= 60, scanner.takeBlanks(),
            let zone = scanner.token(), zone.equals("GMT"), scanner.isAtEnd
        else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        self.day = Int(day)
        self.month = month + 1
        self.year = Int(year)
        self.hour = Int(hour)
        self.minute = Int(minute)
        self.second = Int(second)
        self.text = text
    }

    package func write(to writer: inout OctetWriter) { writer.write(text) }
}
