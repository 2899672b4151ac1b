import Octets
import SIP

/// Which side of a dialog is the phone's, and where the phone is: what our Record-Route tells us again when a request of
/// the dialog comes by, so that dialogs survive a restart of the P-CSCF (RFC 5626 §5.3).
///
///     o|t ‖ hash(user) 16 hex ‖ flow token          o: the phone called, t: it was called
///
/// A call between two of our phones passes twice, and has an entry for each.
struct Leg: Sendable, Equatable {
    /// Whether the phone sent the request that began the dialog.
    let phoneIsCaller: Bool
    /// Whose phone: flows end, users register again by others. Zero when nobody was known.
    let user: UInt64
    /// Where the phone was when the dialog began.
    let flow: Hop

    init(phoneIsCaller: Bool, user: UInt64, flow: Hop) {
        self.phoneIsCaller = phoneIsCaller
        self.user = user
        self.flow = flow
    }

    /// nil when the text is none of ours.
    init?(_ text: OctetSlice, _ token: FlowToken) {
        guard text.count > 17, let first = text.first,
            let hash = Hex.decode(text[text.start + 1..<text.start + 17]),
            hash.count == 8, let flow = token.decode(text[text.start + 17..<text.end])
        else { return nil }
        switch first {
        case UInt8(ascii: "o"): phoneIsCaller = true
        case UInt8(ascii: "t"): phoneIsCaller = false
        default: return nil
        }
        user = hash.reduce(0) { $0 << 8 | UInt64($1) }
        self.flow = flow
    }

    func text(_ token: FlowToken) -> OctetSlice {
        let hash = (0..<8).map { UInt8(truncatingIfNeeded: user >> (56 - 8 * UInt64($0))) }
        return OctetSlice((phoneIsCaller ? "o" : "t") + Hex.encode(hash) + token.encode(flow))
    }

    /// Whether the phone is it that sends a request, by what the seal says of its sender.
    func isFromPhone(_ sender: RecordRouteSeal.Sender) -> Bool { (sender == .caller) == phoneIsCaller }
}

extension Hop {
    /// The same flow as a request that comes over it shows it.
    var arrival: Hop {
        var hop = self
        hop.isFlow = false
        hop.domain = nil
        return hop
    }

    /// The way back over a flow that the phone has opened.
    var flow: Hop {
        var hop = self
        hop.isFlow = true
        return hop
    }
}
