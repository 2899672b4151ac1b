// The same work by osip2 and by sofia-sip, as often as asked.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What is done once a round.
enum peer_task {
    /// Copy the octets, as from a socket's buffer, and parse.
    PEER_PARSE = 0,
    /// That, and read five headers: branch of the top Via, tag of From, host of To, Call-ID, number of CSeq.
    PEER_EXTRACT = 1,
    /// Write a parsed message into octets of its own.
    PEER_SERIALISE = 2,
    /// Parse, put a Via on top, write: what a proxy does to every request.
    PEER_PASS_ON = 3,
    /// Parse a session description; read the address, and the port and first format of each medium.
    PEER_DESCRIBE = 4,
};

/// Whether the libraries could be set up.
int peers_prepare(void);

/// A sum over what was read or written, the same for each library that has done the same; 0 when a step failed.
uint64_t osip2_perform(enum peer_task task, const char *text, size_t length, size_t rounds);
uint64_t sofia_perform(enum peer_task task, const char *text, size_t length, size_t rounds);

/// Length, first and last octet of a value enter the sum.
static inline uint64_t peer_fold(uint64_t sum, const char *text, size_t length) {
    if (!text || length == 0) return sum * 31;
    return sum * 31 + length + (unsigned char)text[0] + 256 * (uint64_t)(unsigned char)text[length - 1];
}

/// The Via that PEER_PASS_ON puts on top.
#define PEER_VIA "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK00000000"
