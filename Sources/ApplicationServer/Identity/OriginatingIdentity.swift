import SIP

/// Whether a caller's identity is shown, TS 24.607 §4.2.2 (not at hand): the modes of originating identity restriction.
package enum OriginatingIdentity: String, CaseIterable, Sendable {
    /// Shown, unless a call asks for the contrary.
    case shown = "no"
    /// Hidden, unless a call asks for the contrary.
    case hidden = "default"
    /// Hidden, whatever a call asks for.
    case alwaysHidden = "always"

    /// What a caller asks for with a single call: by Privacy (RFC 3323 §4.2), or by `#31#` and `*31#` before the number.
    enum Wish: Equatable, Sendable { case hide, show, nothing }

    func hides(_ wish: Wish) -> Bool {
        switch (self, wish) {
        case (.alwaysHidden, _), (_, .hide): true
        case (.hidden, .nothing): true
        case (.hidden, .show), (.shown, _): false
        }
    }
}

extension SIPMessage {
    /// What the Privacy header asks for. One that cannot be read hides: who wrote it wanted something kept.
    var privacyWish: OriginatingIdentity.Wish {
        guard contains(.privacy) else { return .nothing }
        do throws(SIPSyntaxError) {
            guard let privacy = try first(Privacy.self) else { return .hide }
            if privacy.asks(for: .none) { return .show }
            return privacy.asks(for: .id) || privacy.asks(for: .user) || privacy.asks(for: .header) ? .hide : .nothing
        } catch { return .hide }
    }

    /// RFC 3325 §9.3: the asserted identity is not to leave the trust domain. Other wishes stay.
    mutating func askForIdentityPrivacy() {
        do throws(SIPSyntaxError) {
            guard var privacy = try first(Privacy.self) else { return set(Privacy(.id)) }
            guard !privacy.asks(for: .id) else { return }
            privacy.values = privacy.values.filter { $0 != .none } + [.id]
            set(privacy)
        } catch { set(Privacy(.id)) }
    }

    /// TS 24.611 (not at hand), anonymous communication rejection: the caller has had his identity kept secret, or there is
    /// none and From says so (RFC 3323 §4.1.1.3).
    var isAnonymous: Bool {
        if privacyWish == .hide { return true }
        guard !contains(.pAssertedIdentity) else { return false }
        do throws(SIPSyntaxError) {
            guard let from = try first(From.self), case .sip(let uri) = try from.address.parsedURI() else {
                return false
            }
            return uri.host.equalsIgnoringCase("anonymous.invalid")
        } catch { return true }
    }
}
