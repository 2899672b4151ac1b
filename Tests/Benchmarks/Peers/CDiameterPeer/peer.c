// libfdproto makes an object of each AVP; a message is a tree of them. fd_msg_parse_buffer takes over the octets it is
// given and frees them with the message, so each round copies them, as a daemon does from its socket.
#include "diameter_peer.h"
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>
#include <stdlib.h>
#include <string.h>

enum { CX = 16777216, VENDOR_3GPP = 10415, MOST_AVPS = 32 };

struct value {
    struct dict_object *model;
    uint8_t flags;
    int depth;
    int has_value;
    union avp_value value;
};

struct diameter_peer_message {
    struct dict_object *model;
    struct msg_hdr header;
    size_t count;
    struct value values[MOST_AVPS];
    uint8_t *octets;
    size_t length;
};

static struct dictionary *dictionary;

static const struct {
    avp_code_t code;
    vendor_id_t vendor;
    char *name;
    enum dict_avp_basetype type;
} avps[] = {
    {1, 0, "User-Name", AVP_TYPE_OCTETSTRING},
    {258, 0, "Auth-Application-Id", AVP_TYPE_UNSIGNED32},
    {260, 0, "Vendor-Specific-Application-Id", AVP_TYPE_GROUPED},
    {263, 0, "Session-Id", AVP_TYPE_OCTETSTRING},
    {264, 0, "Origin-Host", AVP_TYPE_OCTETSTRING},
    {266, 0, "Vendor-Id", AVP_TYPE_UNSIGNED32},
    {268, 0, "Result-Code", AVP_TYPE_UNSIGNED32},
    {277, 0, "Auth-Session-State", AVP_TYPE_INTEGER32},
    {283, 0, "Destination-Realm", AVP_TYPE_OCTETSTRING},
    {296, 0, "Origin-Realm", AVP_TYPE_OCTETSTRING},
    {297, 0, "Experimental-Result", AVP_TYPE_GROUPED},
    {298, 0, "Experimental-Result-Code", AVP_TYPE_UNSIGNED32},
    {600, VENDOR_3GPP, "Visited-Network-Identifier", AVP_TYPE_OCTETSTRING},
    {601, VENDOR_3GPP, "Public-Identity", AVP_TYPE_OCTETSTRING},
    {602, VENDOR_3GPP, "Server-Name", AVP_TYPE_OCTETSTRING},
    {606, VENDOR_3GPP, "User-Data", AVP_TYPE_OCTETSTRING},
    {614, VENDOR_3GPP, "Server-Assignment-Type", AVP_TYPE_INTEGER32},
    {623, VENDOR_3GPP, "User-Authorization-Type", AVP_TYPE_INTEGER32},
    {624, VENDOR_3GPP, "User-Data-Already-Available", AVP_TYPE_INTEGER32},
};

static int define_command(command_code_t code, char *request, char *answer, struct dict_object *application) {
    uint8_t mask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
    struct dict_cmd_data data = {code, request, mask, mask};
    if (fd_dict_new(dictionary, DICT_COMMAND, &data, application, NULL) != 0) return 0;
    data = (struct dict_cmd_data){code, answer, mask, CMD_FLAG_PROXIABLE};
    return fd_dict_new(dictionary, DICT_COMMAND, &data, application, NULL) == 0;
}

int diameter_peer_prepare(void) {
    struct dict_vendor_data vendor = {VENDOR_3GPP, "3GPP"};
    struct dict_application_data cx = {CX, "Cx"};
    struct dict_object *application;
    if (fd_libproto_init() != 0 || fd_dict_init(&dictionary) != 0) return 0;
    if (fd_dict_new(dictionary, DICT_VENDOR, &vendor, NULL, NULL) != 0) return 0;
    if (fd_dict_new(dictionary, DICT_APPLICATION, &cx, NULL, &application) != 0) return 0;
    for (size_t index = 0; index < sizeof avps / sizeof *avps; index++) {
        uint8_t flags = avps[index].vendor ? AVP_FLAG_VENDOR : 0;
        struct dict_avp_data data = {
            avps[index].code, avps[index].vendor, avps[index].name, AVP_FLAG_VENDOR, flags, avps[index].type};
        if (fd_dict_new(dictionary, DICT_AVP, &data, NULL, NULL) != 0) return 0;
    }
    return define_command(300, "User-Authorization-Request", "User-Authorization-Answer", application) &&
           define_command(301, "Server-Assignment-Request", "Server-Assignment-Answer", application);
}

