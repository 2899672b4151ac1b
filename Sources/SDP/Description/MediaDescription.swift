import Octets

/// One stream: its m= line and what belongs to it, with the session's lines as defaults (RFC 8866 §5).
package struct MediaDescription: Sendable {
    package let section: Section
    package let session: Section
    /// From 0, in the order of the m= lines, by which offer and answer are matched (RFC 3264 §6).
    package let index: Int

    init(_ section: Section, in session: Section, index: Int) {
        self.section = section
        self.session = session
        self.index = index
    }

    package var line: MediaLine {
        get throws(SDPError) {
            guard let line = try section.read(.media, MediaLine.init) else { throw SDPError(.missing, .media) }
            return line
        }
    }

    /// Port zero, RFC 3264 §6, §8.2. false also when the m= line cannot be read. `a=bundle-only`, which goes with a
    /// port of zero too (RFC 8843, not at hand), is not taken for a rejection.
    package var isRejected: Bool {
        guard let text = section.value(of: .media), let line = MediaLine(text) else { return false }
        return line.port == 0 && !section.hasAttribute("bundle-only")
    }

    /// Its own c= line, or the session's.
    package var connection: Connection? {
        get throws(SDPError) {
            if let own = try section.connection { return own }
            return try session.connection
        }
    }

    /// Its own direction, or the session's, or send and receive (RFC 8866 §6.7).
    package var direction: MediaDirection { section.direction ?? session.direction ?? .sendAndReceive }

    /// Its own attribute, or the session's.
    package func attribute(_ name: StaticString) -> Attribute? { section.attribute(name) ?? session.attribute(name) }

    // MARK: Formats

    /// What the payload types of the stream stand for.
    package var payloadTypes: PayloadTypes { PayloadTypes(section) }

    /// The a=fmtp of a format.
    package func parameters(of format: OctetSlice) -> FormatParameters? {
        section.values(of: FormatParameters.self).first { $0.format == format }
    }

    // MARK: Hold

    /// How much of a stream is on hold, RFC 3264 §8.4, as its description says.
    package enum Hold: Sendable, Equatable {
        case none
        /// The other side shall not send: the sender marks the stream sendonly.
        case held
        /// Nobody shall: inactive.
        case inactive
        /// The way of RFC 2543: address 0.0.0.0 or :: with a port.
        case unspecifiedAddress
    }

    /// `.none` for a rejected stream.
    package var hold: Hold {
        guard !isRejected else { return .none }
        switch direction {
        case .sendOnly: return .held
        case .inactive: return .inactive
        case .sendAndReceive, .receiveOnly: break
        }
        do {
            return try connection?.isUnspecified == true ? .unspecifiedAddress : .none
        } catch {
            return .none
        }
    }
}

extension SessionDescription {
    /// "Held SDP", RFC 3264 §8.4: every stream that is not rejected is on hold, and there is one.
    package var isHeld: Bool {
        let streams = media.filter { !$0.isRejected }
        return !streams.isEmpty && streams.allSatisfy { $0.hold != .none }
    }
}
