import Cx
import Diameter
import Octets

/// A request through two stacks: routed, sent, checked for its like, served, answered and matched.
private func measureStacks(_ benchmark: inout Benchmark, _ request: DiameterMessage) {
    let realm = DiameterIdentity("ims.mnc001.mcc001.3gppnetwork.org")
    func stack(_ name: String, peer: String, initiates: Bool) -> DiameterStack {
        let application = DiameterApplication(
            id: CxDictionary.application, vendor: CxDictionary.vendor3GPP, commands: [.userAuthorization])
        return DiameterStack(
            local: LocalNode(
                originHost: DiameterIdentity("\(name).\(realm.name)"), originRealm: realm, applications: [application],
                originStateID: 1),
            peers: [
                PeerConfiguration(
                    identity: DiameterIdentity("\(peer).\(realm.name)"), realm: realm,
                    remote: Endpoint(.loopback, 3868), initiates: initiates)
            ], entropy: Entropy(number: 1))
    }
    var client = stack("icscf", peer: "hss", initiates: true)
    var server = stack("hss", peer: "icscf", initiates: false)
    let link = AssociationID(rawValue: 1)
    var now = Instant.zero
    var outputs: [DiameterStackOutput] = []
    client.start(at: now, into: &outputs)
    client.connected(DiameterIdentity("hss.\(realm.name)"), link, at: now, into: &outputs)
    server.accepted(link, from: Endpoint(.loopback, 1), at: now, into: &outputs)
    /// Hands what one has sent to the other, until there is nothing more.
    func exchange() {
        var toServer = true
        while !outputs.isEmpty {
            let sent = outputs
            outputs.removeAll(keepingCapacity: true)
            for output in sent {
                switch output {
                case .send(let octets, _):
                    if toServer {
                        server.receive(octets: octets, on: link, at: now, into: &outputs)
                    } else {
                        client.receive(octets: octets, on: link, at: now, into: &outputs)
                    }
                case .request(let message, let token, _):
                    server.answer(
                        message.answer(resultCode: .success, origin: server.local.origin), to: token, at: now,
                        into: &outputs)
                    toServer.toggle()
                default: break
                }
            }
            toServer.toggle()
        }
    }
    exchange()
    var number: UInt64 = 0
    benchmark.measure("a request and its answer through two stacks", times: 10_000) {
        number += 1
        now = now + .microseconds(100)
        client.ask(request, as: AskID(rawValue: number), at: now, into: &outputs)
        exchange()
    }
    precondition(number == 0 || client.statistics.answersReceived == number, "answers are missing")
}

/// Cx messages: built from values, and read back.
func measureDiameter(_ benchmark: inout Benchmark) throws {
    let domain = DiameterIdentity("ims.mnc001.mcc001.3gppnetwork.org")
    let origin = LocalOrigin(host: DiameterIdentity("icscf.\(domain.name)"), realm: domain)
    let session = "icscf.\(domain.name);1;1"
    let request = UserAuthorizationRequest(
        userName: "001010000000001@\(domain.name)", publicIdentity: "sip:001010000000001@\(domain.name)",
        visitedNetworkIdentifier: OctetSlice(domain.name), userAuthorizationType: .registration)
    benchmark.measure("encode a UAR", budget: 2, times: 10_000) {
        keep(request.message(session: session, origin: origin, destinationRealm: domain).octets)
    }
    let requestMessage = request.message(session: session, origin: origin, destinationRealm: domain)
    let requestOctets = requestMessage.octets
    try benchmark.measure("decode a UAR", budget: 3, times: 10_000) {
        keep(try UserAuthorizationRequest(decoding: try DiameterMessage(decoding: requestOctets)))
    }

    let answer = UserAuthorizationAnswer(.subsequentRegistration, serverName: "sip:scscf.\(domain.name):5080")
    benchmark.measure("encode a UAA", budget: 2, times: 10_000) {
        keep(answer.message(answering: requestMessage, origin: origin).octets)
    }
    let answerOctets = answer.message(answering: requestMessage, origin: origin).octets
    try benchmark.measure("decode a UAA", budget: 1, times: 10_000) {
        keep(try UserAuthorizationAnswer(decoding: try DiameterMessage(decoding: answerOctets)))
    }
    try benchmark.measure("a UAR and its UAA, each encoded and decoded", budget: 6, times: 10_000) {
        let asked = request.message(session: session, origin: origin, destinationRealm: domain).octets
        let message = try DiameterMessage(decoding: asked)
        keep(try UserAuthorizationRequest(decoding: message))
        let answered = answer.message(answering: message, origin: origin).octets
        keep(try UserAuthorizationAnswer(decoding: try DiameterMessage(decoding: answered)))
    }
    measureStacks(&benchmark, request.message(session: session, origin: origin, destinationRealm: domain))

    let large = OctetSlice((0..<4_096).map { SampleMessage.userData[$0 % SampleMessage.userData.count] })
    let assignment = ServerAssignmentRequest(
        userName: request.userName, publicIdentities: [request.publicIdentity],
        serverName: "sip:scscf.\(domain.name):5080", serverAssignmentType: .registration)
    let assigned = ServerAssignmentAnswer(.success, userName: request.userName, userData: large)
    try benchmark.measure("a SAR and its SAA with 4 kB, each encoded and decoded", times: 10_000) {
        let asked = assignment.message(session: session, origin: origin, destinationRealm: domain).octets
        let message = try DiameterMessage(decoding: asked)
        keep(try ServerAssignmentRequest(decoding: message))
        let answered = assigned.message(answering: message, origin: origin).octets
        keep(try ServerAssignmentAnswer(decoding: try DiameterMessage(decoding: answered)))
    }

    let profile = SampleMessage.userData
    try benchmark.measure("read a User-Data of \(profile.count) octets", times: 2_000) {
        keep(try IMSSubscription(parsing: profile))
    }
    let subscription = try IMSSubscription(parsing: profile)
    benchmark.measure("write it", times: 2_000) { keep(subscription.xml) }
}
