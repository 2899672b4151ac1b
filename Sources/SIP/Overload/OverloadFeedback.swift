import Octets

/// RFC 7339 §4: what a server says in the top Via of a response about how much it wants to be sent.
package struct OverloadFeedback: Equatable, Sendable {
    /// §7.1: by how many of a hundred requests the client is to send less.
    package var loss: Int
    /// §4.3. Zero: no reduction is wanted.
    package var validity: Duration
    package var sequence: Sequence

    /// §4.4: larger is newer; a number with a decimal fraction of up to five digits.
    package struct Sequence: Comparable, Sendable {
        package var whole: UInt64
        /// In hundred-thousandths.
        package var fraction: UInt32

        package init(whole: UInt64, fraction: UInt32) {
            self.whole = whole
            self.fraction = fraction
        }

        /// §4.4: a timestamp will do.
        package init(_ instant: Instant) {
            let hundredThousandths = UInt64(max(0, instant.nanoseconds)) / 10_000
            whole = hundredThousandths / 100_000
            fraction = UInt32(hundredThousandths % 100_000)
        }

        package static func < (left: Sequence, right: Sequence) -> Bool {
            (left.whole, left.fraction) < (right.whole, right.fraction)
        }

        /// §9: `1*12DIGIT "." 1*5DIGIT`.
        init?(parsing text: OctetSlice) {
            guard let dot = text.firstIndex(of: UInt8(ascii: ".")) else { return nil }
            let fraction = text[dot + 1..<text.end]
            guard (1...12).contains(dot - text.start), (1...5).contains(fraction.count),
                let whole = text[text.start..<dot].decimal, let digits = fraction.decimal
            else { return nil }
            self.whole = whole
            self.fraction = (fraction.count..<5).reduce(UInt32(digits)) { value, _ in value * 10 }
        }
    }

    package init(loss: Int, validity: Duration, sequence: Sequence) {
        self.loss = loss
        self.validity = validity
        self.sequence = sequence
    }

    /// What our Via says in a request, §4.1 and §4.2.
    static let offer: StaticString = ";oc;oc-algo=\"loss\""

    /// nil when the Via holds no feedback: the server does not support it, chose another algorithm than ours, or says
    /// something that RFC 7339 does not allow.
    package init?(_ via: Via) {
        guard let value = via.parameters["oc"]?.decimal, value <= 100,
            via.parameters["oc-algo"]?.equalsIgnoringCase("loss") ?? false
        else { return nil }
        loss = Int(value)
        switch via.parameters["oc-validity"] {
        case nil: validity = .milliseconds(500)
        case let text?:
            guard let milliseconds = text.decimal else { return nil }
            validity = .milliseconds(Int64(min(milliseconds, 3_600_000)))
        }
        // §4.4 demands the number in a response; one that says only "no reduction" is understood without (§6 shows it).
        if let text = via.parameters["oc-seq"] {
            guard let sequence = Sequence(parsing: text) else { return nil }
            self.sequence = sequence
        } else {
            guard validity == .zero else { return nil }
            sequence = Sequence(whole: 0, fraction: 0)
        }
    }

    /// The Via of a request with our word in it, for the response, §5.2. What a server behind us said is written over
    /// (§5.4).
    func written(in via: Via) -> Via {
        var via = via
        var kept = via.parameters
        kept.remove("oc")
        kept.remove("oc-algo")
        kept.remove("oc-validity")
        kept.remove("oc-seq")
        var writer = OctetWriter(reserving: kept.text.count + 72)
        writer.write(kept.text)
        writer.write(";oc=")
        writer.write(decimal: loss)
        writer.write(";oc-algo=\"loss\";oc-validity=")
        writer.write(decimal: UInt64(max(0, validity.wholeNanoseconds)) / 1_000_000)
        writer.write(";oc-seq=")
        writer.write(decimal: sequence.whole)
        writer.write(UInt8(ascii: "."))
        var unit: UInt32 = 10_000
        while unit > 0 {
            writer.write(UInt8(ascii: "0") + UInt8(sequence.fraction / unit % 10))
            unit /= 10
        }
        via.parameters = Parameters(unchecked: OctetSlice(writer.octets), .header)
        return via
    }
}
