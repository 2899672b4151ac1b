import Cx
import IMS
import Octets
import SIP

/// What an application server is told of a registration.
struct ThirdPartyRegister {
    /// The phone's REGISTER and our 200; nil when the network or the clock has ended the registration.
    var exchange: (request: SIPMessage, response: SIPMessage)?
    var server: ApplicationServer
    var identity: PublicIdentity
    /// Seconds; 0 when the user leaves.
    var expires: Int
    var chargingFunctions: OctetSlice
    /// Our SIP URI and network.
    var serverName: String
    var network: String

    /// The REGISTER of TS 24.229 §5.4.1.7: From and Contact are ours, To is the user.
    ///
    /// - Parameters: each nobody's but this message's.
    func message(tag: String, callID: String, boundary: String) -> SIPMessage {
        var message = SIPMessage(.register, uri: server.serverName)
        message.append(.maxForwards, "70")
        message.append(.from, "<\(serverName)>;tag=\(tag)")
        message.append(.to, "<\(identity.text)>")
        message.append(.callID, callID)
        message.append(CSeq(1, .register))
        message.append(.contact, "<\(serverName)>")
        message.append(.expires, "\(expires)")
        if let request = exchange?.request {
            for value in request.values(.pAccessNetworkInfo) { message.append(.pAccessNetworkInfo, value) }
            for value in request.values(.pVisitedNetworkID) { message.append(.pVisitedNetworkID, value) }
            if let vector = chargingVector(of: request) { message.append(vector) }
        }
        if !chargingFunctions.isEmpty { message.append(.pChargingFunctionAddresses, chargingFunctions) }
        setBody(of: &message, boundary: OctetSlice(boundary))
        return message
    }

    /// The ICID of the phone's REGISTER; the operator is ours, towards a server (RFC 7315 §4.6.2).
    private func chargingVector(of request: SIPMessage) -> PChargingVector? {
        do {
            guard var vector = try request.first(PChargingVector.self) else { return nil }
            vector.parameters.set("orig-ioi", quoted: OctetSlice(network))
            vector.parameters.remove("term-ioi")
            return vector
        } catch {
            return nil
        }
    }

    /// ServiceInfo, and the messages as the criterion includes them (TS 29.228 Annex B.2.2): one part alone, several as
    /// multipart/mixed.
    private func setBody(of message: inout SIPMessage, boundary: OctetSlice) {
        var parts: [BodyPart] = []
        if let text = server.serviceInfo, !text.isEmpty {
            parts.append(BodyPart(MediaType("application", "3gpp-ims+xml"), OctetSlice(Self.serviceInformation(text))))
        }
        if let exchange {
            if server.includesRegisterRequest { parts.append(Self.part(exchange.request)) }
            if server.includesRegisterResponse { parts.append(Self.part(exchange.response)) }
        }
        guard let first = parts.first else { return }
        guard parts.count > 1 else {
            let type = first.fields.first?.value.string ?? ""
            return message.setBody(first.content.array, contentType: type)
        }
        do throws(MultipartError) {
            message.setBody(try MultipartBody(parts, boundary: boundary))
        } catch {
            return  // somebody has guessed the boundary; the server is told without a body
        }
    }

    private static func part(_ message: SIPMessage) -> BodyPart {
        BodyPart(MediaType("message", "sip"), OctetSlice(message.serialized()))
    }

    /// The 3GPP IMS XML body of TS 24.229 §7.6 with a service-info element.
    private static func serviceInformation(_ text: String) -> [UInt8] {
        var writer = XMLWriter(reserving: 160 + text.utf8.count)
        writer.element("ims-3gpp") { writer in
            writer.attribute("version", 1)
            writer.element("service-info") { $0.text(OctetSlice(text)) }
        }
        return writer.octets
    }
}
