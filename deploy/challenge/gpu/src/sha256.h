#ifndef HEADFRAME_SHA256_H
#define HEADFRAME_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32

/* SHA-256 of a byte and what follows it: leaves and nodes of a Merkle tree begin with 0 and 1 (RFC 6962, section 2.1). */
void sha256_tagged(uint8_t tag, const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_BYTES]);

#endif
