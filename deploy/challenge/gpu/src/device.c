#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cl_khr_device_uuid. */
#define DEVICE_UUID_KHR 0x106A
#define UUID_BYTES 16
/* Blocks of 64 bytes in a tile, and in a second factor. */
#define TILE_BLOCK_BITS 8
#define SECOND_BLOCK_BITS 10
#define MOST_PLATFORMS 16
/* Items of a group that fill: as many as a tile has blocks, and a quarter of those of a second factor. */
#define FILL_ITEMS 256

/* A GiB: kernels are told places in a buffer by numbers that have room for more. */
uint64_t most_chunk_tiles = 65536;

/* The text of gemm.cl, with a zero at its end. */
__asm__(".section .rodata\n.global kernel_text\nkernel_text:\n.incbin \"gemm.cl\"\n.byte 0\n.previous\n");
extern const char kernel_text[];

static void check(cl_int status, const char *what) {
  if (status != CL_SUCCESS) fail("%s failed with OpenCL's error %d", what, status);
}

static void read_uuid(struct device *device) {
  uint8_t uuid[UUID_BYTES];
  if (clGetDeviceInfo(device->id, DEVICE_UUID_KHR, sizeof uuid, uuid, NULL) != CL_SUCCESS) return;
  char *text = device->uuid + sprintf(device->uuid, "GPU-");
  for (int at = 0; at < UUID_BYTES; ++at) text += sprintf(text, "%s%02x", at == 4 || at == 6 || at == 8 || at == 10 ? "-" : "", uuid[at]);
}

static void tell_build(struct device *device, cl_program program) {
  char log[400] = "";
  clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
  fail("the kernels could not be built: %s", log);
}

static cl_kernel kernel_of(cl_program program, const char *name) {
  cl_int status;
  cl_kernel kernel = clCreateKernel(program, name, &status);
  check(status, name);
  return kernel;
}

static void open_device(struct device *device, cl_device_id id) {
  cl_int status;
  cl_bool is_little = CL_FALSE;
  device->id = id;
  check(clGetDeviceInfo(id, CL_DEVICE_ENDIAN_LITTLE, sizeof is_little, &is_little, NULL), "asking a device");
  if (is_little == CL_FALSE) fail("a device is big-endian");
  device->context = clCreateContext(NULL, 1, &id, NULL, NULL, &status);
  check(status, "opening a device");
  device->queue = clCreateCommandQueue(device->context, id, 0, &status);
  check(status, "opening a queue");
  const char *text = kernel_text;
  cl_program program = clCreateProgramWithSource(device->context, 1, &text, NULL, &status);
  check(status, "taking in the kernels");
  if (clBuildProgram(program, 1, &id, "", NULL, NULL) != CL_SUCCESS) tell_build(device, program);
  device->fill = kernel_of(program, "fill");
  device->multiply = kernel_of(program, "multiply");
  device->digest = kernel_of(program, "digest");
}

size_t devices_open(struct device *devices, int allows_cpus) {
  cl_platform_id platforms[MOST_PLATFORMS];
  cl_uint platform_count = 0;
  size_t count = 0;
  if (clGetPlatformIDs(MOST_PLATFORMS, platforms, &platform_count) != CL_SUCCESS) return 0;
  for (cl_uint at = 0; at < platform_count && at < MOST_PLATFORMS; ++at) {
    cl_device_id ids[MOST_DEVICES];
    cl_uint found = 0;
    const cl_device_type types = CL_DEVICE_TYPE_GPU | (allows_cpus ? CL_DEVICE_TYPE_CPU : 0);
    if (clGetDeviceIDs(platforms[at], types, MOST_DEVICES, ids, &found) != CL_SUCCESS) continue;
    for (cl_uint one = 0; one < found && one < MOST_DEVICES && count < MOST_DEVICES; ++one) {
      cl_device_type type = 0;
      check(clGetDeviceInfo(ids[one], CL_DEVICE_TYPE, sizeof type, &type, NULL), "asking a device");
      /* A driver that runs a GPU's programs on a CPU says that it is both. */
      if ((type & CL_DEVICE_TYPE_CPU) && !allows_cpus) continue;
      if (!(type & CL_DEVICE_TYPE_CPU)) devices[count].id = ids[one], read_uuid(&devices[count]);
      open_device(&devices[count++], ids[one]);
    }
  }
  return count;
}

static cl_mem memory_of(struct device *device, size_t bytes) {
  cl_int status;
  cl_mem memory = clCreateBuffer(device->context, CL_MEM_READ_WRITE, bytes, NULL, &status);
  if (status != CL_SUCCESS) fail("a GPU has no room for %zu bytes more: OpenCL's error %d", bytes, status);
  return memory;
}

static void launch(struct device *device, cl_kernel kernel, size_t items, size_t group) {
  check(clEnqueueNDRangeKernel(device->queue, kernel, 1, NULL, &items, &group, 0, NULL, NULL), "starting a kernel");
}

static void argument(cl_kernel kernel, cl_uint at, size_t size, const void *value) {
  check(clSetKernelArg(kernel, at, size, value), "giving a kernel its work");
}

