// sofia-sip parses a message into structures in a memory home of its own, which msg_destroy gives back at once; headers
// keep their text, so that one that nobody changes is written by copying.
#include "peers.h"
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sdp.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/su.h>
#include <stdlib.h>
#include <string.h>

int osip2_prepare(void);

int peers_prepare(void) { return su_init() == 0 && osip2_prepare(); }

static uint64_t fold_string(uint64_t sum, const char *text) { return peer_fold(sum, text, text ? strlen(text) : 0); }

static uint64_t extract(sip_t const *sip) {
    if (!sip->sip_via || !sip->sip_from || !sip->sip_to || !sip->sip_call_id || !sip->sip_cseq) return 0;
    uint64_t sum = fold_string(0, sip->sip_via->v_branch);
    sum = fold_string(sum, sip->sip_from->a_tag);
    sum = fold_string(sum, sip->sip_to->a_url->url_host);
    sum = fold_string(sum, sip->sip_call_id->i_id);
    return sum * 31 + sip->sip_cseq->cs_seq;
}

/// The fastest way out that it has: the pieces of msg_iovec, copied into one buffer.
static uint64_t write_out(msg_t *message) {
    enum { most = 128 };
    msg_iovec_t pieces[most];
    if (msg_prepare(message) < 0) return 0;
    isize_t count = msg_iovec(message, pieces, most);
    if (count > most) return 0;
    size_t length = 0;
    for (isize_t piece = 0; piece < count; piece++) length += pieces[piece].mv_len;
    char *text = malloc(length);
    if (!text) return 0;
    size_t position = 0;
    for (isize_t piece = 0; piece < count; piece++) {
        memcpy(text + position, pieces[piece].mv_base, pieces[piece].mv_len);
        position += pieces[piece].mv_len;
    }
    // Read back, so that the copy is not left out.
    uint64_t sum = text[0] ? length : 0;
    free(text);
    return sum;
}

static uint64_t put_via(msg_t *message) {
    sip_via_t *via = sip_via_make(msg_home(message), PEER_VIA);
    return via && msg_header_insert(message, NULL, (msg_header_t *)via) == 0;
}

static uint64_t describe(const char *text, size_t length) {
    sdp_parser_t *parser = sdp_parse(NULL, text, length, 0);
    sdp_session_t *session = sdp_session(parser);
    uint64_t sum = 0;
    if (session) {
        sum = fold_string(sum, session->sdp_connection ? session->sdp_connection->c_address : NULL);
        for (sdp_media_t *medium = session->sdp_media; medium; medium = medium->m_next) {
            sum = sum * 31 + medium->m_port;
            if (medium->m_rtpmaps) {
                char digits[4];
                int count = 0, type = medium->m_rtpmaps->rm_pt;
                if (type >= 100) digits[count++] = '0' + type / 100;
                if (type >= 10) digits[count++] = '0' + type / 10 % 10;
                digits[count++] = '0' + type % 10;
                sum = peer_fold(sum, digits, count);
            } else {
                sum = fold_string(sum, medium->m_format ? medium->m_format->l_text : NULL);
            }
        }
    }
    sdp_parser_free(parser);
    return sum;
}

static uint64_t perform_once(enum peer_task task, const char *text, size_t length) {
    if (task == PEER_DESCRIBE) return describe(text, length);
    msg_t *message = msg_make(sip_default_mclass(), 0, text, length);
    if (!message) return 0;
    uint64_t sum = 0;
    sip_t *sip = sip_object(message);
    if (sip && !(sip->sip_flags & MSG_FLG_ERROR)) {
        switch (task) {
        case PEER_EXTRACT: sum = extract(sip); break;
        case PEER_PASS_ON: sum = put_via(message) ? write_out(message) : 0; break;
        default: sum = 1;
        }
    }
    msg_destroy(message);
    return sum;
}

static uint64_t serialise(const char *text, size_t length, size_t rounds) {
    msg_t *message = msg_make(sip_default_mclass(), 0, text, length);
    if (!message) return 0;
    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) sum = write_out(message);
    msg_destroy(message);
    return sum;
}

uint64_t sofia_perform(enum peer_task task, const char *text, size_t length, size_t rounds) {
    if (task == PEER_SERIALISE) return serialise(text, length, rounds);
    uint64_t sum = 0;
    for (size_t round = 0; round < rounds; round++) sum = perform_once(task, text, length);
    return sum;
}
