import Cx
import Diameter
import Octets

/// What an HSS is asked, of many subscribers in no order.
struct Questions: Sendable {
    enum Kind: String {
        case uar, mar, lir
        /// SAR REGISTRATION.
        case register
        /// SAR USER_DEREGISTRATION of five hundred and REGISTRATION of the same, by turns: both write.
        case reassign
        /// SAR RE_REGISTRATION, which only reads.
        case sar
    }

    private static let realm = DiameterIdentity("ims.mnc001.mcc001.3gppnetwork.org")
    private static let serverName = "sip:scscf.\(realm.name):5080"

    var kind: Kind
    /// The first label of the HSS's Diameter identity.
    var server: String
    var first: UInt64
    var count: UInt64

    /// Who asks: the HSS has to know it as a peer, beside its CSCFs.
    let origin = "load"

    /// The IMSI of a request: all of them occur, neighbours far apart (2654435761 is prime, Knuth's multiplier).
    private func imsi(_ number: Int) -> String {
        let digits = String(first + UInt64(number).multipliedReportingOverflow(by: 2_654_435_761).partialValue % count)
        return String(repeating: "0", count: max(0, 15 - digits.utf8.count)) + digits
    }

    func request(_ number: Int, from origin: LocalOrigin) -> DiameterMessage {
        let user = "\(imsi(kind == .reassign ? turned(number).index : number))@\(Self.realm.name)"
        let identity = "sip:\(user)"
        let session = "\(origin.host.name);1;\(number)"
        switch kind {
        case .uar:
            return UserAuthorizationRequest(
                userName: user, publicIdentity: identity, visitedNetworkIdentifier: OctetSlice(Self.realm.name),
                userAuthorizationType: .registration
            ).message(session: session, origin: origin, destinationRealm: Self.realm)
        case .lir:
            return LocationInfoRequest(publicIdentity: identity)
                .message(session: session, origin: origin, destinationRealm: Self.realm)
        case .mar:
            return MultimediaAuthRequest(
                userName: user, publicIdentity: identity, authenticationItem: .request(.digestAKAv1MD5),
                serverName: Self.serverName
            ).message(session: session, origin: origin, destinationRealm: Self.realm)
        case .register, .reassign, .sar:
            return ServerAssignmentRequest(
                userName: user, publicIdentities: [identity], serverName: Self.serverName,
                serverAssignmentType: assignment(number),
                userDataAlreadyAvailable: .notAvailable
            ).message(session: session, origin: origin, destinationRealm: Self.realm)
        }
    }

    /// More than are under way at once are between the two requests for one user.
    private func turned(_ number: Int) -> (index: Int, isFirst: Bool) {
        let (turn, place) = (number - 1).quotientAndRemainder(dividingBy: 500)
        return (turn / 2 * 500 + place + 1, turn.isMultiple(of: 2))
    }

    private func assignment(_ number: Int) -> ServerAssignmentType {
        switch kind {
        case .sar: .reRegistration
        case .reassign where turned(number).isFirst: .userDeregistration
        case .reassign, .register, .uar, .mar, .lir: .registration
        }
    }

    /// A vector that came, as a line; nil for an answer without.
    func vector(_ number: Int, _ message: DiameterMessage) throws -> String? {
        guard kind == .mar else { return nil }
        let octets = try MultimediaAuthAnswer(decoding: message).authenticationItems.first?.authenticate?.array ?? []
        guard octets.count == 32 else { return nil }
        return "vector \(imsi(number)) \(Hex.encode(Array(octets[..<16]))) \(Hex.encode(Array(octets[16...])))"
    }
}

/// From question to answer.
struct Latencies {
    private var begun: [Int: Instant] = [:]
    /// Microseconds.
    private var measured: [Int] = []

    mutating func began(_ number: Int, at now: Instant) { begun[number] = now }

    mutating func ended(_ number: Int, at now: Instant, isMeasured: Bool) {
        guard let start = begun.removeValue(forKey: number), isMeasured else { return }
        measured.append(Int((now - start).milliseconds * 1_000))
    }

    /// The median, the 99th and the 99.9th percentile, and the worst.
    var words: String {
        let sorted = measured.sorted()
        guard let worst = sorted.last else { return "0 0 0 0" }
        let ranks = [0.5, 0.99, 0.999].map { sorted[min(sorted.count - 1, Int(Double(sorted.count) * $0))] }
        return (ranks + [worst]).map(String.init).joined(separator: " ")
    }
}