static struct msg *parse(const uint8_t *octets, size_t length) {
    struct msg *message = NULL;
    uint8_t *copy = malloc(length);
    if (!copy) return NULL;
    memcpy(copy, octets, length);
    if (fd_msg_parse_buffer(&copy, length, &message) != 0) {
        free(copy);
        return NULL;
    }
    if (fd_msg_parse_dict(message, dictionary, NULL) == 0) return message;
    fd_msg_free(message);
    return NULL;
}

struct diameter_peer_message *diameter_peer_read(const uint8_t *octets, size_t length) {
    struct diameter_peer_message *read = calloc(1, sizeof *read);
    struct msg *message = read ? parse(octets, length) : NULL;
    struct msg_hdr *header;
    struct avp *avp = NULL;
    int depth = 0;
    if (!message || fd_msg_model(message, &read->model) != 0 || fd_msg_hdr(message, &header) != 0) return NULL;
    read->header = *header;
    read->octets = malloc(length);
    if (!read->octets) return NULL;
    memcpy(read->octets, octets, length);
    read->length = length;
    if (fd_msg_browse(message, MSG_BRW_FIRST_CHILD, &avp, &depth) != 0) return NULL;
    while (avp) {
        struct value *value = &read->values[read->count];
        struct avp_hdr *avp_header;
        if (read->count++ == MOST_AVPS || fd_msg_avp_hdr(avp, &avp_header) != 0) return NULL;
        if (fd_msg_model(avp, &value->model) != 0 || !value->model) return NULL;
        value->flags = avp_header->avp_flags;
        value->depth = depth;
        // Its octets belong to `message`, which is therefore kept.
        if (avp_header->avp_value) value->has_value = 1, value->value = *avp_header->avp_value;
        if (fd_msg_browse(avp, MSG_BRW_WALK, &avp, &depth) != 0) return NULL;
    }
    return read;
}

static struct msg *build(const struct diameter_peer_message *content) {
    struct msg *message;
    struct msg_hdr *header;
    struct avp *group = NULL;
    if (fd_msg_new(content->model, 0, &message) != 0) return NULL;
    if (fd_msg_hdr(message, &header) != 0) goto failed;
    header->msg_flags = content->header.msg_flags;
    header->msg_appl = content->header.msg_appl;
    header->msg_hbhid = content->header.msg_hbhid;
    header->msg_eteid = content->header.msg_eteid;
    for (size_t index = 0; index < content->count; index++) {
        struct value value = content->values[index];
        struct avp *avp;
        struct avp_hdr *avp_header;
        if (fd_msg_avp_new(value.model, 0, &avp) != 0) goto failed;
        if (fd_msg_avp_hdr(avp, &avp_header) != 0) goto failed;
        avp_header->avp_flags = value.flags;
        if (value.has_value && fd_msg_avp_setvalue(avp, &value.value) != 0) goto failed;
        if (fd_msg_avp_add(value.depth > 1 ? (void *)group : (void *)message, MSG_BRW_LAST_CHILD, avp) != 0) goto failed;
        if (value.depth == 1) group = avp;
    }
    return message;
failed:
    fd_msg_free(message);
    return NULL;
}

int diameter_peer_encode(const struct diameter_peer_message *content, size_t rounds) {
    int same = 0;
    for (size_t round = 0; round < rounds; round++) {
        uint8_t *octets;
        size_t length;
        struct msg *message = build(content);
        if (!message || fd_msg_bufferize(message, &octets, &length) != 0) return 0;
        if (round + 1 == rounds) same = length == content->length && memcmp(octets, content->octets, length) == 0;
        free(octets);
        fd_msg_free(message);
    }
    return same;
}

size_t diameter_peer_decode(const struct diameter_peer_message *content, size_t rounds) {
    size_t sum = 0;
    for (size_t round = 0; round < rounds; round++) {
        struct msg *message = parse(content->octets, content->length);
        struct avp *avp = NULL;
        if (!message || fd_msg_browse(message, MSG_BRW_FIRST_CHILD, &avp, NULL) != 0) return 0;
        sum = 0;
        while (avp) {
            struct avp_hdr *header;
            if (fd_msg_avp_hdr(avp, &header) != 0) return 0;
            if (header->avp_value) sum += header->avp_len;
            if (fd_msg_browse(avp, MSG_BRW_WALK, &avp, NULL) != 0) return 0;
        }
        fd_msg_free(message);
    }
    return sum;
}
