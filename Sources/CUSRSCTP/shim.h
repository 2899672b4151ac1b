// usrsctp and the kernel's <linux/sctp.h> give the same tags to different structures: `sctp_sndinfo` exists twice and the
// members do not agree. Clang merges equally named C structures of all loaded modules and refuses the second one, so a
// program that uses both must rename one side. Here usrsctp's structures get the prefix `us`; functions, constants and
// layouts stay as they are.
#define sctp_assoc_t ussctp_assoc_t
#define sctp_adaptation_event ussctp_adaptation_event
#define sctp_add_streams ussctp_add_streams
#define sctp_assoc_change ussctp_assoc_change
#define sctp_assoc_ids ussctp_assoc_ids
#define sctp_assoc_reset_event ussctp_assoc_reset_event
#define sctp_assoc_value ussctp_assoc_value
#define sctp_assocparams ussctp_assocparams
#define sctp_authchunk ussctp_authchunk
#define sctp_authchunks ussctp_authchunks
#define sctp_authinfo ussctp_authinfo
#define sctp_authkey ussctp_authkey
#define sctp_authkey_event ussctp_authkey_event
#define sctp_authkeyid ussctp_authkeyid
#define sctp_cc_option ussctp_cc_option
#define sctp_common_header ussctp_common_header
#define sctp_default_prinfo ussctp_default_prinfo
#define sctp_event ussctp_event
#define sctp_event_subscribe ussctp_event_subscribe
#define sctp_get_nonce_values ussctp_get_nonce_values
#define sctp_hmacalgo ussctp_hmacalgo
#define sctp_initmsg ussctp_initmsg
#define sctp_notification ussctp_notification
#define sctp_nxtinfo ussctp_nxtinfo
#define sctp_paddr_change ussctp_paddr_change
#define sctp_paddrinfo ussctp_paddrinfo
#define sctp_paddrparams ussctp_paddrparams
#define sctp_pdapi_event ussctp_pdapi_event
#define sctp_prinfo ussctp_prinfo
#define sctp_prstatus ussctp_prstatus
#define sctp_rcvinfo ussctp_rcvinfo
#define sctp_recvv_rn ussctp_recvv_rn
#define sctp_remote_error ussctp_remote_error
#define sctp_reset_streams ussctp_reset_streams
#define sctp_rtoinfo ussctp_rtoinfo
#define sctp_sack_info ussctp_sack_info
#define sctp_send_failed_event ussctp_send_failed_event
#define sctp_sender_dry_event ussctp_sender_dry_event
#define sctp_sendv_spa ussctp_sendv_spa
#define sctp_setadaptation ussctp_setadaptation
#define sctp_setpeerprim ussctp_setpeerprim
#define sctp_setprim ussctp_setprim
#define sctp_shutdown_event ussctp_shutdown_event
#define sctp_snd_all_completes ussctp_snd_all_completes
#define sctp_sndinfo ussctp_sndinfo
#define sctp_sockstore ussctp_sockstore
#define sctp_status ussctp_status
#define sctp_stream_change_event ussctp_stream_change_event
#define sctp_stream_reset_event ussctp_stream_reset_event
#define sctp_stream_value ussctp_stream_value
#define sctp_timeouts ussctp_timeouts
#define sctp_timeval ussctp_timeval
#define sctp_tlv ussctp_tlv
#define sctp_udpencaps ussctp_udpencaps

#include <usrsctp.h>

#undef sctp_assoc_t
#undef sctp_adaptation_event
#undef sctp_add_streams
#undef sctp_assoc_change
#undef sctp_assoc_ids
#undef sctp_assoc_reset_event
#undef sctp_assoc_value
#undef sctp_assocparams
#undef sctp_authchunk
#undef sctp_authchunks
#undef sctp_authinfo
#undef sctp_authkey
#undef sctp_authkey_event
#undef sctp_authkeyid
#undef sctp_cc_option
#undef sctp_common_header
#undef sctp_default_prinfo
#undef sctp_event
#undef sctp_event_subscribe
#undef sctp_get_nonce_values
#undef sctp_hmacalgo
#undef sctp_initmsg
#undef sctp_notification
#undef sctp_nxtinfo
#undef sctp_paddr_change
#undef sctp_paddrinfo
#undef sctp_paddrparams
#undef sctp_pdapi_event
#undef sctp_prinfo
#undef sctp_prstatus
#undef sctp_rcvinfo
#undef sctp_recvv_rn
#undef sctp_remote_error
#undef sctp_reset_streams
#undef sctp_rtoinfo
#undef sctp_sack_info
#undef sctp_send_failed_event
#undef sctp_sender_dry_event
#undef sctp_sendv_spa
#undef sctp_setadaptation
#undef sctp_setpeerprim
#undef sctp_setprim
#undef sctp_shutdown_event
#undef sctp_snd_all_completes
#undef sctp_sndinfo
#undef sctp_sockstore
#undef sctp_status
#undef sctp_stream_change_event
#undef sctp_stream_reset_event
#undef sctp_stream_value
#undef sctp_timeouts
#undef sctp_timeval
#undef sctp_tlv
#undef sctp_udpencaps

// Macros of equal names make equal Swift symbols, so the constants that our code uses get names of their own as well.
enum {
    USRSCTP_PROTOCOL = IPPROTO_SCTP,
    USRSCTP_FAMILY = AF_CONN,
    USRSCTP_ONE_TO_ONE = SOCK_STREAM,
    USRSCTP_OPTION_RTO = SCTP_RTOINFO,
    USRSCTP_OPTION_ASSOCIATION = SCTP_ASSOCINFO,
    USRSCTP_OPTION_INIT = SCTP_INITMSG,
    USRSCTP_OPTION_NODELAY = SCTP_NODELAY,
    USRSCTP_OPTION_PATH = SCTP_PEER_ADDR_PARAMS,
    USRSCTP_OPTION_EVENT = SCTP_EVENT,
    USRSCTP_OPTION_STATUS = SCTP_STATUS,
    USRSCTP_HEARTBEAT_ENABLE = SPP_HB_ENABLE,
    USRSCTP_SEND_INFO = SCTP_SENDV_SNDINFO,
    USRSCTP_MESSAGE_END = MSG_EOR,
    USRSCTP_MESSAGE_NOTIFICATION = MSG_NOTIFICATION,
    USRSCTP_NOTICE_ASSOCIATION = SCTP_ASSOC_CHANGE,
    USRSCTP_NOTICE_PATH = SCTP_PEER_ADDR_CHANGE,
    USRSCTP_NOTICE_SHUTDOWN = SCTP_SHUTDOWN_EVENT,
    USRSCTP_NOTICE_PARTIAL = SCTP_PARTIAL_DELIVERY_EVENT,
    USRSCTP_NOTICE_SEND_FAILED = SCTP_SEND_FAILED_EVENT,
    USRSCTP_STATE_UP = SCTP_COMM_UP,
    USRSCTP_STATE_LOST = SCTP_COMM_LOST,
    USRSCTP_STATE_RESTART = SCTP_RESTART,
    USRSCTP_STATE_SHUTDOWN_COMPLETE = SCTP_SHUTDOWN_COMP,
    USRSCTP_STATE_CANNOT_START = SCTP_CANT_STR_ASSOC,
    USRSCTP_PATH_AVAILABLE = SCTP_ADDR_AVAILABLE,
    USRSCTP_PATH_UNREACHABLE = SCTP_ADDR_UNREACHABLE,
    USRSCTP_PATH_CONFIRMED = SCTP_ADDR_CONFIRMED,
};
