import Octets

/// Expires, RFC 3261 §20.19.
package struct Expires: SIPHeader, Equatable {
    package static var name: HeaderName { .expires }
    package var seconds: Int

    package init(_ seconds: Int) { self.seconds = seconds }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { seconds = try DeltaSeconds.parse(text) }
    package func write(to writer: inout OctetWriter) { writer.write(decimal: seconds) }
}

/// Min-Expires, RFC 3261 §20.23.
package struct MinExpires: SIPHeader, Equatable {
    package static var name: HeaderName { .minExpires }
    package var seconds: Int

    package init(_ seconds: Int) { self.seconds = seconds }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { seconds = try DeltaSeconds.parse(text) }
    package func write(to writer: inout OctetWriter) { writer.write(decimal: seconds) }
}

/// Max-Forwards, RFC 3261 §20.22: 0 to 255.
package struct MaxForwardsValue: SIPHeader, Equatable {
    package static var name: HeaderName { .maxForwards }
    package var hops: Int

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        hops = try DeltaSeconds.parse(text)
        guard hops <= 255 else { throw SIPSyntaxError(.outOfRange, at: text.start) }
    }

    package func write(to writer: inout OctetWriter) { writer.write(decimal: hops) }
}

/// Flow-Timer, RFC 5626 §10: seconds of silence after which a server thinks a flow is dead.
package struct FlowTimer: NumberHeader {
    package static var name: HeaderName { .flowTimer }
    package static var range: ClosedRange<UInt32> { 0...UInt32.max }
    package var number: UInt32
    package init(number: UInt32) { self.number = number }
}

/// Max-Breadth, RFC 5393 §5.3.1: into how many branches a request may still be forked.
package struct MaxBreadth: NumberHeader {
    package static var name: HeaderName { .maxBreadth }
    package static var range: ClosedRange<UInt32> { 0...UInt32.max }
    package var number: UInt32
    package init(number: UInt32) { self.number = number }
}
