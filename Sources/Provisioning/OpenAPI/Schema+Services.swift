import HomeSubscriberServer
import IMS
import Sh

extension Schema {
    private static let references = list(of: words(ShAccess.words.map(\.key)))

    private static let condition: Report = object([
        "method": text, "request-uri": text, "header": text, "sdp": described(text, "The letter of a line."),
        "content": described(text, "A regular expression over the header's or line's content."),
        "session-case": words([
            "originating", "terminating-registered", "terminating-unregistered", "originating-unregistered",
            "originating-after-diversion",
        ]),
        "registration": list(of: words(["initial", "re-registration", "de-registration"])), "not": truth,
    ])

    private static let conditions = list(
        of: ["anyOf": [reference("Condition"), list(of: reference("Condition"))]])

    static let services: [Report.Member] =
        [
            .init(
                "ApplicationServer",
                object(
                    ["uri"],
                    [
                        "uri": text, "default-handling": words(["continue", "terminate"]), "service-info": text,
                        "include-register-request": truth, "include-register-response": truth,
                        "sh": object(
                            ["host"],
                            ["host": text, "pull": references, "update": references, "subscribe": references]),
                    ])),
            .init("Condition", described(condition, "One of method, request-uri, header, session-case and sdp.")),
            .init(
                "FilterCriterion",
                [
                    "description":
                        "Conditions, or an InitialFilterCriteria element of TS 29.228 Annex E as text. all is an AND whose inner lists are ORs, any is an OR whose inner lists are ANDs.",
                    "anyOf": [
                        text,
                        object(
                            ["server"],
                            [
                                "priority": ["type": "integer", "minimum": 0, "maximum": 2_147_483_647],
                                "server": described(text, "The name of an application server, or its SIP URI."),
                                "default-handling": words(["continue", "terminate"]), "service-info": text,
                                "include-register-request": truth, "include-register-response": truth,
                                "part": words(["registered", "unregistered"]), "all": conditions, "any": conditions,
                            ]),
                    ],
                ]),
            .init("SharedCriteria", object(["ifc": list(of: reference("FilterCriterion"))])),
            .init(
                "ServiceProfile",
                object([
                    "media-profile": ["type": "integer", "minimum": 0, "maximum": 2_147_483_647],
                    "services": list(of: text), "shared-ifc-sets": list(of: ["type": "integer", "minimum": 0]),
                    "ifc": list(of: reference("FilterCriterion")),
                ])),
            .init(
                "CapabilitySet",
                object([
                    "mandatory": capabilities, "optional": capabilities, "servers": list(of: text),
                ])),
            .init("VisitedNetworks", list(of: text)),
            .init(
                "Charging",
                object([
                    "primary-event": text, "secondary-event": text, "primary-collection": text,
                    "secondary-collection": text,
                ])),
            .init(
                "Catalogue",
                .record([
                    .init("type", "object"), .init("additionalProperties", false),
                    .init(
                        "properties",
                        .record(SharedKind.all.map { .init($0.path, map(of: reference($0.schema))) })),
                ])),
        ]
        + SharedKind.all.map { shared in
            Report.Member(
                "\(shared.schema)Page",
                .record([
                    .init("type", "object"), .init("additionalProperties", false),
                    .init("required", ["total", .text(shared.path)]),
                    .init(
                        "properties",
                        .record([
                            .init("total", number), .init("next", text),
                            .init(shared.path, map(of: reference(shared.schema))),
                        ])),
                ]))
        }

    private static let capabilities = list(of: ["type": "integer", "minimum": 0, "maximum": 4_294_967_295])

    static let operation: [Report.Member] = [
        .init(
            "Status",
            object(
                ["domain", "subscribers", "public-identities", "registered-sets", "waiting-notices"],
                [
                    "domain": text, "subscribers": number, "public-identities": number, "registered-sets": number,
                    "waiting-notices": number,
                ])),
        .init(
            "Document",
            .record([
                .init("type", "object"), .init("additionalProperties", false),
                .init(
                    "properties",
                    .record(
                        SharedKind.all.map { Report.Member($0.path, map(of: reference($0.schema))) }
                            + [.init("subscribers", list(of: reference("Subscriber")))])),
            ])),
        .init(
            "Applied",
            object(
                ["services", "subscribers", "warnings"],
                [
                    "services": list(
                        of: object(["kind", "name", "result"], ["kind": text, "name": text, "result": text])),
                    "subscribers": list(
                        of: object(
                            ["name", "result", "warnings"],
                            ["name": text, "result": text, "warnings": list(of: text)])),
                    "warnings": list(of: text),
                ])),
        .init(
            "Imported",
            object(
                ["services", "subscribers"],
                [
                    "services": list(
                        of: object(["kind", "name", "result"], ["kind": text, "name": text, "result": text])),
                    "subscribers": list(
                        of: object(
                            ["name", "result"],
                            [
                                "name": text, "result": words(["added", "changed", "unchanged", "refused"]),
                                "detail": text,
                            ])),
                ])),
        .init(
            "AuditPage",
            object(
                ["entries"],
                [
                    "next": number,
                    "entries": list(
                        of: object(
                            ["number", "time", "actor", "action", "object"],
                            [
                                "number": number, "time": ["type": "string", "format": "date-time"], "actor": text,
                                "action": text, "object": text,
                            ])),
                ])),
        .init("Notices", object(["notices"], ["notices": list(of: reference("Notice"))])),
        .init("Integrity", object(["whole", "problems"], ["whole": truth, "problems": list(of: text)])),
        .init(
            "Problem",
            object(
                ["type", "title", "status", "detail", "instance", "code"],
                [
                    "type": text, "title": text, "status": number, "detail": text, "instance": text,
                    "code": words(Problem.Code.allCases.map(\.rawValue)), "hint": text,
                    "errors": list(
                        of: object(["place", "detail"], ["place": text, "detail": text])),
                ])),
    ]
}
