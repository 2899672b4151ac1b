import AKA
import IMS
import Octets

extension Phone {
    /// A phone from the arguments of a command: imsi, or impi and impu; domain; k; opc or op; sqn, expires, q (thousandths),
    /// outbound and fault.
    static func make(_ arguments: [String: String]) -> Result<Phone, Complaint> {
        guard let domain = arguments["domain"] else { return .failure(Complaint("a phone needs its home domain")) }
        guard let key = arguments["k"].flatMap(Secret128.init(hex:)) else {
            return .failure(Complaint("k must be 32 hexadecimal digits"))
        }
        let opc: Secret128
        if let given = arguments["opc"] {
            guard let secret = Secret128(hex: given) else {
                return .failure(Complaint("opc must be 32 hexadecimal digits"))
            }
            opc = secret
        } else if let given = arguments["op"].flatMap(Secret128.init(hex:)) {
            opc = Milenage.opc(key: key, op: given)
        } else {
            return .failure(Complaint("a phone needs opc or op, 32 hexadecimal digits"))
        }
        let usim = USIM(key: key, opc: opc, sqn: sequenceNumber(arguments["sqn"]))
        var phone: Phone
        if let digits = arguments["imsi"] {
            guard let imsi = IMSI(digits) else { return .failure(Complaint("imsi must be 6 to 15 digits")) }
            phone = Phone(imsi: imsi, domain: domain, usim: usim)
        } else if let impi = arguments["impi"], let impu = arguments["impu"] {
            phone = Phone(
                privateIdentity: impi, publicIdentity: impu, domain: domain, usim: usim,
                instance: "urn:gsma:imei:35625806-000000-0")
        } else {
            return .failure(Complaint("a phone needs imsi, or impi and impu"))
        }
        if let impi = arguments["impi"] { phone.privateIdentity = impi }
        if let impu = arguments["impu"] { phone.publicIdentity = impu }
        if let text = arguments["expires"] {
            guard let expires = Int(text), expires >= 0 else {
                return .failure(Complaint("expires must be a number of seconds"))
            }
            phone.expires = expires
        }
        if let text = arguments["outbound"] {
            guard text == "true" || text == "false" else { return .failure(Complaint("outbound is true or false")) }
            phone.keepsFlow = text == "true"
        }
        if let text = arguments["q"] {
            guard let preference = Int(text), (0...1_000).contains(preference) else {
                return .failure(Complaint("q is a number of thousandths, up to 1000"))
            }
            phone.preference = preference
        }
        if let text = arguments["fault"] {
            guard let fault = Fault(rawValue: text) else {
                let known = Fault.allCases.map(\.rawValue).joined(separator: ", ")
                return .failure(Complaint("no fault \(text); known: \(known)"))
            }
            phone.fault = fault
        }
        return .success(phone)
    }

    private static func sequenceNumber(_ text: String?) -> SequenceNumber {
        text.flatMap(UInt64.init).flatMap(SequenceNumber.init(rawValue:)) ?? .zero
    }
}
