/*
 * What common/challenge/gemm.ts describes, on a device: matrices of 8-bit integers, 256 columns wide, in tiles of 64 rows.
 * Everything is little-endian; four entries stand in a word.
 */

#define TILE_WORDS 4096
#define ROW_WORDS 64
#define ROWS_OF_ITEM 16
#define TILE_BITS (8 * (4 * TILE_WORDS + 1))

/* Loops of few steps are unrolled, or what they count through would lie in memory and not in registers. */

/* ChaCha20's quarter round (RFC 8439, section 2.1). */
#define QUARTER(a, b, c, d)                                                                                            \
  a += b, d = rotate(d ^ a, 16u), c += d, b = rotate(b ^ c, 12u), a += b, d = rotate(d ^ a, 8u), c += d,               \
      b = rotate(b ^ c, 7u)

/*
 * A block of 64 bytes an item: the key stream of ChaCha20 (RFC 8439, section 2.3), 2^block_bits blocks for each number, which is
 * the end of the nonce.
 */
__kernel void fill(__global uint *out, const uint8 key, const ulong first, const uint block_bits) {
  const size_t item = get_global_id(0);
  const ulong number = first + (item >> block_bits);
  const uint block = (uint)item & ((1u << block_bits) - 1u);
  const uint start[16] = {0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u, key.s0, key.s1, key.s2, key.s3,
                          key.s4, key.s5, key.s6, key.s7, block, 0u, (uint)number, (uint)(number >> 32)};
  uint x[16];
  #pragma unroll
  for (uint at = 0; at < 16; ++at) x[at] = start[at];
  for (uint round = 0; round < 10; ++round) {
    QUARTER(x[0], x[4], x[8], x[12]);
    QUARTER(x[1], x[5], x[9], x[13]);
    QUARTER(x[2], x[6], x[10], x[14]);
    QUARTER(x[3], x[7], x[11], x[15]);
    QUARTER(x[0], x[5], x[10], x[15]);
    QUARTER(x[1], x[6], x[11], x[12]);
    QUARTER(x[2], x[7], x[8], x[13]);
    QUARTER(x[3], x[4], x[9], x[14]);
  }
  __global uint *own = out + item * 16;
  #pragma unroll
  for (uint at = 0; at < 16; ++at) own[at] = x[at] + start[at];
}

static int dot4(const uint a, const uint b) {
  const int4 products = convert_int4(as_char4(a)) * convert_int4(as_char4(b));
  return products.s0 + products.s1 + products.s2 + products.s3;
}

/* A sum brought down to 8 bits: the top byte after MurmurHash3's finaliser. */
static uint fold(const int sum) {
  uint mixed = (uint)sum;
  mixed = (mixed ^ (mixed >> 16)) * 0x85ebca6bu;
  mixed = (mixed ^ (mixed >> 13)) * 0xc2b2ae35u;
  return mixed >> 24;
}

/*
 * A tile a group of 256 items, in place. An item has 16 rows of four columns; `second` holds, for each four rows of the factor, a
 * word of each column.
 */
__kernel __attribute__((reqd_work_group_size(256, 1, 1))) void multiply(__global uint *state,
                                                                        __global const uint4 *second) {
  __local uint tile[TILE_WORDS];
  const uint item = get_local_id(0);
  __global uint *own = state + get_group_id(0) * TILE_WORDS;
  for (uint at = item; at < TILE_WORDS; at += 256) tile[at] = own[at];
  barrier(CLK_LOCAL_MEM_FENCE);
  const uint columns = item % ROW_WORDS;
  const uint rows = item / ROW_WORDS * ROWS_OF_ITEM;
  int sums[ROWS_OF_ITEM][4];
  #pragma unroll
  for (uint row = 0; row < ROWS_OF_ITEM; ++row) sums[row][0] = sums[row][1] = sums[row][2] = sums[row][3] = 0;
  for (uint at = 0; at < ROW_WORDS; ++at) {
    const uint4 factors = second[at * ROW_WORDS + columns];
    #pragma unroll
    for (uint row = 0; row < ROWS_OF_ITEM; ++row) {
      const uint four = tile[(rows + row) * ROW_WORDS + at];
      sums[row][0] += dot4(four, factors.s0);
      sums[row][1] += dot4(four, factors.s1);
      sums[row][2] += dot4(four, factors.s2);
      sums[row][3] += dot4(four, factors.s3);
    }
  }
  #pragma unroll
  for (uint row = 0; row < ROWS_OF_ITEM; ++row)
    own[(rows + row) * ROW_WORDS + columns] = fold(sums[row][0]) | fold(sums[row][1]) << 8 | fold(sums[row][2]) << 16 |
                                              fold(sums[row][3]) << 24;
}

