import Octets

extension SessionDescription {
    /// Takes this description as the last one a party has sent, in an offer or an answer, and checks its next one,
    /// RFC 3264 §8.
    package func check(next: SessionDescription) throws(OfferAnswerFault) {
        let origins: (previous: Origin, next: Origin)
        do throws(SDPError) {
            origins = (try origin, try next.origin)
        } catch {
            throw .unreadable(error)
        }
        guard origins.previous.isSameSession(as: origins.next) else { throw .otherSession }
        guard let before = origins.previous.version, let after = origins.next.version,
            let identifier = origins.next.sessionID.decimal, identifier <= UInt64(Int64.max)
        else { throw .numberTooLarge }
        guard after != before else {
            guard self == next else { throw .changedWithoutVersion }
            return
        }
        // Both are at most 2⁶³−1.
        guard after == before + 1 else { throw .version(previous: before, next: after) }
        guard next.mediaCount >= mediaCount else { throw .fewerMedia(previous: mediaCount, next: next.mediaCount) }
        for (old, new) in zip(media, next.media) { try Self.checkPayloadTypes(old, new) }
    }

    /// §8.3.2: within a stream a payload type keeps its meaning. A slot that was free, or has got another media type,
    /// holds another stream (§8.1, §8.3.3).
    private static func checkPayloadTypes(_ old: MediaDescription, _ new: MediaDescription) throws(OfferAnswerFault) {
        guard !old.isRejected, !new.isRejected else { return }
        let lines: (MediaLine, MediaLine)
        do throws(SDPError) {
            lines = (try old.line, try new.line)
        } catch {
            throw .unreadable(error)
        }
        guard lines.0.isRTP, lines.1.isRTP, lines.0.type == lines.1.type else { return }
        let before = old.payloadTypes
        for mapping in new.payloadTypes.mappings {
            guard let codec = before.codec(of: OctetSlice("\(mapping.payloadType)")), codec != mapping.codec else {
                continue
            }
            throw .payloadType(stream: new.index, mapping.payloadType)
        }
    }

    /// What a new description of a party changes about hold in one stream, RFC 3264 §8.4.
    package enum HoldChange: Sendable, Equatable {
        case none
        /// It wants to receive no more.
        case held
        /// It wants to receive again.
        case resumed
    }

    /// `.none` too when either has no such stream, or it is rejected.
    package func holdChange(ofMedia index: Int, next: SessionDescription) -> HoldChange {
        guard let before = media(at: index), let after = next.media(at: index), !before.isRejected, !after.isRejected
        else { return .none }
        switch (before.wantsMedia, after.wantsMedia) {
        case (true, false): return .held
        case (false, true): return .resumed
        case (true, true), (false, false): return .none
        }
    }
}

extension MediaDescription {
    fileprivate var wantsMedia: Bool { direction.receives && hold != .unspecifiedAddress }
}
