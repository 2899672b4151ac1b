/// User-Authorization-Type (623): what an I-CSCF asks for, TS 29.229 §6.3.24.
package enum UserAuthorizationType: UInt32, CaseIterable, Sendable {
    case registration = 0
    case deregistration = 1
    case registrationAndCapabilities = 2
}

/// Server-Assignment-Type (614): what an S-CSCF tells or asks, TS 29.229 §6.3.15.
package enum ServerAssignmentType: UInt32, CaseIterable, Sendable {
    case noAssignment = 0
    case registration = 1
    case reRegistration = 2
    case unregisteredUser = 3
    case timeoutDeregistration = 4
    case userDeregistration = 5
    case timeoutDeregistrationStoreServerName = 6
    case userDeregistrationStoreServerName = 7
    case administrativeDeregistration = 8
    case authenticationFailure = 9
    case authenticationTimeout = 10
    case deregistrationTooMuchData = 11
    case aaaUserDataRequest = 12
    case pgwUpdate = 13
}

/// User-Data-Already-Available (624), TS 29.229 §6.3.26.
package enum UserDataAlreadyAvailable: UInt32, CaseIterable, Sendable {
    case notAvailable = 0
    case alreadyAvailable = 1
}

/// Reason-Code (616) of a Deregistration-Reason, TS 29.229 §6.3.17.
package enum DeregistrationReasonCode: UInt32, CaseIterable, Sendable {
    case permanentTermination = 0
    case newServerAssigned = 1
    case serverChange = 2
    case removeServingCSCF = 3
}

/// Originating-Request (633): the LIR comes from an originating session, TS 29.229 §6.3.34.
package enum OriginatingRequest: UInt32, CaseIterable, Sendable {
    case originating = 0
}

/// Loose-Route-Indication (638), TS 29.229 §6.3.45.
package enum LooseRouteIndication: UInt32, CaseIterable, Sendable {
    case notRequired = 0
    case required = 1
}

/// Multiple-Registration-Indication (648), TS 29.229 §6.3.51.
package enum MultipleRegistrationIndication: UInt32, CaseIterable, Sendable {
    case notMultipleRegistration = 0
    case multipleRegistration = 1
}

/// Session-Priority (650), TS 29.229 §6.3.56; 0 is the highest.
package enum SessionPriority: UInt32, CaseIterable, Sendable {
    case priority0 = 0
    case priority1 = 1
    case priority2 = 2
    case priority3 = 3
    case priority4 = 4
}

/// Priviledged-Sender-Indication (652), spelt as TS 29.229 spells it.
package enum PriviledgedSenderIndication: UInt32, CaseIterable, Sendable {
    case notPriviledgedSender = 0
    case priviledgedSender = 1
}
