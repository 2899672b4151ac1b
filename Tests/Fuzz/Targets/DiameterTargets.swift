import Cx
import Diameter
import Octets

/// Everything of Diameter that reads octets from outside.
let diameterTargets: [FuzzTarget] = [
    FuzzTarget("diameter", seeds: commandSamples.map(\.octets)) { octets in
        guard let message = try? DiameterMessage(decoding: octets) else { return }
        check(message.octets == octets, "a decoded message is not the octets that it was decoded from")
        walk(message.avps, depth: 0)
        _ = try? message.result()
        _ = try? CapabilitiesExchangeRequest(decoding: message)
        _ = try? CapabilitiesExchangeAnswer(decoding: message)
        _ = try? DeviceWatchdogRequest(decoding: message)
        _ = try? DisconnectPeerRequest(decoding: message)
    },
    FuzzTarget("diameter-framer", seeds: [[7] + commandSamples.flatMap(\.octets)]) { octets in
        checkFraming(octets, DiameterFramer()) { framer, octets, messages in
            framer.append(octets)
            while let message = try framer.next() { messages.append(message) }
        }
    },
    commandTarget("cx-uar", cxCommands(.userAuthorization)), commandTarget("cx-sar", cxCommands(.serverAssignment)),
    commandTarget("cx-lir", cxCommands(.locationInfo)), commandTarget("cx-mar", cxCommands(.multimediaAuth)),
    commandTarget("cx-rtr", cxCommands(.registrationTermination)), commandTarget("cx-ppr", cxCommands(.pushProfile)),
    commandTarget("sh", shCommands), commandTarget("rx", rxCommands),
    FuzzTarget("user-data") { octets in
        checkFixedPoint("IMSSubscription", octets) { text in (try? IMSSubscription(parsing: text))?.xml }
    },
]

private func walk(_ avps: AVPSequence, depth: Int) {
    for avp in avps {
        _ = try? avp.value(as: UInt32.self)
        _ = try? avp.value(as: String.self)
        _ = try? avp.value(as: IPAddress.self)
        _ = try? avp.value(as: DiameterTime.self)
        if let uri = try? avp.value(as: DiameterURI.self) {
            check(DiameterURI(OctetSlice(uri.description)) == uri, "a DiameterURI is written as another one: \(uri)")
        }
        guard depth < 4, let group = try? avp.value(as: AVPGroup.self) else { continue }
        walk(group.avps, depth: depth + 1)
    }
}
