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

/// Session-Expires, RFC 4028 §4: seconds until a session ends unless somebody refreshes it.
package struct SessionExpires: SIPHeader, Equatable {
    package static var name: HeaderName { .sessionExpires }

    package enum Refresher: Equatable, Sendable { case uac, uas }

    package var seconds: Int
    package var parameters: Parameters

    package init(_ seconds: Int, refresher: Refresher? = nil) {
        self.seconds = seconds
        parameters = Parameters()
        switch refresher {
        case .uac: parameters.set("refresher", "uac")
        case .uas: parameters.set("refresher", "uas")
        case nil: break
        }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        (seconds, parameters) = try DeltaSeconds.parseWithParameters(text)
        if let refresher = parameters["refresher"] {
            guard refresher.equalsIgnoringCase("uac") || refresher.equalsIgnoringCase("uas") else {
                throw SIPSyntaxError(.malformed, at: text.start)
            }
        }
    }

    /// nil when it is not decided yet.
    package var refresher: Refresher? {
        parameters["refresher"].map { $0.equalsIgnoringCase("uac") ? .uac : .uas }
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: seconds)
        parameters.write(to: &writer)
    }
}

/// Min-SE, RFC 4028 §5: the shortest session interval, in seconds.
package struct MinSE: SIPHeader, Equatable {
    package static var name: HeaderName { .minSE }
    package var seconds: Int
    package var parameters: Parameters

    package init(_ seconds: Int) {
        self.seconds = seconds
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        (seconds, parameters) = try DeltaSeconds.parseWithParameters(text)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: seconds)
        parameters.write(to: &writer)
    }
}
