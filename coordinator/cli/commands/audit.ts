import { create } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { InvalidArgumentError } from 'commander';
import {
  ListEntriesResponseSchema,
  VerifyChainResponseSchema,
} from '../../../common/gen/headframe/v1/audit_service_pb.js';
import type {
  AuditEntry,
  ListEntriesRequestSchema,
  VerifyChainResponse,
} from '../../../common/gen/headframe/v1/audit_service_pb.js';
import { EXIT_CODES } from '../exit-codes.js';
import { countArgument } from '../global-options.js';
import type { Invocation } from '../invocation.js';
import type { Registrar } from '../runner.js';
import { PAGE_SIZE } from '../paging.js';
import { auditView, verificationView } from '../views/audit.js';
import { momentOf, whenArgument } from '../when.js';
import type { When } from '../when.js';

const NO_HEAD: Head = { knownSequence: 0n, knownHash: '' };

/** A head as an earlier verify printed it. */
interface Head {
  readonly knownSequence: bigint;
  readonly knownHash: string;
}

interface ListOptions {
  readonly since?: When;
  readonly until?: When;
  readonly who?: string;
  readonly method?: string;
  readonly target?: string;
  readonly outcome?: string;
  readonly limit: number;
}

interface VerifyOptions {
  readonly folder?: string;
  readonly head?: Head;
}

/** `audit ls|verify`. */
export const addAudit: Registrar = (program, run) => {
  const audit = program.command('audit').description('See who changed what, and check that the record of it is whole.');
  audit
    .command('ls')
    .description('List changes and exec, newest first: who, from where, what, and how it ended.')
    .option('--since <when>', 'only since then, so long ago, such as 2h, or 2026-05-01T12:00:00Z', whenArgument)
    .option('--until <when>', 'only until then, written alike', whenArgument)
    .option('--who <name>', 'only by the caller of this name or role')
    .option('--method <method>', 'only calls of this method, such as DeleteMiner')
    .option('--target <target>', 'only about this, such as miner/alpha; host/ stands for all hosts')
    .option(
      '--outcome <outcome>',
      'started, ok, error, or the code or reason of an error such as permission_denied or expired',
    )
    .option('--limit <count>', 'at most so many', countArgument, 100)
    .action(run((call, options: ListOptions) => listEntries(call, options)));
  audit
    .command('verify')
    .description('Read the whole log and tell the first thing that is wrong; ends with 1 when something is.')
    .option('--folder <folder>', 'without the coordinator, on its data folder or a copy of it')
    .option('--head <entry:hash>', 'also check against a head that an earlier verify printed', headArgument)
    .action(run((call, options: VerifyOptions) => verify(call, options)));
};

async function listEntries(call: Invocation, options: ListOptions): Promise<void> {
  const { since, until, who = '', method = '', target = '', outcome = '', limit } = options;
  const nowMs = call.world.clock.nowMs();
  const bounds = { sinceMs: momentOf(since, nowMs), untilMs: momentOf(until, nowMs) };
  const entries = await upTo(call, limit, { ...bounds, who, method, target, outcome });
  await call.printer.message(ListEntriesResponseSchema, create(ListEntriesResponseSchema, { entries }), (viewing) =>
    auditView(entries, viewing),
  );
}

async function upTo(
  call: Invocation,
  limit: number,
  filter: MessageInitShape<typeof ListEntriesRequestSchema>,
): Promise<AuditEntry[]> {
  const { audit } = await call.connect();
  const entries: AuditEntry[] = [];
  let pageToken = '';
  do {
    const pageSize = Math.max(1, Math.min(PAGE_SIZE, limit - entries.length));
    const page = await audit.listEntries({ ...filter, pageSize, pageToken }, call.callOptions);
    entries.push(...page.entries);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && entries.length < limit);
  return entries.slice(0, limit);
}

async function verify(call: Invocation, { folder, head = NO_HEAD }: VerifyOptions): Promise<void> {
  let last: VerifyChainResponse | undefined;
  for await (const progress of await verification(call, folder, head)) last = progress;
  const verdict = last ?? create(VerifyChainResponseSchema);
  await call.printer.message(VerifyChainResponseSchema, verdict, () => verificationView(verdict));
  if (!verdict.done || verdict.fault !== undefined) call.exitCode = EXIT_CODES.failed.code;
}

async function verification(
  call: Invocation,
  folder: string | undefined,
  head: Head,
): Promise<AsyncIterable<VerifyChainResponse>> {
  if (folder === undefined) return (await call.connect()).audit.verifyChain({ ...head }, call.callOptions);
  const { verifyFolder } = await call.world.programs.offlineAudit();
  return verifyFolder(folder, head);
}

function headArgument(text: string): Head {
  const [, sequence, knownHash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence === undefined || knownHash === undefined)
    throw new InvalidArgumentError('Expected the head that audit verify printed, such as 42:5e…');
  return { knownSequence: BigInt(sequence), knownHash };
}
