/// What the columns of the database hold, and the clause that says so; the same for both kinds of database.
///
/// PostgreSQL has it as comments on its columns; in SQLite, which has none, `Schema` says it beside each column as well.
enum ColumnDocumentation {
    /// By table and column.
    static let columns: KeyValuePairs<String, KeyValuePairs<String, String>> = [
        "service_profile": [
            "id": "our number of it",
            "name": "the operator's word for it",
            "subscribed_media_profile": "CoreNetworkServicesAuthorization, TS 29.228 Annex B.2.3",
            "services": "ListOfServiceIds, TS 29.228 Annex E: service identifiers with blanks between",
        ],
        "filter_criterion": [
            "service_profile": "whose it is, TS 29.228 Annex B.2.2",
            "priority": "Priority, unique in a profile, TS 29.228 Annex B.2.2",
            "xml": "one InitialFilterCriteria element, TS 29.228 Annex E; TS 23.008 §3.5.2",
            "application_server": "in the place of the element's own, TS 29.228 Annex B.2.2",
        ],
        "criteria_set": [
            "id": "SharedIFCSetID, TS 29.228 Annex E"
        ],
        "shared_criterion": [
            "criteria_set": "whose it is, TS 29.228 Annex B.2.2A",
            "priority": "Priority, TS 29.228 Annex B.2.2",
            "xml": "one InitialFilterCriteria element, TS 29.228 Annex E",
            "application_server": "in the place of the element's own, TS 29.228 Annex B.2.2",
        ],
        "profile_criteria_set": [
            "service_profile": "who has the set, TS 29.228 Annex B.2.2A",
            "position": "order in the profile",
            "criteria_set": "SharedIFCSetID, TS 29.228 Annex E",
        ],
        "application_server": [
            "id": "our number of it",
            "name": "the operator's word for it",
            "uri": "ServerName, TS 29.228 Annex E",
            "default_handling": "DefaultHandling, TS 29.228 Annex E: 0 SESSION_CONTINUED, 1 SESSION_TERMINATED",
            "service_info": "ServiceInfo, TS 29.228 Annex E",
            "include_register_request": "IncludeRegisterRequest, TS 29.228 Annex E",
            "include_register_response": "IncludeRegisterResponse, TS 29.228 Annex E",
            "sh_host": "Origin-Host over Sh, TS 29.328 §6.2",
            "sh_pull": "Data-Reference, TS 29.329 §6.3.4, that it may read, blanks between",
            "sh_update": "Data-Reference, TS 29.329 §6.3.4, that it may change, blanks between",
            "sh_subscribe": "Data-Reference, TS 29.329 §6.3.4, that it may watch, blanks between",
        ],
        "capability_set": [
            "id": "our number of it",
            "name": "the operator's word for it",
            "mandatory": "Mandatory-Capability, TS 29.229 §6.3.5; TS 23.008 §3.4.1: numbers with blanks between",
            "optional": "Optional-Capability, TS 29.229 §6.3.6: numbers with blanks between",
            "server_names": "Server-Name, TS 29.229 §6.3.3: URIs with blanks between",
        ],
        "roaming_profile": [
            "id": "our number of it",
            "name": "the operator's word for it",
            "networks": "Visited-Network-Identifier, TS 29.229 §6.3.1; TS 23.008 §3.1.4: blanks between",
        ],
        "charging_profile": [
            "id": "our number of it",
            "name": "the operator's word for it",
            "primary_event": "Primary-Event-Charging-Function-Name, TS 29.229 §6.3.20",
            "secondary_event": "Secondary-Event-Charging-Function-Name, TS 29.229 §6.3.21",
            "primary_collection": "Primary-Charging-Collection-Function-Name, TS 29.229 §6.3.22",
            "secondary_collection": "Secondary-Charging-Collection-Function-Name, TS 29.229 §6.3.23",
        ],
        "subscription": [
            "id": "our number of an IMS subscription, TS 23.228 §5.2; never used again",
            "scscf_name": "S-CSCF name, TS 23.008 §3.2.2",
            "scscf_host": "Diameter client identity of the S-CSCF, TS 23.008 §3.2.3",
            "capability_set": "server capabilities, TS 23.008 §3.4.1",
            "roaming_profile": "authorised visited networks, TS 23.008 §3.1.4; NULL allows every network",
            "charging_profile": "Charging-Information, TS 29.229 §6.3.19; TS 23.008 §3.7",
            "scscf_features": "Supported-Features of the S-CSCF, TS 29.229 §7.1.1",
            "former_scscf_name": "the S-CSCF that is about to lose the user, TS 29.228 §6.1.3",
            "former_scscf_host": "its Diameter identity, TS 29.228 §6.1.3",
        ],
        "master_key": [
            "id": "as in the file of master keys",
            "proof": "opens only with the right key",
        ],
        "setting": [
            "name": "which setting of the store",
            "value": "what it says",
        ],
        "private_identity": [
            "subscription": "whose it is, TS 23.228 §5.2",
            "position": "order in the subscription",
            "impi": "private user identity, TS 23.008 §3.1.1, TS 23.003 §13.3",
            "scheme": "SIP-Authentication-Scheme, TS 29.229 §6.3.9: 0 AKA, 1 SIP Digest, 2 none",
            "algorithm": "0 MILENAGE, TS 35.206; 1 TUAK, TS 35.231",
            "secret": "sealed: K ‖ OPc, TS 35.206 §8.2; K ‖ TOPc, TS 35.231; HA1, TS 29.229 §6.3.40",
            "master_key": "what the secret is sealed with; NULL in clear",
            "digest_realm": "Digest-Realm, TS 29.229 §6.3.37",
            "amf": "AMF, TS 33.102 §6.3.2, Annex H",
            "sqn": "SQN_HE, the last number drawn, TS 33.102 Annex C.1",
            "last_rand": "RAND last sent, TS 23.008 §3.3.1, TS 33.102 §6.3.5",
        ],
        "public_identity": [
            "subscription": "whose it is, TS 23.228 §5.2",
            "position": "order in the profile; the first not barred is the default, TS 23.228 §5.2.1a.1",
            "identity": "public user identity, TS 23.008 §3.1.2, TS 23.003 §13.4",
            "kind": "IdentityType, TS 29.228 Annex E",
            "barred": "barring indication, TS 23.008 §3.1.3",
            "display_name": "DisplayName, TS 29.228 Annex E",
            "implicit_set": "implicitly registered set, TS 23.008 §3.1.6",
            "service_profile": "TS 29.228 Annex B.2.2",
            "alias_group": "AliasIdentityGroupID, TS 29.228 Annex B.2.1",
            "active": "PSI activation state, TS 23.228 §5.4.12",
            "application_server": "who serves it without an S-CSCF, TS 29.228 §6.1.4, TS 23.228 §5.7.6",
        ],
        "registration": [
            "subscription": "whose it is, TS 23.228 §5.2",
            "private_identity": "position of who registers, TS 23.228 §5.2.1a",
            "implicit_set": "what is registered, TS 23.008 §3.1.6",
            "state": "registration status, TS 23.008 §3.2.1: 0 no, 1 yes, 2 unregistered",
            "auth_pending": "authentication pending, TS 29.228 §6.3.1",
            "restoration": "SCSCF-Restoration-Info, TS 29.229 §6.3.46",
        ],
        "repository_data": [
            "identity": "whose they are, TS 29.328 §7.6.1",
            "service": "Service-Indication, TS 29.329 §6.3.5",
            "sequence_number": "SequenceNumber, TS 29.328 §7.6.1",
            "data": "ServiceData, TS 29.328 Annex C",
        ],
        "data_subscription": [
            "identity": "whose data are watched, TS 29.328 §6.1.3",
            "reference": "Data-Reference, TS 29.329 §6.3.4",
            "service": "Service-Indication, TS 29.329 §6.3.5; empty but for repository data",
            "host": "Origin-Host of the application server, TS 29.328 §6.1.3",
            "realm": "Origin-Realm of the application server, TS 29.328 §6.1.3",
            "expires": "Expiry-Time, TS 29.329 §6.3.16, seconds since 1970; NULL: without end",
        ],
        "data_change": [
            "identity": "whose data were changed beside the HSS, TS 29.328 §6.1.4",
            "reference": "Data-Reference, TS 29.329 §6.3.4",
        ],
        "notice": [
            "id": "our number of an RTR or PPR that waits for its answer",
            "kind": "0 RTR, TS 29.228 §6.1.3; 1 PPR, TS 29.228 §6.2.2",
            "impi": "User-Name",
            "scscf_name": "S-CSCF name, TS 23.008 §3.2.2",
            "scscf_host": "Destination-Host",
            "implicit_set": "of a PPR: whose profile",
            "credential": "of a PPR: whether it brings SIP-Auth-Data-Item, TS 29.229 §6.3.13",
            "reason": "Reason-Code, TS 29.229 §6.3.17",
            "info": "Reason-Info, TS 29.229 §6.3.18",
            "associated": "Associated-Identities, TS 29.229 §6.3.33, a line each",
            "identities": "Public-Identity, TS 29.229 §6.3.2, a line each",
            "front_end": "of PostgreSQL: the front-end that sends it; NULL while nobody does",
        ],
        "audit": [
            "id": "number of the line",
            "time": "seconds since 1970",
            "actor": "who",
            "action": "did what",
            "object": "to whom",
            "hash": "SHA-256 over the hash before and this row",
        ],
    ]

    /// Puts it into a PostgreSQL database.
    static var comments: String {
        var script = ""
        for (table, columns) in columns {
            for (column, meaning) in columns {
                let text = meaning.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
                script += "COMMENT ON COLUMN \(table).\(column) IS '\(text)';\n"
            }
        }
        return script
    }
}
