import Cx
import Foundation
import HomeSubscriberServer
import IMS
import Octets
import SIP
import ServiceTriggers

/// Which filter criteria of a user a request matches, and why: the S-CSCF's own decision, told.
package struct CriteriaQuestion {
    /// By the words of `--case`.
    package enum Case: String, CaseIterable, Sendable {
        case originating, terminating
        case originatingUnregistered = "originating-unregistered"
        case terminatingUnregistered = "terminating-unregistered"
        case originatingAfterDiversion = "originating-after-diversion"
        case registration
        case reRegistration = "re-registration"
        case deregistration = "de-registration"

        fileprivate var context: ServiceContext {
            switch self {
            case .originating: .originating(isRegistered: true)
            case .terminating: .terminating(isRegistered: true)
            case .originatingUnregistered: .originating(isRegistered: false)
            case .terminatingUnregistered: .terminating(isRegistered: false)
            case .originatingAfterDiversion: ServiceContext(.originatingAfterDiversion, isRegistered: true)
            case .registration: .registration(.initialRegistration)
            case .reRegistration: .registration(.reRegistration)
            case .deregistration: .registration(.deregistration)
            }
        }
    }

    package let identity: PublicIdentityRecord
    package let context: ServiceContext
    package let explanation: Explanation

    /// - Parameters:
    ///   - user: as it was named: when it is a public identity its profile counts, otherwise that of the default one.
    ///   - given: nil to see it from the request: a REGISTER, a request to the user, or one of his.
    package init(
        _ subscription: Subscription, user: String, request: SIPMessage, case given: Case? = nil
    ) throws(OperationFailure) {
        let named = subscription.publicIdentities.first {
            $0.identity.text == user || $0.identity.text == "tel:\(user)"
        }
        guard let identity = named ?? subscription.publicIdentities.first(where: { !$0.isBarred }) else {
            throw OperationFailure(
                .failed, "all public identities of \(user) are barred; no criterion is asked for them")
        }
        self.identity = identity
        let isRegistered = subscription.state(ofSet: identity.implicitSet) == .registered
        context = given?.context ?? Self.context(of: request, for: subscription, isRegistered)
        explanation = identity.serviceProfile.serviceCriteria.explain(request, in: context)
    }

    private static func context(
        of request: SIPMessage, for subscription: Subscription, _ isRegistered: Bool
    ) -> ServiceContext {
        if request.method == .register { return .registration(.initialRegistration) }
        let target: PublicIdentity?
        do throws(SIPSyntaxError) { target = PublicIdentity(try URI(parsing: request.requestURI)) } catch {
            target = nil
        }
        guard let target, subscription.index(of: target) != nil else { return .originating(isRegistered: isRegistered) }
        return .terminating(isRegistered: isRegistered)
    }

    /// A request as an editor saves it: lines may end with LF alone, and the empty line at the end may be missing.
    package static func request(in path: String) throws(OperationFailure) -> SIPMessage {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw OperationFailure(.configuration, "\(path) cannot be read")
        }
        return try request([UInt8](data), file: path)
    }

    package static func request(_ octets: [UInt8], file: String) throws(OperationFailure) -> SIPMessage {
        var lines: [UInt8] = []
        var hasBody = false
        for (index, octet) in octets.enumerated() {
            if octet == ASCII.lineFeed, lines.last != ASCII.carriageReturn { lines.append(ASCII.carriageReturn) }
            lines.append(octet)
            if !hasBody, lines.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] { hasBody = index + 1 < octets.count }
        }
        if !hasBody {
            while lines.last == ASCII.lineFeed || lines.last == ASCII.carriageReturn { lines.removeLast() }
            lines += [0x0D, 0x0A, 0x0D, 0x0A]
        }
        let message: SIPMessage
        do throws(SIPSyntaxError) { message = try SIPMessage(parsing: lines) } catch {
            throw OperationFailure(.configuration, "\(file) is no SIP request: \(error)")
        }
        guard message.isRequest else {
            throw OperationFailure(.configuration, "\(file) is a response; filter criteria are for requests")
        }
        return message
    }

    package var report: Report {
        [
            "identity": .text(identity.identity.text), "service-profile": .text(identity.serviceProfile.name),
            "session-case": .text(context.sessionCase.words), "registered": .boolean(context.isRegistered),
            "criteria": .list(
                explanation.lines.map { line in
                    var set = Report.null
                    if case .sharedSet(let number) = line.origin { set = .integer(number) }
                    return [
                        "priority": .integer(line.priority), "server": .text(line.serverName), "shared-set": set,
                        "matches": line.verdict == .undecided ? .null : .boolean(line.verdict == .matches),
                        "reason": .text(line.reason),
                        "triggers": .list(line.triggers.map { .integer($0 + 1) }),
                    ]
                }),
            "exhausted": explanation.exhaustion.map { .text("\($0)") } ?? .null,
        ]
    }
}
