// osip2 parses a message into strings and lists of its own; osip_message_free gives them back one by one.
#include "peers.h"
#include <osipparser2/osip_parser.h>
#include <osipparser2/sdp_message.h>
#include <stdlib.h>
#include <string.h>

static uint64_t fold_string(uint64_t sum, const char *text) { return peer_fold(sum, text, text ? strlen(text) : 0); }

static uint64_t extract(osip_message_t *message) {
    uint64_t sum = 0;
    osip_via_t *via = NULL;
    osip_generic_param_t *parameter = NULL;
    if (osip_message_get_via(message, 0, &via) < 0 || !via) return 0;
    osip_via_param_get_byname(via, "branch", &parameter);
    sum = fold_string(sum, parameter ? parameter->gvalue : NULL);
    parameter = NULL;
    osip_from_get_tag(message->from, &parameter);
    sum = fold_string(sum, parameter ? parameter->gvalue : NULL);
    sum = fold_string(sum, message->to->url->host);
    // The number of a Call-ID and its host are apart here.
    const char *number = osip_call_id_get_number(message->call_id), *host = osip_call_id_get_host(message->call_id);
    size_t count = strlen(number) + (host ? strlen(host) + 1 : 0);
    const char *end = host ? host : number;
    sum = sum * 31 + count + (unsigned char)number[0] + 256 * (uint64_t)(unsigned char)end[strlen(end) - 1];
    return sum * 31 + strtoul(osip_cseq_get_number(message->cseq), NULL, 10);
}

static uint64_t write_out(osip_message_t *message) {
    char *text = NULL;
    size_t length = 0;
    osip_message_force_update(message);
    if (osip_message_to_str(message, &text, &length) != 0) return 0;
    uint64_t sum = length;
    osip_free(text);
    return sum;
}

static uint64_t put_via(osip_message_t *message) {
    osip_via_t *via;
    if (osip_via_init(&via) != 0 || osip_via_parse(via, PEER_VIA) != 0) return 0;
    return osip_list_add(&message->vias, via, 0) >= 0;
}

static uint64_t describe(const char *text) {
    sdp_message_t *description;
    if (sdp_message_init(&description) != 0) return 0;
    uint64_t sum = 0;
    if (sdp_message_parse(description, text) == 0) {
        sum = fold_string(sum, sdp_message_c_addr_get(description, -1, 0));
        for (int medium = 0; !sdp_message_endof_media(description, medium); medium++) {
            sum = sum * 31 + strtoul(sdp_message_m_port_get(description, medium), NULL, 10);
            sum = fold_string(sum, sdp_message_m_payload_get(description, medium, 0));
        }
    }
    sdp_message_free(description);
    return sum;
}

static uint64_t perform_once(enum peer_task task, const char *text, size_t length) {
    if (task == PEER_DESCRIBE) return describe(text);
    osip_message_t *message;
    if (osip_message_init(&message) != 0) return 0;
    uint64_t sum = 0;
    if (osip_message_parse(message, text, length) == 0) {
        switch (task) {
        case PEER_EXTRACT: sum = extract(message); break;
        case PEER_PASS_ON: sum = put_via(message) ? write_out(message) : 0; break;
        default: sum = 1;
        }
    }
    osip_message_free(message);
    return sum;
}

static uint64_t serialise(const char *text, size_t length, size_t rounds) {
    osip_message_t *message;
    if (osip_message_init(&message) != 0) return 0;
    uint64_t sum = 0;
    if (osip_message_parse(message, text, length) == 0)
        for (size_t round = 0; round < rounds; round++) sum = write_out(message);
    osip_message_free(message);
    return sum;
}

uint64_t osip2_perform(enum peer_task task, const char *text, size_t length, size_t rounds) {
    if (task == PEER_SERIALISE) return serialise(text, length, rounds);
    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) sum = perform_once(task, text, length);
    return sum;
}

int osip2_prepare(void);
int osip2_prepare(void) { return parser_init() == 0; }
