import { join } from 'node:path';
import type { VerifyChainResponse } from '../../../common/gen/headframe/v1/audit_service_pb.js';
import { nodeDisk } from '../../../common/disk/index.js';
import { knownFromWire, verificationToWire } from './to-wire.js';
import type { Known } from './to-wire.js';
import { verifyLog } from './verify.js';

/** Folder of the log within that of the coordinator's data. */
export const AUDIT_FOLDER = 'audit';

/** Reads the log below a data folder through, whether or not a coordinator is writing it. */
export async function* verifyFolder(
  dataDir: string,
  request: Known,
): AsyncGenerator<VerifyChainResponse, void, undefined> {
  const parts = { disk: nodeDisk, folder: join(dataDir, AUDIT_FOLDER), yieldTurn: () => Promise.resolve() };
  for await (const verification of verifyLog(parts, knownFromWire(request))) yield verificationToWire(verification);
}
