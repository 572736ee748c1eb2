/** Endpoints of a network at most. */
export const MOST_ENDPOINTS = 8;
/** Hash of a block. */
export const BLOCK_HASH = /^0x[0-9a-f]{64}$/;
