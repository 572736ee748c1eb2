#ifndef HEADFRAME_DEVICE_H
#define HEADFRAME_DEVICE_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "tree.h"

#define COLUMNS 256
#define TILE_BYTES (64 * COLUMNS)
/* Tiles that are worked on together, and of which one digest is kept. */
#define GROUP_TILES 32
#define KEY_BYTES 32
#define MOST_ROUNDS 256
#define MOST_DEVICES 64

/* An OpenCL device and what it works on. */
struct device {
  cl_device_id id;
  cl_context context;
  cl_command_queue queue;
  cl_kernel fill, multiply, digest;
  /* As its driver tells it; empty where it does not. */
  char uuid[48];
  uint64_t tiles, chunk_tiles;
  size_t chunk_count;
  cl_mem *chunks;
  cl_mem second, nodes, group;
  /* What `group` holds: a group of tiles after so many products, where it holds any. */
  int is_remade;
  uint64_t remade_group;
  size_t remade_products;
  uint8_t key[KEY_BYTES];
  struct tree trees[MOST_ROUNDS];
};

/* Most tiles of one buffer; whole groups. */
extern uint64_t most_chunk_tiles;

/* Opens all GPUs, and CPUs as well where these are allowed; answers how many. Ends the program by `fail` for what does not work. */
size_t devices_open(struct device *devices, int allows_cpus);

/* Takes memory for so many tiles, whole groups of them, and fills it with the stream of the key. */
void device_fill(struct device *device, uint64_t tiles, const uint8_t key[KEY_BYTES]);

/* Has all tiles multiplied by the second factor of a key; returns before that is done. */
void device_multiply(struct device *device, const uint8_t key[KEY_BYTES]);

/* Waits for that, and makes the round's tree. */
void device_settle(struct device *device, size_t round);

/* Makes a group of tiles again, as they were after the last of so many products. */
void device_remake(struct device *device, uint64_t group, const uint8_t (*keys)[KEY_BYTES], size_t products, uint8_t *tiles);

/* Tells why nothing more can be done, and ends the program. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
