import IMS
import Octets
import SIP
import ServingCSCF
import Testing

/// A SUBSCRIBE to registration state, as it comes to us through the P-CSCF.
struct Subscribe {
    var resource = "sip:+15550001@\(Laboratory.domain)"
    var asserted: [String] = ["<sip:+15550001@\(Laboratory.domain)>"]
    var callID = "sub-1@10.0.0.1"
    var cseq = 1
    var tag = "s1"
    var toTag: String?
    var contact = "<sip:001010000000001@10.0.0.1:5060>"
    var event = "reg"
    var expires: Int? = 3600
    var recordRoute: String? = "<sip:pcscf.ims.example:5060;lr;tok>"
    var more: [String] = []

    var text: String {
        var lines = [
            "SUBSCRIBE \(toTag == nil ? resource : Laboratory.serverName) SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKs", "Max-Forwards: 68",
            "From: <\(resource)>;tag=\(tag)", "To: <\(resource)>\(toTag.map { ";tag=" + $0 } ?? "")",
            "Call-ID: \(callID)", "CSeq: \(cseq) SUBSCRIBE", "Contact: \(contact)", "Event: \(event)",
        ]
        lines += asserted.map { "P-Asserted-Identity: \($0)" }
        if let recordRoute { lines.append("Record-Route: \(recordRoute)") }
        if let expires { lines.append("Expires: \(expires)") }
        lines += more + ["Content-Length: 0", "", ""]
        return lines.joined(separator: "\r\n")
    }
}

extension Laboratory {
    mutating func send(_ subscribe: Subscribe) throws -> [ServingCSCF.Order] { try deliver(subscribe.text) }

    /// The subscriber answers all notifications with this status.
    @discardableResult
    mutating func acknowledge(
        _ actions: [ServingCSCF.Order], _ status: Status = .ok
    ) throws -> [ServingCSCF.Order] {
        var more: [ServingCSCF.Order] = []
        for (message, client) in actions.requests where message.method == .notify {
            more += handle(.response(.response(status, to: message, toTag: nil), client))
        }
        return more
    }

    /// The notifications among the actions, their bodies held against the schema.
    @MainActor
    static func news(_ actions: [ServingCSCF.Order]) throws -> [RegistrationInformation] {
        try actions.requests.filter { $0.message.method == .notify }.map { try RegistrationInformation($0.message) }
    }
}
