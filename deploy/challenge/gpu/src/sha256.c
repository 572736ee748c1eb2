/* SHA-256 (FIPS 180-4, section 6.2). */
#include "sha256.h"

#include <string.h>

#define BLOCK_BYTES 64

static const uint32_t round_words[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turned(uint32_t word, unsigned bits) { return word >> bits | word << (32 - bits); }

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void compress(uint32_t state[8], const uint8_t *block) {
  uint32_t words[64], v[8];
  for (int at = 0; at < 16; ++at) words[at] = big_endian(block + 4 * at);
  for (int at = 16; at < 64; ++at) {
    const uint32_t a = words[at - 15], b = words[at - 2];
    words[at] = words[at - 16] + (turned(a, 7) ^ turned(a, 18) ^ a >> 3) + words[at - 7] + (turned(b, 17) ^ turned(b, 19) ^ b >> 10);
  }
  memcpy(v, state, sizeof v);
  for (int at = 0; at < 64; ++at) {
    const uint32_t a = v[0], e = v[4];
    const uint32_t first = v[7] + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + round_words[at] + words[at];
    const uint32_t second = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += first;
    v[0] = first + second;
  }
  for (int at = 0; at < 8; ++at) state[at] += v[at];
}

void sha256_tagged(uint8_t tag, const uint8_t *bytes, size_t length, uint8_t digest[DIGEST_BYTES]) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block[2 * BLOCK_BYTES] = {tag};
  const uint64_t bits = 8 * ((uint64_t)length + 1);
  size_t taken = length < BLOCK_BYTES - 1 ? length : BLOCK_BYTES - 1;
  memcpy(block + 1, bytes, taken);
  size_t held = taken + 1;
  while (held == BLOCK_BYTES) {
    compress(state, block);
    held = length - taken < BLOCK_BYTES ? length - taken : BLOCK_BYTES;
    memcpy(block, bytes + taken, held);
    taken += held;
  }
  memset(block + held, 0, sizeof block - held);
  block[held] = 0x80;
  const size_t padded = held + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  for (int at = 0; at < 8; ++at) block[padded - 1 - at] = (uint8_t)(bits >> 8 * at);
  for (size_t at = 0; at < padded; at += BLOCK_BYTES) compress(state, block + at);
  for (int at = 0; at < DIGEST_BYTES; ++at) digest[at] = (uint8_t)(state[at / 4] >> (24 - 8 * (at % 4)));
}
