/// The tables of the Fraunhofer HSS and the order of their columns, for dumps of rows alone.
enum FHoSSTables {
    static let columns: [String: [String]] = [
        "application_server": words(
            """
            id name server_name default_handling service_info diameter_address rep_data_size_limit udr pur snr \
            udr_rep_data udr_impu udr_ims_user_state udr_scscf_name udr_ifc udr_location udr_user_state \
            udr_charging_info udr_msisdn udr_psi_activation udr_dsai udr_aliases_rep_data pur_rep_data \
            pur_psi_activation pur_dsai pur_aliases_rep_data snr_rep_data snr_impu snr_ims_user_state snr_scscf_name \
            snr_ifc snr_psi_activation snr_dsai snr_aliases_rep_data include_register_response include_register_request
            """),
        "capabilities_set": words("id id_set name id_capability is_mandatory"),
        "capability": words("id name"),
        "charging_info": words("id name pri_ecf sec_ecf pri_ccf sec_ccf"),
        "ifc": words("id name id_application_server id_tp profile_part_ind"),
        "impi": words(
            """
            id id_imsu identity k auth_scheme default_auth_scheme amf op sqn ip line_identifier zh_uicc_type \
            zh_key_life_time zh_default_auth_scheme
            """),
        "impi_impu": words("id id_impi id_impu user_state"),
        "impu": words(
            """
            id identity type barring user_state id_sp id_implicit_set id_charging_info wildcard_psi display_name \
            psi_activation can_register
            """),
        "impu_visited_network": words("id id_impu id_visited_network"),
        "imsu": words("id name scscf_name diameter_name id_capabilities_set id_preferred_scscf_set"),
        "preferred_scscf_set": words("id id_set name scscf_name priority"),
        "shared_ifc_set": words("id id_set name id_ifc priority"),
        "sp": words("id name cn_service_auth"),
        "sp_ifc": words("id id_sp id_ifc priority"),
        "sp_shared_ifc_set": words("id id_sp id_shared_ifc_set"),
        "spt": words(
            """
            id id_tp condition_negated grp type requesturi method header header_content session_case sdp_line \
            sdp_line_content registration_type
            """),
        "tp": words("id name condition_type_cnf"),
        "visited_network": words("id identity"),
    ]

    /// Tables of which nothing is kept, and why.
    static let passedOver: KeyValuePairs<String, String> = [
        "repository_data": "repository data of application servers is not imported; they write it again over Sh",
        "aliases_repository_data":
            "repository data of application servers is not imported; they write it again over Sh",
        "dsai": "dynamic service activation (DSAI) is not kept: all filter criteria are active",
        "dsai_ifc": "dynamic service activation (DSAI) is not kept: all filter criteria are active",
        "dsai_impu": "dynamic service activation (DSAI) is not kept: all filter criteria are active",
        "zh_uss": "user security settings of the Zh reference point are not kept",
        "sh_subscription": "application servers subscribe again over Sh",
        "sh_notification": "notifications under way are not kept",
        "cx_events": "requests under way are not kept",
    ]

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
}
