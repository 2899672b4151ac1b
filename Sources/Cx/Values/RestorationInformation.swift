import Octets

/// SCSCF-Restoration-Info (639): what an S-CSCF needs to go on after a restart, TS 29.229 §6.3.46.
///
///     SCSCF-Restoration-Info ::= {User-Name} 1*{Restoration-Info} [SIP-Authentication-Scheme]
package struct ServingCSCFRestoration: Hashable, Sendable {
    package var userName: String
    package var registrations: [RestorationInformation]
    package var authenticationScheme: AuthenticationScheme?

    package init(
        userName: String, registrations: [RestorationInformation], authenticationScheme: AuthenticationScheme? = nil
    ) {
        self.userName = userName
        self.registrations = registrations
        self.authenticationScheme = authenticationScheme
    }
}

/// Restoration-Info (649): one contact of a registration, TS 29.229 §6.3.52.
///
///     Restoration-Info ::= {Path} {Contact} [Initial-CSeq-Sequence-Number] [Call-ID-SIP-Header] [Subscription-Info]
package struct RestorationInformation: Hashable, Sendable {
    /// The Path header's values, as received.
    package var path: OctetSlice
    package var contact: OctetSlice
    package var initialCSeqSequenceNumber: UInt32?
    package var callID: OctetSlice?
    package var subscription: SubscriptionInformation?

    package init(
        path: OctetSlice, contact: OctetSlice, initialCSeqSequenceNumber: UInt32? = nil, callID: OctetSlice? = nil,
        subscription: SubscriptionInformation? = nil
    ) {
        self.path = path
        self.contact = contact
        self.initialCSeqSequenceNumber = initialCSeqSequenceNumber
        self.callID = callID
        self.subscription = subscription
    }
}

/// Subscription-Info (642): the phone's subscription to its registration state, TS 29.229 §6.3.50.
///
///     Subscription-Info ::= {Call-ID-SIP-Header} {From-SIP-Header} {To-SIP-Header} {Record-Route} {Contact}
package struct SubscriptionInformation: Hashable, Sendable {
    package var callID: OctetSlice
    package var from: OctetSlice
    package var to: OctetSlice
    package var recordRoute: OctetSlice
    package var contact: OctetSlice

    package init(
        callID: OctetSlice, from: OctetSlice, to: OctetSlice, recordRoute: OctetSlice, contact: OctetSlice
    ) {
        self.callID = callID
        self.from = from
        self.to = to
        self.recordRoute = recordRoute
        self.contact = contact
    }
}

/// Identity-with-Emergency-Registration: an identity that stays registered for emergency calls.
///
///     Identity-with-Emergency-Registration ::= {User-Name} {Public-Identity}
package struct EmergencyIdentity: Hashable, Sendable {
    package var userName: String
    package var publicIdentity: String

    package init(userName: String, publicIdentity: String) {
        self.userName = userName
        self.publicIdentity = publicIdentity
    }
}
