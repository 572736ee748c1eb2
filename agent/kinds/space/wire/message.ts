/** What stands in a ping and in its answer. */
interface Echo {
  readonly nonce: bigint;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
}

/** A whole block, as `encodeBlock` writes it; it is not read here, so that a bad one costs its reader alone. */
interface WholeBlock {
  /** 1 byte or more. */
  readonly data: Buffer;
}

/** Where a node listens. */
export interface PeerAddress {
  /** 4 or 16 bytes, the highest first. */
  readonly address: Buffer;
  /** 0 to 65535. */
  readonly port: number;
}

/** What stands in each message of Spacetime; hashes are of 32 bytes. */
export interface Payloads {
  readonly Handshake: {
    readonly protocolVersion: number;
    /** Seconds since 1970. */
    readonly timestamp: bigint;
    /** Neither of the two is blank. */
    readonly nodeId: string;
    readonly userAgent: string;
  };
  readonly HandshakeAck: object;
  readonly Heartbeat: object;
  readonly Ping: Echo;
  readonly Pong: Echo;
  readonly GetPeers: {
    /** 1 to 1000. */
    readonly maxCount: number;
    /** Texts of the form `ip:port`, 1000 at most. */
    readonly exclude: readonly string[];
  };
  readonly Peers: { readonly peers: readonly PeerAddress[] };
  readonly GetHeaders: {
    readonly locator: Buffer;
    readonly stop: Buffer | undefined;
    /** 1 or more. */
    readonly maxHeaders: number;
  };
  readonly Headers: { readonly headers: readonly Buffer[] };
  readonly GetBlock: { readonly hash: Buffer };
  readonly Block: WholeBlock;
  readonly Transaction: { readonly data: Buffer };
  readonly NewBlock: WholeBlock;
  readonly TxPoolRequest: {
    /** 1 or more. */
    readonly maxTransactions: number;
    readonly includeData: boolean;
  };
  readonly ProofSubmission: {
    /** Of the block that is mined: the epoch. */
    readonly height: bigint;
    /** 33 bytes. */
    readonly minerId: Buffer;
    /** As `encodeBlockProof` writes it, or what there is of it. */
    readonly proof: Buffer;
  };
  readonly BlockAccepted: { readonly hash: Buffer; readonly height: bigint };
}

/** The name of a message. */
export type MessageType = keyof Payloads;

/** A message of a name. */
export type MessageOf<Type extends MessageType> = { readonly type: Type } & Payloads[Type];

/** What nodes and miners tell each other. */
export type NodeMessage = { readonly [Type in MessageType]: MessageOf<Type> }[MessageType];

/** The byte that stands before each message. */
export const MESSAGE_CODES: Readonly<Record<MessageType, number>> = {
  Handshake: 0x01,
  HandshakeAck: 0x02,
  Heartbeat: 0x03,
  Ping: 0x04,
  Pong: 0x05,
  GetPeers: 0x10,
  Peers: 0x11,
  GetHeaders: 0x20,
  Headers: 0x21,
  GetBlock: 0x22,
  Block: 0x23,
  Transaction: 0x30,
  NewBlock: 0x31,
  TxPoolRequest: 0x32,
  ProofSubmission: 0x40,
  BlockAccepted: 0x41,
};

/** A code of the protocol whose payload nobody can read. */
export const ERROR_CODE = 0xff;
