#ifndef HEADFRAME_TREE_H
#define HEADFRAME_TREE_H

#include "sha256.h"

/* A Merkle tree over nodes as in RFC 6962, section 2.1: all of its levels, one after the other. */
struct tree {
  uint8_t (*nodes)[DIGEST_BYTES];
  size_t width;
};

/* Makes the levels above `width` nodes, which it copies; 0 where there is no memory for them. */
int tree_make(struct tree *tree, const uint8_t *nodes, size_t width);

/* Its root. */
const uint8_t *tree_root(const struct tree *tree);

/* Writes the siblings from a node up, without those that are not there; answers how many. */
size_t tree_path(const struct tree *tree, size_t index, uint8_t *path);

#endif
