/** Largest message sent or received unless told otherwise, in bytes; what gRPC libraries agree on. */
export const DEFAULT_MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** Time between HTTP/2 pings, in milliseconds; heartbeats prove liveness sooner, so more often only costs. */
export const KEEPALIVE_MS = 60_000;

/** Deadline of a unary call unless told otherwise, in milliseconds. */
export const DEFAULT_UNARY_TIMEOUT_MS = 30_000;

/** Open connections at once unless told otherwise: ten thousand hosts with tunnels, and no single address that takes all. */
export const DEFAULT_CONNECTIONS = { total: 50_000, perAddress: 1_000 };

/** Time until the whole of a single request is there unless told otherwise, in milliseconds. */
export const REQUEST_MS = 60_000;

/** How long an answer of a stream may wait to be read unless told otherwise: somebody who looks at a log reads slowly. */
export const STALL_MS = 600_000;

/** Time in which a server that calls are handed to says whether one is let in, in milliseconds: it looks at headers alone. */
export const LET_IN_MS = 10_000;
