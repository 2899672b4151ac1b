import Octets

/// Session-Expires, RFC 4028 §4: how long a session lasts without a refresh, and who refreshes it.
package struct SessionExpires: SIPHeader, Equatable {
    package static var name: HeaderName { .sessionExpires }

    /// As seen from the request that this header or its answer belongs to.
    package enum Refresher: Equatable, Sendable { case uac, uas }

    package var seconds: Int
    package var parameters: Parameters

    package init(_ seconds: Int, refresher: Refresher? = nil) {
        self.seconds = seconds
        parameters = Parameters()
        self.refresher = refresher
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        (seconds, parameters) = try DeltaSeconds.parseWithParameters(text)
    }

    /// nil when it is missing or names neither side.
    package var refresher: Refresher? {
        get {
            guard let value = parameters["refresher"] else { return nil }
            if value.equalsIgnoringCase("uac") { return .uac }
            return value.equalsIgnoringCase("uas") ? .uas : nil
        }
        set {
            switch newValue {
            case .uac: parameters.set("refresher", "uac")
            case .uas: parameters.set("refresher", "uas")
            case nil: parameters.remove("refresher")
            }
        }
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: seconds)
        parameters.write(to: &writer)
    }
}

/// Min-SE, RFC 4028 §5: the shortest session interval that somebody on the path accepts.
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

extension DeltaSeconds {
    /// `delta-seconds *( SEMI generic-param )`
    fileprivate static func parseWithParameters(
        _ text: OctetSlice
    ) throws(SIPSyntaxError) -> (seconds: Int, parameters: Parameters) {
        let split = text.firstIndex(of: UInt8(ascii: ";")) ?? text.end
        return (try parse(text[text.start..<split]), try Parameters(parsingHeader: text[split..<text.end]))
    }
}
