import IMS
import Octets
import SIP

// What phones get outside dialogs, TS 24.229 §5.2.6.4.3 and §5.2.6.4.6 (not checked against their text), by the flow
// token of RFC 5626 §5.3.1.
extension ProxyCSCF {
    mutating func terminate(
        _ arrival: Arrival, _ token: OctetSlice, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        let (request, server) = (arrival.received, arrival.server)
        guard let flow = flowToken.decode(token) else {
            actions += refuse(
                request, server, .forbidden,
                Refusal(
                    "FLOW_TOKEN_INVALID", answer: "403",
                    "\(request.method.text) from \(arrival.hop) by a Route that is not ours",
                    hint: "phones register first; an S-CSCF has a Path from before pcscf.flow-token-key changed"))
            return
        }
        if let fault = RequestFault(request) {
            actions += refuse(request, server, fault)
            return
        }
        guard isAlive(flow) else {
            actions += refuseDeadFlow(request, server, flow)
            return
        }
        let called = request.identities(in: .pCalledPartyID)
        let user = contacts.user(at: flow.arrival, contact: request.requestURI, identities: called)
        var message = arrival.request
        let vector = message.firstValue(.pChargingVector)
        message.removePrivate()
        let leg = Leg(phoneIsCaller: false, user: user.map(hash) ?? 0, flow: flow)
        let passage = Passage(
            course: .towardsPhone, request: request, arrival: arrival.hop, flow: flow, user: user,
            leg: message.beginsDialog ? leg : nil, chargingVector: vector)
        start(message, passage, server, at: now, into: &actions)
    }

    /// RFC 5626 §5.3.1.
    func refuseDeadFlow(_ request: SIPMessage, _ server: ServerTransactionID, _ flow: Hop) -> [Action<ProxyWork>] {
        refuse(
            request, server, .flowFailed,
            Refusal(
                "FLOW_FAILED", answer: "430",
                "the \(configuration.security.ports[flow.listener] == nil ? "connection is closed" : "security associations have ended") "
                    + "by which the phone at \(flow) was reached",
                hint: "the phone opens another one when it registers again"))
    }

    /// What a phone's answer becomes in the core, §5.2.6.4.4: the way back and the route of the dialog are ours to say,
    /// the identity that of the called party.
    func fromPhone(_ response: SIPMessage, _ passage: Passage) -> SIPMessage {
        var response = response
        response.removeUntrusted()
        response.remove(.pPreferredIdentity)
        response.replace(.via, with: passage.request.values(.via))
        guard let status = response.status, (101..<300).contains(status.rawValue) else { return response }
        if !passage.recordRoute.isEmpty { response.replace(.recordRoute, with: passage.recordRoute) }
        if let user = passage.user {
            let identities = RegisteredIdentities(user, contacts[user])
            let called = passage.request.identities(in: .pCalledPartyID)
            if let entry = called.lazy.compactMap({ identities[$0] }).first ?? identities.default {
                response.append(PAssertedIdentity(entry.address))
            }
        }
        if let vector = passage.chargingVector { response.append(.pChargingVector, answered(vector)) }
        return response
    }

    /// RFC 7315 §4.6: the vector of the request with the network that answers.
    private func answered(_ vector: OctetSlice) -> OctetSlice {
        do throws(SIPSyntaxError) {
            var vector = try PChargingVector(parsing: vector)
            vector.parameters.set("term-ioi", quoted: OctetSlice(configuration.visitedNetwork))
            return OctetSlice(vector.text)
        } catch {
            return vector
        }
    }
}
