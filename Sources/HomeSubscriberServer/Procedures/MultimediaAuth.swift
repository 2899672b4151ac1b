import AKA
import Cx
import Diameter
import IMS
import Octets

/// MAR: authentication vectors for an S-CSCF, TS 29.228 §6.3.
///
/// One vector an answer, however many are asked for (the clause allows fewer): then the RAND last sent is one, and
/// an AUTS can be held against it.
package enum MultimediaAuth {
    package static func decide(
        _ request: MultimediaAuthRequest, from host: DiameterIdentity, index: UInt8, avoidingZero: Bool = false,
        on directory: inout some SubscriberDirectory, entropy: inout Entropy
    ) throws(DirectoryFailure) -> Decision<MultimediaAuthAnswer> {
        let user = PrivateIdentity(request.userName)
        let identity = PublicIdentity(received: request.publicIdentity)
        let subject = Subject(privateIdentity: user.text, publicIdentity: identity.text, peer: host.name)
        let party: Party
        switch try Party.find(user, identity, in: &directory) {
        case .failure(let denial):
            return .refused(MultimediaAuthAnswer(denial.result), denial.refusal, about: subject)
        case .success(let found): party = found
        }
        let server = AssignedServingCSCF(
            name: request.serverName, host: host, features: request.supportedFeatures.cx)
        let asked = request.authenticationItem.scheme ?? .unknown
        switch party.privateRecord.credential {
        case .aka(let secrets) where asked == .unknown || asked == .digestAKAv1MD5:
            return try vector(
                request, party, secrets, at: server, Drawing(index: index, avoidsZero: avoidingZero), about: subject,
                on: &directory, entropy: &entropy)
        case .digest(let secret) where asked == .unknown || asked == .sipDigest:
            let news = try assign(server, to: party, on: &directory)
            return Decision(answer(request, .digest(itemNumber: 1, secret.revealedCredential)), news: news)
        case .address(let address) where asked == .unknown || asked == .earlyIMSSecurity:
            let news = try assign(server, to: party, on: &directory)
            return Decision(answer(request, .earlyIMSSecurity(itemNumber: 1, address)), news: news)
        case .aka, .digest, .address, .none:
            let denial = Denial.scheme(user, has: party.privateRecord.credential.scheme, asked: asked)
            return .refused(MultimediaAuthAnswer(denial.result), denial.refusal, about: subject)
        }
    }

    /// How a vector is drawn.
    private struct Drawing {
        /// IND, TS 33.102 Annex C.1.2.
        var index: UInt8
        var avoidsZero: Bool
    }

    private static func answer(_ request: MultimediaAuthRequest, _ item: AuthenticationItem) -> MultimediaAuthAnswer {
        MultimediaAuthAnswer(
            .success, userName: request.userName, publicIdentity: request.publicIdentity, sipNumberAuthItems: 1,
            authenticationItems: [item])
    }

    private static func vector(
        _ request: MultimediaAuthRequest, _ party: Party, _ secrets: SubscriberSecrets, at server: AssignedServingCSCF,
        _ drawing: Drawing, about subject: Subject, on directory: inout some SubscriberDirectory,
        entropy: inout Entropy
    ) throws(DirectoryFailure) -> Decision<MultimediaAuthAnswer> {
        let record = party.privateRecord
        var observations: [Observation] = []
        var counters: [Counter] = []
        let number: SequenceNumber
        switch base(request.authenticationItem, record, secrets) {
        case .failure(let denial):
            return .refused(MultimediaAuthAnswer(denial.result), denial.refusal, about: subject)
        case .success(.current): number = record.sqn
        case .success(.resynchronised(let sqn, phone: let phone)):
            number = sqn
            counters.append(.resynchronised)
            observations.append(resynchronised(record, sqn, phone: phone, about: subject))
        }
        guard let next = number.next(ind: drawing.index), SequenceNumber.highestSEQ - next.seq >= reserve else {
            let denial = Denial.exhausted(record.identity, at: number)
            return .refused(MultimediaAuthAnswer(denial.result), denial.refusal, about: subject, level: .error)
        }
        if SequenceNumber.highestSEQ - next.seq < nearlyExhausted {
            observations.append(
                Observation(
                    .warning, "The sequence number of \(record.identity) nears its end: \(next) of ffffffffffff.",
                    about: subject))
        }
        let functions = secrets.functions
        let rand = challenge(functions, avoidingZero: drawing.avoidsZero, from: &entropy)
        try directory.advanceSequenceNumber(
            of: party.privateIndex, in: party.subscription.id, from: record.sqn, to: next, challenge: rand)
        let news = try assign(server, to: party, on: &directory)
        let vector = AuthenticationVector(functions, rand: rand, sqn: next, amf: record.amf)
        let item = AuthenticationItem.aka(
            itemNumber: 1, rand: rand.octets, autn: vector.autn.octets, xres: vector.xres,
            confidentialityKey: vector.ck, integrityKey: vector.ik)
        counters.append(.vectorIssued)
        return Decision(answer(request, item), observations: observations, counters: counters, news: news)
    }

    /// A new RAND. With `avoidingZero` one whose RES has no octet 0, if any of sixteen draws gives one.
    private static func challenge(
        _ functions: SubscriberFunctions, avoidingZero: Bool, from entropy: inout Entropy
    ) -> RandomChallenge {
        var rand = RandomChallenge(from: &entropy)
        guard avoidingZero else { return rand }
        for _ in 1..<16 where functions.response(rand).res.contains(0) { rand = RandomChallenge(from: &entropy) }
        return rand
    }

    /// Numbers that are never drawn: the end of the counter belongs to whoever has to move it by hand, and after a wrap
    /// every number would come a second time (TS 33.102 Annex C.1.1.1).
    private static let reserve: UInt64 = 1 << 16

    /// Where the operator is told that a SIM runs out of numbers.
    private static let nearlyExhausted: UInt64 = 1 << 20

    private enum Base {
        case current
        case resynchronised(SequenceNumber, phone: SequenceNumber)
    }

    /// TS 29.228 §6.3.1 step 4: the number that the next one follows.
    private static func base(
        _ item: AuthenticationItem, _ record: PrivateIdentityRecord, _ secrets: SubscriberSecrets
    ) -> Result<Base, Denial> {
        guard let authorization = item.authorization else { return .success(.current) }
        guard let (rand, auts) = item.resynchronisation, let token = ResynchronisationToken(octets: auts) else {
            return .failure(.malformedResynchronisation(count: authorization.count))
        }
        guard let last = record.lastChallenge, RandomChallenge(octets: rand) == last else {
            return .failure(.staleResynchronisation(record.identity))
        }
        guard let phone = token.sequenceNumber(secrets.functions, rand: last) else {
            return .failure(.resynchronisationMAC(record.identity))
        }
        return .success(.resynchronised(record.sqn.resynchronised(to: phone), phone: phone))
    }

    private static func resynchronised(
        _ record: PrivateIdentityRecord, _ sqn: SequenceNumber, phone: SequenceNumber, about subject: Subject
    ) -> Observation {
        guard sqn >= record.sqn else {
            return Observation(
                .warning,
                "RESYNCHRONISED: \(record.identity) stands at SQN \(phone), too far behind our \(record.sqn) to follow; "
                    + "ours goes back to it.",
                about: subject)
        }
        return Observation(
            .notice,
            "RESYNCHRONISED: \(record.identity) stands at SQN \(phone); ours goes from \(record.sqn) to \(sqn).",
            about: subject)
    }

    /// TS 29.228 §6.3.1: another S-CSCF overwrites the stored one, and the user is not registered before the SAR.
    private static func assign(
        _ server: AssignedServingCSCF, to party: Party, on directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> [DirectoryNews] {
        let stored = party.subscription.servingCSCF
        var server = server
        // A MAR need not repeat what a SAR has said of the S-CSCF.
        if let stored, stored.name == server.name, stored.host == server.host {
            server.features.formUnion(stored.features)
        }
        if stored != server { try directory.setServingCSCF(server, of: party.subscription.id) }
        // The one that is about to lose the user hears of it once the SAR has come.
        if let stored, stored.host != server.host, party.registration.state == .registered {
            try directory.setFormerServingCSCF(stored, of: party.subscription.id)
        }
        var after = party.subscription
        after.servingCSCF = server
        let registration = party.registration
        if stored?.name != server.name || registration.state == .notRegistered, !registration.isAuthenticationPending {
            after.registrations[party.registrationIndex].isAuthenticationPending = true
            try directory.setRegistration(after.registrations[party.registrationIndex], of: after.id)
        }
        return try directory.notifications(of: after, since: party.subscription)
    }
}
