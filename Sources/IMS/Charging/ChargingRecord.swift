import Octets
import SIP

/// What is charged for, as a CSCF saw it: a session's begin, change and end, or something by itself (a registration, a
/// message, a call that nobody took). TS 32.260 §5.2 says which; it was not at hand.
package struct ChargingRecord: Equatable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A session was answered.
        case start
        /// Its media or parties were changed.
        case interim
        /// It is over: this record has all of it.
        case stop
        /// Something by itself.
        case event
    }

    package enum Side: String, Sendable, CaseIterable { case originating, terminating }

    package var kind: Kind
    /// Counted from the start of the session.
    package var number: UInt32 = 0
    package var side: Side?
    package var method: String
    package var callID: String
    /// What names the session, or the event by itself, among all: the records of one have the same.
    package var session: String
    /// Of P-Charging-Vector (RFC 7315 §4.6).
    package var chargingID: String?
    package var originatingOperator: String?
    package var terminatingOperator: String?
    package var privateIdentity: String?
    /// Whose session it is: one of our users.
    package var user: String?
    package var callingParties: [String] = []
    package var calledParty: String?
    /// Whom the caller asked for, where that is another.
    package var requestedParty: String?
    package var requestedAt: Instant?
    package var answeredAt: Instant?
    package var endedAt: Instant?
    /// `m=` lines without the `m=`.
    package var media: [String] = []
    /// Final status of what stands by itself.
    package var status: Int?
    /// Granted by a registration or subscription, seconds.
    package var expires: Int?
    /// Why the session ended, when not by one of its parties.
    package var reason: String?

    package init(_ kind: Kind, method: String, callID: String) {
        self.kind = kind
        self.method = method
        self.callID = callID
        session = "\(callID)\n\(method)"
    }

    /// What a request says of itself.
    package init(_ kind: Kind, of request: SIPMessage) {
        self.init(kind, method: request.method.text, callID: request.callID?.string ?? "")
        do {
            if let vector = try request.first(PChargingVector.self) { take(vector) }
            let asserted = try request.all(PAssertedIdentity.self).map(\.address.uri.string)
            let from = try request.first(From.self)?.address.uri.string
            callingParties = asserted.isEmpty ? from.map { [$0] } ?? [] : asserted
        } catch {}  // what cannot be read is not told
        calledParty = request.requestURI.string
        session = "\(callID)\n\(request.fromTag?.string ?? "")\n\(method)\n\(request.cseq?.number ?? 0)"
    }

    /// Of a session whose beginning we do not know, for we have begun anew since.
    init(_ kind: Kind, of dialog: DialogID, _ side: Side) {
        self.init(kind, method: "BYE", callID: dialog.callID.string)
        self.side = side
        session = dialog.session
    }

    package mutating func take(_ vector: PChargingVector) {
        chargingID = vector.icid.string
        originatingOperator = vector.originatingOperator?.string ?? originatingOperator
        terminatingOperator = vector.terminatingOperator?.string ?? terminatingOperator
    }
}

/// A session as long as it lasts, kept beside its dialog: what the record at its end says.
package struct ChargedSession: Equatable, Sendable {
    package private(set) var record: ChargingRecord

    /// A 2xx answers an INVITE.
    package init(
        invite: SIPMessage, answer: SIPMessage, side: ChargingRecord.Side, user: String?,
        privateIdentity: String? = nil,
        requestedAt: Instant?, at now: Instant
    ) {
        record = ChargingRecord(.start, of: invite)
        if let dialog = DialogID(sending: answer) { record.session = dialog.session }
        record.side = side
        record.user = user
        record.privateIdentity = privateIdentity
        record.requestedAt = requestedAt
        record.answeredAt = now
        record.media = SessionDescriptionLines.media(of: answer) ?? SessionDescriptionLines.media(of: invite) ?? []
        if let vector = (try? answer.first(PChargingVector.self)) ?? nil { record.take(vector) }
    }

    /// One that was under way before the role began anew.
    init(restoring record: ChargingRecord) { self.record = record }

    package var start: ChargingRecord { record }

    /// A later INVITE or UPDATE was answered. - Returns: nil when the media are as they were.
    package mutating func changed(answer: SIPMessage, to request: SIPMessage) -> ChargingRecord? {
        guard
            let media = SessionDescriptionLines.media(of: answer) ?? SessionDescriptionLines.media(of: request),
            media != record.media
        else { return nil }
        record.media = media
        record.number += 1
        var interim = record
        interim.kind = .interim
        interim.method = request.method.text
        return interim
    }

    /// - Parameter reason: nil when one of the parties ended it.
    package func stop(reason: String?, at now: Instant) -> ChargingRecord {
        var stop = record
        stop.kind = .stop
        stop.number += 1
        stop.method = "BYE"
        stop.endedAt = now
        stop.reason = reason
        return stop
    }
}

extension DialogID {
    fileprivate var session: String { "\(callID.string)\n\(localTag.string)\n\(remoteTag.string)" }
}

/// The `m=` lines of a body, without a closer look: charging wants to know what was agreed on, not whether it is right.
private enum SessionDescriptionLines {
    /// nil when there is no SDP, alone or in a multipart body.
    static func media(of message: SIPMessage) -> [String]? {
        guard message.hasSessionDescription, let description = description(of: message) else { return nil }
        var found: [String] = []
        for line in description.string.split(whereSeparator: \.isNewline) where line.hasPrefix("m=") {
            guard found.count < 16 else { break }
            found.append(String(line.dropFirst(2).prefix(200)))
        }
        return found
    }

    private static func description(of message: SIPMessage) -> OctetSlice? {
        do throws(MultipartError) {
            return try message.bodyParts().first { $0.is("application", "sdp") }?.content
        } catch {
            return nil  // what cannot be read is not told
        }
    }
}
