// Messages of ours encoded and decoded by freeDiameter's libfdproto, as often as asked.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Sets libfdproto and a dictionary of what our UAR, UAA, SAR and SAA hold up. 0 when that fails.
int diameter_peer_prepare(void);

/// What one message holds: its header and its AVPs, ready to be encoded again.
struct diameter_peer_message;

/// NULL when the octets cannot be read with the dictionary.
struct diameter_peer_message *diameter_peer_read(const uint8_t *octets, size_t length);

/// Builds the message AVP by AVP and writes it out. 1 when the last one was, octet for octet, what was read; 0 otherwise.
int diameter_peer_encode(const struct diameter_peer_message *message, size_t rounds);

/// Parses the message with the dictionary and looks at the value of every AVP. The octets in all of them together.
size_t diameter_peer_decode(const struct diameter_peer_message *message, size_t rounds);
