import Octets

/// What a role wants of the kernel's security associations.
package enum SecurityOrder: Sendable, Equatable {
    /// All of them with their policies, or none: what is there already when one fails goes away again.
    case install([SecurityAssociation])
    /// With their policies. What is not there any more is no failure.
    case remove([SecurityAssociation])
    /// They live so long from now on; those in UDP go where the NAT now has the phone.
    case extend([SecurityAssociation], lifetime: Duration)
    /// At start: whatever an earlier run left at these local endpoints goes away, except what is named.
    case clearOrphans(of: [Endpoint], except: [SecurityAssociation])
}

/// What became of an order.
package enum SecurityOutcome: Sendable, Equatable {
    case done
    /// With one sentence for the operator: no right (CAP_NET_ADMIN), no ESP in the kernel, an algorithm it does not have.
    case failed(String)
}

/// Carries orders out; blocks, so that it is called off the loop.
package typealias SecurityExecutor = @Sendable (SecurityOrder) -> SecurityOutcome