__constant uint ROUND_WORDS[64] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
    0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
    0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
    0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
    0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
    0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
    0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u};

static void begin(uint *digest) {
  const uint first[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                         0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
  #pragma unroll
  for (uint at = 0; at < 8; ++at) digest[at] = first[at];
}

/* SHA-256's compression of one block (FIPS 180-4, section 6.2.2); the block's words are used up. */
static void compress(uint *digest, uint *words) {
  uint a = digest[0], b = digest[1], c = digest[2], d = digest[3];
  uint e = digest[4], f = digest[5], g = digest[6], h = digest[7];
  for (uint from = 0; from < 64; from += 16) {
    #pragma unroll
    for (uint at = 0; at < 16; ++at) {
      if (from > 0) {
        const uint w15 = words[(at + 1) & 15], w2 = words[(at + 14) & 15];
        words[at] += (rotate(w15, 25u) ^ rotate(w15, 14u) ^ w15 >> 3) + words[(at + 9) & 15] +
                     (rotate(w2, 15u) ^ rotate(w2, 13u) ^ w2 >> 10);
      }
      const uint t1 = h + (rotate(e, 26u) ^ rotate(e, 21u) ^ rotate(e, 7u)) + ((e & f) ^ (~e & g)) +
                      ROUND_WORDS[from + at] + words[at];
      const uint t2 = (rotate(a, 30u) ^ rotate(a, 19u) ^ rotate(a, 10u)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
  }
  digest[0] += a, digest[1] += b, digest[2] += c, digest[3] += d;
  digest[4] += e, digest[5] += f, digest[6] += g, digest[7] += h;
}

/* SHA-256 of a byte 0 and a tile: a leaf as in RFC 6962, section 2.1. */
static void digest_leaf(uint *digest, __global const uint *tile) {
  uint words[16];
  uint carry = 0;
  begin(digest);
  for (uint block = 0; block < TILE_WORDS; block += 16) {
    #pragma unroll
    for (uint at = 0; at < 16; ++at) {
      const uint word = as_uint(as_uchar4(tile[block + at]).s3210);
      words[at] = carry << 24 | word >> 8;
      carry = word & 0xffu;
    }
    compress(digest, words);
  }
  #pragma unroll
  for (uint at = 0; at < 16; ++at) words[at] = 0;
  words[0] = carry << 24 | 0x800000u;
  words[15] = TILE_BITS;
  compress(digest, words);
}

/* SHA-256 of a byte 1 and two digests: an inner node. */
static void digest_pair(uint *digest, __local const uint *left, __local const uint *right) {
  uint words[16];
  uint carry = 1;
  begin(digest);
  #pragma unroll
  for (uint at = 0; at < 16; ++at) {
    const uint word = at < 8 ? left[at] : right[at - 8];
    words[at] = carry << 24 | word >> 8;
    carry = word & 0xffu;
  }
  compress(digest, words);
  #pragma unroll
  for (uint at = 0; at < 16; ++at) words[at] = 0;
  words[0] = carry << 24 | 0x800000u;
  words[15] = 8 * 65;
  compress(digest, words);
}

/* A tile an item, 32 tiles a group; of these comes one node, five levels above the leaves, its words big-endian. */
__kernel __attribute__((reqd_work_group_size(32, 1, 1))) void digest(__global const uint *state, __global uint *nodes,
                                                                     const ulong first) {
  __local uint level[32][8];
  const uint item = get_local_id(0);
  uint own[8];
  digest_leaf(own, state + get_global_id(0) * TILE_WORDS);
  #pragma unroll
  for (uint at = 0; at < 8; ++at) level[item][at] = own[at];
  for (uint width = 16; width > 0; width /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < width) digest_pair(own, level[2 * item], level[2 * item + 1]);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < width)
      #pragma unroll
      for (uint at = 0; at < 8; ++at) level[item][at] = own[at];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  if (item < 8) nodes[(first + get_group_id(0)) * 8 + item] = as_uint(as_uchar4(level[0][item]).s3210);
}
