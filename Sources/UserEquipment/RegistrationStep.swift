import IMS
import Octets
import SIP

/// One REGISTER and what came back, with what the specification says about it.
struct RegistrationStep: Sendable {
    let request: SIPMessage
    let sent: Instant
    private(set) var response: SIPMessage?
    private(set) var answered: Instant?
    private(set) var findings: [Finding] = []

    init(_ request: SIPMessage, at now: Instant) {
        self.request = request
        sent = now
    }

    mutating func answered(_ response: SIPMessage, phone: Phone, goal: Registration.Goal, at now: Instant) {
        self.response = response
        answered = now
        switch response.status {
        case .unauthorized?: findings = Finding.inChallenge(response)
        case .ok?: findings = Finding.inSuccess(response, to: request, goal: goal)
        default: break
        }
    }

    var report: Report {
        [
            "request": .text("REGISTER"),
            "cseq": .integer(Int(request.cseq?.number ?? 0)),
            "status": response?.status.map { .integer(Int($0.rawValue)) } ?? .null,
            "reason": response.map { .text($0.reason.string) } ?? .null,
            "milliseconds": answered.map { .number(($0 - sent).milliseconds) } ?? .null,
            "findings": .list(findings.map { ["clause": .text($0.clause), "sentence": .text($0.sentence)] }),
        ]
    }
}

/// A message of the network that is not as the specification wants it.
struct Finding: Equatable, Sendable {
    let clause: String
    let sentence: String

    /// What a 401 to a phone must be: RFC 3310 §3, TS 24.229 §5.2.2.
    static func inChallenge(_ response: SIPMessage) -> [Finding] {
        var findings: [Finding] = []
        switch AKAChallenge.read(response) {
        case .failure(let complaint): findings.append(Finding(clause: "RFC 3310 §3.2", sentence: complaint.sentence))
        case .success(let challenge):
            if challenge.carriesKeys {
                findings.append(
                    Finding(clause: "TS 24.229 §5.2.2", sentence: "the P-CSCF let CK or IK through to the phone"))
            }
        }
        if response.toTag == nil {
            findings.append(Finding(clause: "RFC 3261 §8.2.6.2", sentence: "the 401 has no To tag"))
        }
        return findings
    }

    /// What a 200 to a REGISTER must be: RFC 3261 §10.3, RFC 3327, RFC 3608, RFC 7315, TS 24.229 §5.4.1.2.2F.
    static func inSuccess(_ response: SIPMessage, to request: SIPMessage, goal: Registration.Goal) -> [Finding] {
        var findings: [Finding] = []
        func expect(_ holds: Bool, _ clause: String, _ sentence: String) {
            if !holds { findings.append(Finding(clause: clause, sentence: sentence)) }
        }
        let own = request.firstValue(.contact).map { contactURI($0) }
        let contact = response.values(.contact).first { contactURI($0) == own }
        guard goal == .register else {
            expect(contact == nil, "RFC 3261 §10.3", "the contact is still bound after de-registration")
            return findings
        }
        expect(contact != nil, "RFC 3261 §10.3 step 8", "the 200 does not list the contact that was registered")
        expect(
            contact.map { $0.string.contains("expires=") } ?? true, "RFC 3261 §10.3 step 8",
            "the contact in the 200 has no expires parameter")
        expect(
            response.firstValue(.serviceRoute).map { $0.string.contains(";lr") } ?? false, "RFC 3608 §5",
            "the 200 has no loose-routing Service-Route")
        expect(
            response.contains(.pAssociatedURI), "RFC 7315 §4.1", "the 200 has no P-Associated-URI")
        expect(response.contains(.path), "RFC 3327 §5.3", "the 200 does not show the Path")
        for name in [HeaderName.pChargingVector, .pChargingFunctionAddresses] where response.contains(name) {
            findings.append(Finding(clause: "RFC 7315 §4.5, §4.6", sentence: "charging data reached the phone"))
        }
        return findings
    }

    /// The URI of a Contact between its angle brackets.
    private static func contactURI(_ value: OctetSlice) -> OctetSlice {
        guard let open = value.firstIndex(of: UInt8(ascii: "<")),
            let close = value.firstIndex(of: UInt8(ascii: ">"), from: open)
        else { return value }
        return value[open..<close]
    }
}

extension UserEquipment.Handset {
    /// How a procedure went, for the command that began it.
    func report(_ outcome: Registration.Outcome, at now: Instant) -> Report {
        var members: [Report.Member] = []
        func add(_ name: String, _ value: Report) { members.append(.init(name, value)) }
        switch outcome {
        case .registered:
            add("outcome", "registered")
            add("expires", registration.grantedExpires.map { .integer($0) } ?? .null)
            if let timer = registration.flowTimer { add("flow-timer", .integer(timer)) }
            add("service-route", .list(registration.serviceRoute.map { .text($0.string) }))
            add("associated-uris", .list(registration.associatedURIs.map { .text($0.string) }))
        case .deregistered: add("outcome", "deregistered")
        case .refused(let status, let reason):
            add("outcome", "refused")
            add("status", .integer(Int(status.rawValue)))
            add("reason", .text(reason))
        case .unusable(let sentence):
            add("outcome", "unusable")
            add("reason", .text(sentence))
        }
        add("challenges", .list(registration.challenges.map { .text($0.rawValue) }))
        add("milliseconds", .number((now - began).milliseconds))
        add("call-id", .text(steps.first?.request.callID?.string ?? ""))
        add("steps", .list(steps.map(\.report)))
        return .record(members)
    }
}
