import { AuditEntrySchema, AuditService } from '../../common/gen/headframe/v1/audit_service_pb.js';
import type { ListEntriesRequest } from '../../common/gen/headframe/v1/audit_service_pb.js';
import { create } from '@bufbuild/protobuf';
import type { RpcServer, ServiceImplementation } from '../../common/rpc/index.js';
import type { AuditEntry, AuditFilter, AuditLog } from '../security/audit/index.js';
import { knownFromWire, verificationToWire } from '../security/audit/index.js';
import { checkPageSize, readToken, writeToken } from './paging.js';

const LIST = 'audit';

/** Adds the service that tells who changed what; before `listen`. */
export function addAuditService(server: RpcServer, log: AuditLog): void {
  server.add(AuditService, auditService(log));
}

function auditService(log: AuditLog): ServiceImplementation<typeof AuditService> {
  return {
    listEntries: async (request) => {
      const size = checkPageSize(request.pageSize);
      const token = readToken(request.pageToken, LIST);
      const page = await log.list(filterOf(request), { before: token === '' ? Infinity : Number(token), size });
      const nextPageToken = page.before === undefined ? '' : writeToken(LIST, String(page.before));
      return { entries: page.entries.map(entryToWire), nextPageToken };
    },
    async *verifyChain(request, { signal }) {
      for await (const verification of log.verify(knownFromWire(request))) {
        signal.throwIfAborted();
        yield verificationToWire(verification);
      }
    },
  };
}

function filterOf({ sinceMs, untilMs, who, method, target, outcome }: ListEntriesRequest): AuditFilter {
  const bound = (ms: bigint): number | undefined => (ms === 0n ? undefined : Number(ms));
  return { sinceMs: bound(sinceMs), untilMs: bound(untilMs), who, method, target, outcome };
}

function entryToWire({ sequence, atMs, ...rest }: AuditEntry) {
  const { role, name, credential, peer, method, target, outcome, reason, requestId, count, hash } = rest;
  const texts = { role, name, credential, peer, method, target, outcome, reason, requestId, hash };
  return create(AuditEntrySchema, { ...texts, sequence: BigInt(sequence), atMs: BigInt(atMs), count });
}
