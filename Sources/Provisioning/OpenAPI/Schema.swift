import HomeSubscriberServer
import IMS
import Sh

/// The JSON schemas of bodies, by the names that routes give.
enum Schema {
    static let all: [Report.Member] = subscribers + services + operation

    static func reference(_ name: String) -> Report { ["$ref": .text("#/components/schemas/\(name)")] }

    /// An object with no members but these.
    static func object(_ properties: KeyValuePairs<String, Report>) -> Report { object([], properties) }

    static func object(_ required: [String], _ properties: KeyValuePairs<String, Report>) -> Report {
        var members: [Report.Member] = [
            .init("type", "object"), .init("properties", .record(properties.map { .init($0.key, $0.value) })),
            .init("additionalProperties", false),
        ]
        if !required.isEmpty { members.append(.init("required", .list(required.map { .text($0) }))) }
        return .record(members)
    }

    static func list(of schema: Report) -> Report { ["type": "array", "items": schema] }
    static func map(of schema: Report) -> Report { ["type": "object", "additionalProperties": schema] }
    static func words(_ words: [String]) -> Report { ["type": "string", "enum": .list(words.map { .text($0) })] }
    static func hex(_ digits: Int, _ meaning: String) -> Report {
        ["type": "string", "pattern": .text("^[0-9a-fA-F]{\(digits)}$"), "description": .text(meaning)]
    }

    static func described(_ schema: Report, _ meaning: String) -> Report {
        schema.setting("description", to: .text(meaning))
    }

    static let text: Report = ["type": "string"]
    static let optionalText: Report = ["type": ["string", "null"]]
    static let truth: Report = ["type": "boolean"]
    static let number: Report = ["type": "integer"]

    // MARK: Subscribers

    private static let secret: KeyValuePairs<String, Report> = [
        "k": ["type": "string", "pattern": "^([0-9a-fA-F]{32}|[0-9a-fA-F]{64})$", "writeOnly": true],
        "opc": hex(32, "OPc of MILENAGE"), "op": hex(32, "OP, from which OPc is derived; not kept"),
        "topc": hex(64, "TOPc of TUAK"), "top": hex(64, "TOP, from which TOPc is derived; not kept"),
        "algorithm": words(["milenage", "tuak"]), "amf": hex(4, "Authentication management field"),
        "sqn": hex(12, "The last SQN used"),
        "digest": object(
            [
                "realm": text,
                "password": ["type": "string", "writeOnly": true, "description": "Only a hash is kept."],
                "ha1": hex(32, "MD5 of user:realm:password"),
            ]),
        "giba": bearer,
    ]

    private static let bearer = object(
        ["address"],
        ["address": ["type": "string", "description": "Of the phone's bearer: 192.0.2.1 or 2001:db8:1:2::/64 (GIBA)."]])

    private static let imsi: Report = ["type": "string", "pattern": "^[0-9]{6,15}$"]
    private static let sets: Report = [
        "type": "array", "items": ["type": "integer", "minimum": 0, "maximum": 32767],
        "description": "The implicit sets that it registers; all when left out.",
    ]
    private static let kind = words(["distinct", "psi", "wildcarded-psi", "wildcarded"])
    private static let set: Report = ["type": "integer", "minimum": 0, "maximum": 32767]

    /// An object with further members in front of those of a secret.
    private static func withSecret(_ properties: KeyValuePairs<String, Report>) -> Report {
        let members = (Array(properties) + Array(secret)).map { Report.Member($0.key, $0.value) }
        return ["type": "object", "properties": .record(members), "additionalProperties": false]
    }

