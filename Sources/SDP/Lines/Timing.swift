import Octets

/// A t= line, RFC 8866 §5.9: seconds since 1900, zero for unbounded.
package struct Timing: Sendable, Equatable {
    package let start: UInt64
    package let stop: UInt64

    package init?(_ text: OctetSlice) {
        var fields = FieldScanner(text)
        guard let start = fields.next()?.decimal, let stop = fields.last()?.decimal else { return nil }
        self.start = start
        self.stop = stop
    }

    package var isPermanent: Bool { start == 0 && stop == 0 }
}

/// An r= line, RFC 8866 §5.10, in seconds.
package struct RepeatTimes: Sendable, Equatable {
    package let interval: Int64
    package let duration: Int64
    package let offsets: [Int64]

    package init?(_ text: OctetSlice) {
        var fields = FieldScanner(text)
        guard let interval = fields.next().flatMap(Self.seconds), interval > 0,
            let duration = fields.next().flatMap(Self.seconds)
        else { return nil }
        var offsets: [Int64] = []
        while let field = fields.next() {
            guard let offset = Self.seconds(field) else { return nil }
            offsets.append(offset)
        }
        guard !offsets.isEmpty else { return nil }
        self.interval = interval
        self.duration = duration
        self.offsets = offsets
    }

    /// `typed-time`: a number, and perhaps d, h, m or s.
    static func seconds(_ text: OctetSlice) -> Int64? {
        guard let last = text.last else { return nil }
        let unit: Int64
        switch last {
        case UInt8(ascii: "d"): unit = 86400
        case UInt8(ascii: "h"): unit = 3600
        case UInt8(ascii: "m"): unit = 60
        case UInt8(ascii: "s"): unit = 1
        default: unit = 0
        }
        let digits = unit == 0 ? text : text[text.start..<text.end - 1]
        guard let number = digits.decimal.flatMap({ Int64(exactly: $0) }) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: max(unit, 1))
        return overflow ? nil : product
    }
}

/// A z= line, RFC 8866 §5.11: from each time on, the repeat times are counted from a base shifted by so many seconds.
package struct ZoneAdjustments: Sendable, Equatable {
    package struct Adjustment: Sendable, Equatable {
        package let time: UInt64
        package let offset: Int64

        package init(time: UInt64, offset: Int64) {
            self.time = time
            self.offset = offset
        }
    }

    package let adjustments: [Adjustment]

    package init?(_ text: OctetSlice) {
        var fields = FieldScanner(text)
        var adjustments: [Adjustment] = []
        while let field = fields.next() {
            guard let time = field.decimal, let offset = fields.next().flatMap(Self.offset) else { return nil }
            adjustments.append(Adjustment(time: time, offset: offset))
        }
        guard !adjustments.isEmpty else { return nil }
        self.adjustments = adjustments
    }

    private static func offset(_ text: OctetSlice) -> Int64? {
        guard text.first == UInt8(ascii: "-") else { return RepeatTimes.seconds(text) }
        return RepeatTimes.seconds(text[text.start + 1..<text.end]).map { -$0 }
    }
}
