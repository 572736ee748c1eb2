/*
 * Proves GPUs: does what agent/challenge/gpu/devices.ts asks for. A request is a letter, the length of what follows in four bytes,
 * little-endian, and that; an answer the same with '0', or with '1' and the reason why nothing more can be done, or '2' where there
 * are no GPUs. `headframe-gpu-prover [--allow-cpu-devices] [--chunk-tiles=N]`; both are for tests, and no agent gives them: CPUs count as
 * GPUs, and a buffer holds no more than N tiles.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "device.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers are sent as they lie in memory, which has to be little-endian"
#endif

#define MOST_REQUEST 16384
#define MOST_FILE 65536
#define LEAF 0
/* Siblings of a tile: five in its group, and those above. */
#define MOST_PATH 64
#define CHUNK_OPTION "--chunk-tiles="
#define READABLE "/sys/fs/cgroup/"

static struct device devices[MOST_DEVICES];
/* Which of them are at work, in the order in which they were asked for. */
static struct device *at_work[MOST_DEVICES];
static size_t device_count, work_count, round_count, rounds_asked;
static uint8_t keys[MOST_ROUNDS][KEY_BYTES];

static void write_all(const void *bytes, size_t length) {
  for (const char *at = bytes; length > 0;) {
    const ssize_t written = write(STDOUT_FILENO, at, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) exit(1);
    at += written;
    length -= (size_t)written;
  }
}

static void answer(char status, const void *bytes, uint32_t length) {
  write_all(&status, 1);
  write_all(&length, sizeof length);
  write_all(bytes, length);
}

void fail(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  answer('1', text, (uint32_t)strlen(text));
  exit(1);
}