    private static let subscribers: [Report.Member] = [
        .init(
            "Subscriber",
            described(
                withSecret([
                    "imsi": imsi, "impi": text,
                    "msisdn": ["type": "string", "pattern": "^\\+?[0-9]{5,15}$"], "domain": text, "name": text,
                    "service-profile": text, "capabilities": text, "visited-networks": text, "charging": text,
                    "private-identities": list(of: reference("PrivateIdentitySetting")),
                    "identities": list(
                        of: ["anyOf": [text, reference("PublicIdentitySetting")]]),
                ]), "A SIM with imsi, k and opc or op, from whose IMSI the identities follow; or identities spelt out.")
        ),
        .init(
            "SubscriberDeclared",
            object(
                ["private-identities", "identities"],
                [
                    "private-identities": list(of: reference("PrivateIdentity")),
                    "identities": list(of: reference("PublicIdentity")),
                    "capabilities": text, "visited-networks": text, "charging": text,
                ])),
        .init("PrivateIdentitySetting", withSecret(["impi": text, "imsi": imsi, "sets": sets])),
        .init(
            "PrivateIdentity",
            object(
                ["impi", "sets"],
                [
                    "impi": text, "imsi": text, "algorithm": words(["milenage", "tuak"]), "amf": hex(4, "AMF"),
                    "digest": object(["realm"], ["realm": text]), "giba": bearer, "sets": sets,
                ])),
        .init(
            "PrivateIdentityList",
            object(["private-identities"], ["private-identities": list(of: reference("PrivateIdentity"))])),
        .init(
            "PublicIdentitySetting",
            object([
                "identity": text, "kind": kind, "set": set, "barred": truth, "name": text, "alias-group": text,
                "service-profile": text, "active": truth, "server": text,
            ])),
        .init(
            "PublicIdentity",
            object(
                ["identity", "kind", "set", "barred", "service-profile"],
                [
                    "identity": text, "kind": kind, "set": set, "barred": truth, "name": text, "alias-group": text,
                    "service-profile": text, "active": truth, "server": text,
                ])),
        .init(
            "PublicIdentityList",
            object(["public-identities"], ["public-identities": list(of: reference("PublicIdentity"))])),
        .init(
            "SubscriberPage",
            object(
                ["total", "subscribers"],
                [
                    "total": number, "next": number,
                    "subscribers": list(
                        of: object(
                            ["name", "private-identities", "public-identities", "state"],
                            [
                                "name": text, "imsi": text, "msisdn": text, "private-identities": list(of: text),
                                "public-identities": list(of: text),
                                "state": words(["registered", "unregistered", "not registered"]),
                                "scscf": text,
                            ])),
                ])),
        .init("SubscriberState", state),
        .init("Patch", ["type": "object", "description": "A merge patch."]),
        .init(
            "Result",
            object(
                ["result", "name", "warnings"],
                [
                    "result": words(["added", "changed", "unchanged"]), "name": text, "warnings": list(of: text),
                ])),
        .init(
            "Kick",
            object([
                "reason": words(Administration.reasons.keys.sorted()),
                "info": described(text, "Reason-Info of the RTR"),
            ])),
        .init("Sent", object(["sent"], ["sent": list(of: reference("Notice"))])),
        .init(
            "Notice",
            object(
                ["request", "private-identity", "scscf"],
                [
                    "request": words(["RTR", "PPR"]), "private-identity": text, "scscf": text,
                ])),
        .init(
            "Barring",
            object(
                ["result", "identities", "sent"],
                [
                    "result": words(["changed", "unchanged"]), "identities": list(of: text),
                    "sent": list(of: reference("Notice")),
                ])),
        .init("SequenceNumber", object(["sqn", "ind"], ["sqn": hex(12, "SQN_HE"), "ind": number])),
        .init("SequenceNumberSetting", object(["sqn"], ["sqn": hex(12, "SQN_HE"), "force": truth])),
        .init(
            "SequenceNumberSet",
            object(["sqn", "before"], ["sqn": hex(12, "SQN_HE"), "before": hex(12, "What it was")])),
    ]

    private static let state = object(
        ["id", "private-identities", "public-identities"],
        [
            "id": number,
            "private-identities": list(
                of: object(
                    ["identity", "scheme"],
                    [
                        "identity": text, "scheme": optionalText, "algorithm": text, "amf": text, "sqn": text,
                        "realm": text,
                    ])),
            "public-identities": list(
                of: object(
                    ["identity", "state"],
                    [
                        "identity": text, "barred": truth, "default": truth, "implicit-set": number,
                        "display-name": optionalText, "kind": kind, "alias-group": optionalText,
                        "service-profile": text, "state": text, "active": truth, "server": text,
                    ])),
            "scscf": optionalText, "scscf-host": optionalText, "visited-networks": list(of: text),
            "capabilities": object([
                "mandatory": list(of: number), "optional": list(of: number), "server-names": list(of: text),
            ]),
        ])
}
