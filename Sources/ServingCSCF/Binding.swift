import IMS
import Octets

/// One contact address of a registered user, RFC 3261 §10.3, with the way to it (RFC 3327).
///
/// All its text lies in one array of its own: a binding lives for hours and must not hold on to the message it came in.
package struct Binding: Equatable, Sendable {
    package let privateIdentity: PrivateIdentity
    /// The Contact value without `expires`: `<uri>;q=…;+sip.instance=…`.
    package let contact: OctetSlice
    package let uri: OctetSlice
    /// RFC 5626 §4.1, without the quotation marks.
    package let instanceID: OctetSlice?
    /// `reg-id`, RFC 5626 §4.2.
    package let registrationID: Int?
    /// Preference in thousandths; 1000 when absent.
    package let q: Int
    /// The Path values, topmost first, joined by commas; empty without Path.
    package let path: OctetSlice
    package let callID: OctetSlice
    package let cseq: UInt32
    /// The identity that was registered explicitly with it; the others of the set are so implicitly.
    package let identity: PublicIdentity
    /// The phone has asked for GRUUs (RFC 5627 §4.2).
    package let hasGRUU: Bool
    /// Bound for emergency calls alone: `sos` in its URI (TS 24.229 §5.4.8).
    package let isEmergency: Bool
    /// CSeq of the first REGISTER for it under this Call-ID: since then its temporary GRUUs are good (RFC 5627 §5.1).
    package let firstSequence: UInt32
    /// When it was bound first.
    package let since: Instant
    package private(set) var expiry: Instant
    /// What has brought it into its present state.
    package private(set) var event: ContactEvent

    /// - Parameter known: the same contact as it was bound so far; nil for a new one.
    init(
        _ wish: ContactWish, of identity: PrivateIdentity, in origin: BindingOrigin, after known: Binding?,
        at now: Instant
    ) {
        self.init(
            stored: wish.value, uri: wish.uriRange, instance: wish.instanceID, registrationID: wish.registrationID,
            q: wish.q, of: identity, in: origin,
            hasGRUU: wish.hasGRUU && wish.instanceID != nil && !wish.isEmergency, isEmergency: wish.isEmergency,
            firstSequence: known.flatMap { $0.callID == origin.callID ? $0.firstSequence : nil } ?? origin.cseq,
            since: known?.since ?? now, expiry: now + .seconds(wish.seconds),
            event: known == nil ? .registered : .refreshed)
    }

    /// With everything given, as it was stored.
    ///
    /// - Parameter uriRange: where the URI lies, counted from the start of `value`, the Contact value.
    init(
        stored value: OctetSlice, uri uriRange: Range<Int>, instance: OctetSlice?, registrationID: Int?, q: Int,
        of privateIdentity: PrivateIdentity, in origin: BindingOrigin, hasGRUU: Bool, isEmergency: Bool,
        firstSequence: UInt32, since: Instant, expiry: Instant, event: ContactEvent
    ) {
        var writer = OctetWriter(
            reserving: value.count + (instance?.count ?? 0) + origin.path.count + origin.callID.count)
        func keep(_ text: OctetSlice) -> Range<Int> {
            let start = writer.count
            writer.write(text)
            return start..<writer.count
        }
        let contact = keep(value)
        let instance = instance.map(keep)
        let path = keep(origin.path)
        let callID = keep(origin.callID)
        let text = writer.octets
        self.privateIdentity = privateIdentity
        self.contact = OctetSlice(text, contact)
        uri = OctetSlice(text, uriRange)
        instanceID = instance.map { OctetSlice(text, $0) }
        self.registrationID = registrationID
        self.q = q
        self.path = OctetSlice(text, path)
        self.callID = OctetSlice(text, callID)
        cseq = origin.cseq
        identity = origin.identity
        self.hasGRUU = hasGRUU
        self.isEmergency = isEmergency
        self.firstSequence = firstSequence
        self.since = since
        self.expiry = expiry
        self.event = event
    }

    /// Brings the end nearer, never farther away (RFC 3680 §4.7.1).
    mutating func shorten(to instant: Instant) {
        guard instant < expiry else { return }
        expiry = instant
        event = .shortened
    }

    /// Whole seconds left, rounded up.
    package func seconds(at now: Instant) -> Int {
        let left = (expiry - now).wholeNanoseconds
        return left <= 0 ? 0 : Int((left + 999_999_999) / 1_000_000_000)
    }
}

/// The REGISTER that makes or changes bindings: what RFC 3261 §10.3 step 7 compares, and the path.
struct BindingOrigin: Equatable, Sendable {
    var callID: OctetSlice
    var cseq: UInt32
    var path: OctetSlice
    var identity: PublicIdentity
}