static void stream(struct device *device, cl_mem out, const uint8_t *key, cl_ulong first, cl_uint block_bits, size_t blocks) {
  cl_uint words[KEY_BYTES / 4];
  memcpy(words, key, sizeof words);
  argument(device->fill, 0, sizeof out, &out);
  argument(device->fill, 1, sizeof words, words);
  argument(device->fill, 2, sizeof first, &first);
  argument(device->fill, 3, sizeof block_bits, &block_bits);
  launch(device, device->fill, blocks, FILL_ITEMS);
}

static void product(struct device *device, cl_mem state, size_t tiles) {
  argument(device->multiply, 0, sizeof state, &state);
  argument(device->multiply, 1, sizeof device->second, &device->second);
  launch(device, device->multiply, tiles * COLUMNS, COLUMNS);
}

static uint64_t tiles_in(const struct device *device, size_t chunk) {
  const uint64_t left = device->tiles - chunk * device->chunk_tiles;
  return left < device->chunk_tiles ? left : device->chunk_tiles;
}

static void take_memory(struct device *device) {
  cl_ulong most = 0;
  check(clGetDeviceInfo(device->id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof most, &most, NULL), "asking a device");
  device->chunk_tiles = most / TILE_BYTES / GROUP_TILES * GROUP_TILES;
  if (device->chunk_tiles > most_chunk_tiles) device->chunk_tiles = most_chunk_tiles;
  if (device->chunk_tiles == 0) fail("a device gives no more than %llu bytes at once", (unsigned long long)most);
  device->chunk_count = (device->tiles + device->chunk_tiles - 1) / device->chunk_tiles;
  device->chunks = calloc(device->chunk_count, sizeof *device->chunks);
  if (device->chunks == NULL) fail("there is no memory for a list of buffers");
  for (size_t at = 0; at < device->chunk_count; ++at) device->chunks[at] = memory_of(device, tiles_in(device, at) * TILE_BYTES);
  device->second = memory_of(device, COLUMNS * COLUMNS);
  device->group = memory_of(device, GROUP_TILES * TILE_BYTES);
  device->nodes = memory_of(device, device->tiles / GROUP_TILES * DIGEST_BYTES);
}

void device_fill(struct device *device, uint64_t tiles, const uint8_t key[KEY_BYTES]) {
  device->tiles = tiles;
  memcpy(device->key, key, KEY_BYTES);
  take_memory(device);
  for (size_t at = 0; at < device->chunk_count; ++at)
    stream(device, device->chunks[at], key, at * device->chunk_tiles, TILE_BLOCK_BITS, tiles_in(device, at) << TILE_BLOCK_BITS);
  check(clFlush(device->queue), "filling a device");
}

void device_multiply(struct device *device, const uint8_t key[KEY_BYTES]) {
  stream(device, device->second, key, 0, SECOND_BLOCK_BITS, 1u << SECOND_BLOCK_BITS);
  for (size_t at = 0; at < device->chunk_count; ++at) {
    const cl_ulong first = at * device->chunk_tiles / GROUP_TILES;
    product(device, device->chunks[at], tiles_in(device, at));
    argument(device->digest, 0, sizeof device->chunks[at], &device->chunks[at]);
    argument(device->digest, 1, sizeof device->nodes, &device->nodes);
    argument(device->digest, 2, sizeof first, &first);
    launch(device, device->digest, tiles_in(device, at), GROUP_TILES);
  }
  check(clFlush(device->queue), "multiplying");
}

void device_settle(struct device *device, size_t round) {
  const size_t width = device->tiles / GROUP_TILES;
  uint8_t *nodes = malloc(width * DIGEST_BYTES);
  if (nodes == NULL) fail("there is no memory for %zu digests", width);
  check(clEnqueueReadBuffer(device->queue, device->nodes, CL_TRUE, 0, width * DIGEST_BYTES, nodes, 0, NULL, NULL), "multiplying");
  if (!tree_make(&device->trees[round], nodes, width)) fail("there is no memory for a tree over %zu digests", width);
  free(nodes);
}

void device_remake(struct device *device, uint64_t group, const uint8_t (*keys)[KEY_BYTES], size_t products, uint8_t *tiles) {
  /* What was asked for last is often the same, one product before. */
  if (!device->is_remade || device->remade_group != group || device->remade_products > products) {
    stream(device, device->group, device->key, group * GROUP_TILES, TILE_BLOCK_BITS, GROUP_TILES << TILE_BLOCK_BITS);
    device->is_remade = 1;
    device->remade_group = group;
    device->remade_products = 0;
  }
  for (; device->remade_products < products; ++device->remade_products) {
    stream(device, device->second, keys[device->remade_products], 0, SECOND_BLOCK_BITS, 1u << SECOND_BLOCK_BITS);
    product(device, device->group, GROUP_TILES);
  }
  const size_t bytes = GROUP_TILES * TILE_BYTES;
  check(clEnqueueReadBuffer(device->queue, device->group, CL_TRUE, 0, bytes, tiles, 0, NULL, NULL), "reading a tile");
}
