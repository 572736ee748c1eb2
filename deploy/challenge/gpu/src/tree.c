#include "tree.h"

#include <stdlib.h>
#include <string.h>

#define NODE 1

static size_t above(size_t width) { return (width + 1) / 2; }

int tree_make(struct tree *tree, const uint8_t *nodes, size_t width) {
  size_t total = width;
  for (size_t level = width; level > 1; level = above(level)) total += above(level);
  free(tree->nodes);
  tree->width = width;
  tree->nodes = malloc(total * DIGEST_BYTES);
  if (tree->nodes == NULL) return 0;
  memcpy(tree->nodes, nodes, width * DIGEST_BYTES);
  uint8_t(*level)[DIGEST_BYTES] = tree->nodes;
  for (size_t below = width; below > 1; level += below, below = above(below))
    for (size_t at = 0; at < above(below); ++at) {
      uint8_t *node = level[below + at];
      if (2 * at + 1 < below)
        sha256_tagged(NODE, level[2 * at], 2 * DIGEST_BYTES, node);
      else
        memcpy(node, level[2 * at], DIGEST_BYTES);
    }
  return 1;
}

const uint8_t *tree_root(const struct tree *tree) {
  uint8_t(*level)[DIGEST_BYTES] = tree->nodes;
  for (size_t below = tree->width; below > 1; below = above(below)) level += below;
  return level[0];
}

size_t tree_path(const struct tree *tree, size_t index, uint8_t *path) {
  uint8_t(*level)[DIGEST_BYTES] = tree->nodes;
  size_t count = 0;
  for (size_t below = tree->width; below > 1; level += below, below = above(below), index /= 2)
    if ((index ^ 1) < below) memcpy(path + DIGEST_BYTES * count++, level[index ^ 1], DIGEST_BYTES);
  return count;
}