/* Whether so much came; 0 at the end. */
static int read_all(void *bytes, size_t length) {
  for (char *at = bytes; length > 0;) {
    const ssize_t got = read(STDIN_FILENO, at, length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    at += got;
    length -= (size_t)got;
  }
  return 1;
}

struct request {
  const uint8_t *at, *end;
};

static void take(struct request *request, void *value, size_t size) {
  if ((size_t)(request->end - request->at) < size) fail("a request is too short");
  memcpy(value, request->at, size);
  request->at += size;
}

static void open_devices(int allows_cpus) {
  static const char none[] = "OpenCL finds no GPU";
  device_count = devices_open(devices, allows_cpus);
  if (device_count > 0) {
    answer('0', NULL, 0);
    return;
  }
  answer('2', none, sizeof none - 1);
  exit(1);
}

/* The device of that id; of drivers that tell no ids, the next that has no work. */
static struct device *device_of(const char *id) {
  struct device *next = NULL;
  for (size_t at = 0; at < device_count; ++at) {
    if (devices[at].tiles > 0) continue;
    if (strcasecmp(devices[at].uuid, id) == 0) return &devices[at];
    if (next == NULL && devices[at].uuid[0] == '\0') next = &devices[at];
  }
  if (next == NULL) fail("there is no GPU %s", id);
  return next;
}

static void fill(struct request *request) {
  uint16_t rounds;
  uint8_t count;
  take(request, &rounds, sizeof rounds);
  take(request, &count, sizeof count);
  if (work_count > 0 || rounds > MOST_ROUNDS || count > MOST_DEVICES) fail("it was asked to fill too much");
  rounds_asked = rounds;
  for (uint8_t at = 0; at < count; ++at) {
    char id[256] = "";
    uint8_t length, key[KEY_BYTES];
    uint64_t tiles;
    take(request, &length, sizeof length);
    take(request, id, length);
    take(request, &tiles, sizeof tiles);
    take(request, key, sizeof key);
    if (tiles == 0 || tiles % GROUP_TILES != 0) fail("%llu tiles are no whole groups", (unsigned long long)tiles);
    struct device *device = device_of(id);
    device_fill(device, tiles, key);
    at_work[work_count++] = device;
  }
  answer('0', NULL, 0);
}

static void multiply(struct request *request) {
  uint8_t roots[MOST_DEVICES * DIGEST_BYTES];
  if (round_count == rounds_asked) fail("it was asked for more products than it was told of");
  take(request, keys[round_count], KEY_BYTES);
  for (size_t at = 0; at < work_count; ++at) device_multiply(at_work[at], keys[round_count]);
  for (size_t at = 0; at < work_count; ++at) {
    device_settle(at_work[at], round_count);
    memcpy(roots + DIGEST_BYTES * at, tree_root(&at_work[at]->trees[round_count]), DIGEST_BYTES);
  }
  ++round_count;
  answer('0', roots, (uint32_t)(DIGEST_BYTES * work_count));
}

/* A tile after a product, and its siblings from below. */
static void tell_tile(struct request *request) {
  static uint8_t tiles[GROUP_TILES * TILE_BYTES];
  static uint8_t said[TILE_BYTES + MOST_PATH * DIGEST_BYTES];
  uint8_t number, leaves[GROUP_TILES * DIGEST_BYTES];
  uint16_t round;
  uint64_t tile;
  take(request, &number, sizeof number);
  take(request, &round, sizeof round);
  take(request, &tile, sizeof tile);
  if (number >= work_count || round >= round_count || tile >= at_work[number]->tiles) fail("it was asked for a tile that there is not");
  struct device *device = at_work[number];
  device_remake(device, tile / GROUP_TILES, keys, round + 1u, tiles);
  for (size_t at = 0; at < GROUP_TILES; ++at) sha256_tagged(LEAF, tiles + at * TILE_BYTES, TILE_BYTES, leaves + at * DIGEST_BYTES);
  struct tree group = {0};
  if (!tree_make(&group, leaves, GROUP_TILES)) fail("there is no memory for a tree");
  memcpy(said, tiles + tile % GROUP_TILES * TILE_BYTES, TILE_BYTES);
  size_t siblings = tree_path(&group, tile % GROUP_TILES, said + TILE_BYTES);
  free(group.nodes);
  siblings += tree_path(&device->trees[round], tile / GROUP_TILES, said + TILE_BYTES + siblings * DIGEST_BYTES);
  answer('0', said, (uint32_t)(TILE_BYTES + siblings * DIGEST_BYTES));
}

/* What the kernel says of the container; nothing where it says nothing. */
static void tell_file(struct request *request) {
  static char text[MOST_FILE];
  char path[512] = "";
  const size_t length = (size_t)(request->end - request->at);
  if (length >= sizeof path) fail("a path is too long");
  take(request, path, length);
  if (strncmp(path, READABLE, strlen(READABLE)) != 0 || strstr(path, "..") != NULL) fail("only files of %s are read", READABLE);
  FILE *file = fopen(path, "re");
  const size_t got = file == NULL ? 0 : fread(text, 1, sizeof text, file);
  if (file != NULL) fclose(file);
  answer('0', text, (uint32_t)got);
}

int main(int count, char **arguments) {
  int allows_cpus = 0;
  for (int at = 1; at < count; ++at) {
    if (strcmp(arguments[at], "--allow-cpu-devices") == 0)
      allows_cpus = 1;
    else if (strncmp(arguments[at], CHUNK_OPTION, strlen(CHUNK_OPTION)) == 0)
      most_chunk_tiles = strtoull(arguments[at] + strlen(CHUNK_OPTION), NULL, 10) / GROUP_TILES * GROUP_TILES;
    else
      fail("there is no option %s", arguments[at]);
  }
  static uint8_t bytes[MOST_REQUEST];
  struct {
    char letter;
    uint32_t length;
  } head;
  while (read_all(&head.letter, 1) && read_all(&head.length, sizeof head.length)) {
    if (head.length > sizeof bytes) fail("a request of %u bytes is too long", head.length);
    if (!read_all(bytes, head.length)) break;
    struct request request = {bytes, bytes + head.length};
    switch (head.letter) {
    case 'd': open_devices(allows_cpus); break;
    case 'f': fill(&request); break;
    case 'm': multiply(&request); break;
    case 't': tell_tile(&request); break;
    case 'r': tell_file(&request); break;
    default: fail("there is no request '%c'", head.letter);
    }
  }
  return 0;
}
