import Octets

/// What shares one dialog: an INVITE session and subscriptions, RFC 6665 §4.5.2. The dialog lives while one of them does.
///
/// A response ends no more than the usage whose request it answers. RFC 5057, whose text was not at hand, lets some
/// reach further; a usage that is gone as well finds out by its own next request.
package struct DialogUsages: Sendable, Equatable {
    package enum Usage: Hashable, Sendable {
        case invite
        /// The package and, empty when there is none, the id of the Event header.
        case subscription(event: OctetSlice, id: OctetSlice)

        package init(_ event: Event) {
            self = .subscription(event: event.packageName.detached, id: event.id?.detached ?? OctetSlice())
        }
    }

    package private(set) var usages: Set<Usage>

    package init(_ first: Usage) { usages = [first] }

    /// The dialog is over with its last usage.
    package var isEmpty: Bool { usages.isEmpty }

    package mutating func begin(_ usage: Usage) { usages.insert(usage) }

    package mutating func end(_ usage: Usage) { usages.remove(usage) }

    /// The response to a request within the dialog; nil stands for none within the transaction's time.
    ///
    /// - Returns: whether it has ended this usage.
    package mutating func receive(_ status: Status?, for usage: Usage) -> Bool {
        guard usages.contains(usage), Self.ends(usage, status) else { return false }
        usages.remove(usage)
        return true
    }

    /// RFC 3261 §12.2.1.2 for a session, RFC 6665 §4.1.2.2 and §4.2.2 for a subscription.
    package static func ends(_ usage: Usage, _ status: Status?) -> Bool {
        guard let status else { return true }
        switch usage {
        case .invite: return status == .requestTimeout || status == .callOrTransactionDoesNotExist
        case .subscription: return Subscriber.endsUsage(status)
        }
    }
}
