import Cx
import Diameter
import Octets

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
    try benchmark.measure("decode a UAR", times: 10_000) {
        keep(try UserAuthorizationRequest(decoding: try DiameterMessage(decoding: requestOctets)))
    }

    let answer = UserAuthorizationAnswer(.subsequentRegistration, serverName: "sip:scscf.\(domain.name):5080")
    benchmark.measure("encode a UAA", times: 10_000) {
        keep(answer.message(answering: requestMessage, origin: origin).octets)
    }
    let answerOctets = answer.message(answering: requestMessage, origin: origin).octets
    try benchmark.measure("decode a UAA", times: 10_000) {
        keep(try UserAuthorizationAnswer(decoding: try DiameterMessage(decoding: answerOctets)))
    }

    let profile = SampleMessage.userData
    try benchmark.measure("read a User-Data of \(profile.count) octets", times: 2_000) {
        keep(try IMSSubscription(parsing: profile))
    }
    let subscription = try IMSSubscription(parsing: profile)
    benchmark.measure("write it", times: 2_000) { keep(subscription.xml) }
}
