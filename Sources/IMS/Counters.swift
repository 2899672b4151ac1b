/// What the nodes count; each moves in some scenario of the tests.
package enum Counter: UInt8, CaseIterable, Sendable {
    case registerReceived = 0
    case registerChallenged
    case registerSucceeded
    case registerRefused
    case deregistered
    case registrationExpired
    case resynchronised
    case servingCSCFSelected
    case servingCSCFRetried
    case vectorIssued
    case cxRequestReceived
    case cxRequestRefused
    case requestRefused
    case malformedReceived
    case pathFailed
    case pathRestored
    case associationSendFailed
    case associationRestarted
    case associationLost
    case requestShed
    case sourceLimited
    case requestThrottled
    case locationFailed
    case nextTargetTried
    case locationAsked
    case requestForwarded
    case registrationRestored

    /// The name under which it is published.
    package var name: String {
        switch self {
        case .registerReceived: "register_received_total"
        case .registerChallenged: "register_challenged_total"
        case .registerSucceeded: "register_succeeded_total"
        case .registerRefused: "register_refused_total"
        case .deregistered: "deregistered_total"
        case .registrationExpired: "registration_expired_total"
        case .resynchronised: "resynchronised_total"
        case .servingCSCFSelected: "scscf_selected_total"
        case .servingCSCFRetried: "scscf_retried_total"
        case .vectorIssued: "vector_issued_total"
        case .cxRequestReceived: "cx_request_received_total"
        case .cxRequestRefused: "cx_request_refused_total"
        case .requestRefused: "request_refused_total"
        case .malformedReceived: "malformed_received_total"
        case .pathFailed: "sctp_path_failed_total"
        case .pathRestored: "sctp_path_restored_total"
        case .associationSendFailed: "sctp_send_failed_total"
        case .associationRestarted: "sctp_association_restarted_total"
        case .associationLost: "sctp_association_lost_total"
        case .requestShed: "request_shed_total"
        case .sourceLimited: "source_limited_total"
        case .requestThrottled: "request_throttled_total"
        case .locationFailed: "location_failed_total"
        case .nextTargetTried: "next_target_tried_total"
        case .locationAsked: "location_asked_total"
        case .requestForwarded: "request_forwarded_total"
        case .registrationRestored: "registration_restored_total"
        }
    }
}

/// The values of a node's counters.
package struct Counters: Sendable {
    private var values = [UInt64](repeating: 0, count: Counter.allCases.count)

    package init() {}

    package subscript(counter: Counter) -> UInt64 { values[Int(counter.rawValue)] }

    package mutating func add(_ counter: Counter) { values[Int(counter.rawValue)] &+= 1 }

    /// All that are not zero.
    package var report: Report {
        .record(
            Counter.allCases.compactMap { counter in
                self[counter] == 0 ? nil : .init(counter.name, .integer(Int(clamping: self[counter])))
            })
    }
}
