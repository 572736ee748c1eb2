import { toBinary } from '@bufbuild/protobuf';
import { HostScoreSchema } from '../../common/gen/headframe/v1/challenge_service_pb.js';
import type {
  ChallengeService,
  HostScore,
  RunChallengeRequest,
} from '../../common/gen/headframe/v1/challenge_service_pb.js';
import { ChallengeType, VerdictSchema } from '../../common/gen/headframe/v1/verdict_pb.js';
import { HeadframeError } from '../../common/model/error.js';
import type { HostRecord } from '../../common/model/host.js';
import type { VerdictHistory, VerdictRecord } from '../../common/model/verdict.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { CHALLENGE_TYPE, hostToWire, verdictToWire } from '../../common/wire/client.js';
import { boundedText } from '../../common/wire/texts.js';
import type { FleetReader } from '../fleet/port.js';
import type { AskLimits } from '../verify/asking.js';
import { clearVerification, scoreKey } from '../verify/scores/index.js';
import { readDurably } from './durably.js';
import { findHost } from './find.js';
import { scoredHosts, scoresOf } from './host-scores.js';
import { inOrder } from './in-order.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import type { Views } from './views.js';

/** The service of verdicts, and of what follows from them. */
export function challengeService(
  { fleet, clock, challenges }: Pick<HandlerParts, 'fleet' | 'clock' | 'challenges'>,
  views: Views,
): ServiceImplementation<typeof ChallengeService> {
  return {
    runChallenge: async ({ host, type, ...most }, { signal }) => {
      const { id } = findHost(fleet, host);
      const asked = { most: mostOf(most) };
      const verdict = await challenges.ask(id, CHALLENGE_TYPE.fromWire(type, 'type'), asked, signal);
      return { verdict: verdictToWire(verdict) };
    },
    listVerdicts: async ({ host, type, ...page }) => {
      const { value } = await readDurably(fleet, (reader) =>
        takePage(page, {
          list: 'verdicts',
          after: (key) => inOrder(verdictsOf(reader, host, type), keyOf, key),
          keyOf,
          toItem: verdictToWire,
          bytesOf: (item) => toBinary(VerdictSchema, item).length,
        }),
      );
      return { verdicts: [...value.items], nextPageToken: value.next };
    },
    getVerdict: async ({ id }) => {
      const { value } = await readDurably(fleet, (reader) => flattened(reader.verdicts()).find((one) => one.id === id));
      if (value === undefined) throw verdictNotFound(id);
      return { verdict: verdictToWire(value) };
    },
    listScores: async ({ kind, ...page }) => {
      const nowMs = clock.nowMs();
      const { value } = await readDurably(fleet, (reader) => {
        const scores = scoresOf(reader, scoredHosts(reader, kind), nowMs);
        return takePage(page, {
          list: 'scores',
          after: (key) => inOrder(scores, scoreKeyOf, key),
          keyOf: scoreKeyOf,
          toItem: (score) => score,
          bytesOf: (item) => toBinary(HostScoreSchema, item).length,
        });
      });
      return { scores: [...value.items], nextPageToken: value.next };
    },
    clearVerification: async ({ host, text }, { caller }) => {
      const { value, durable } = fleet.transact((tx) => {
        const found = findHost(tx, host);
        const why = text === '' ? `Cleared by ${caller.name}.` : boundedText(text);
        if (!clearVerification(tx, found, why)) throw notQuarantined(found);
        return tx.host(found.id) ?? found;
      });
      await durable;
      return { host: hostToWire(views.host(fleet.host(value.id) ?? value)) };
    },
  };
}

/** 0 is as much as there is. */
function mostOf(wish: Pick<RunChallengeRequest, 'cpuMillis' | 'memoryBytes' | 'diskBytes'>): AskLimits {
  const amount = (value: bigint | number): number => Number(value) || Number.MAX_SAFE_INTEGER;
  const [cpuMillis, memoryBytes] = [amount(wish.cpuMillis), amount(wish.memoryBytes)];
  return { cpuMillis, memoryBytes, diskBytes: amount(wish.diskBytes) };
}

function verdictsOf(fleet: FleetReader, host: string, type: ChallengeType): VerdictRecord[] {
  const histories = host === '' ? fleet.verdicts() : fleet.verdictsOf(findHost(fleet, host).id);
  if (type === ChallengeType.UNSPECIFIED) return flattened(histories);
  const wanted = CHALLENGE_TYPE.fromWire(type, 'type');
  return flattened([...histories].filter((history) => history.type === wanted));
}

function flattened(histories: Iterable<VerdictHistory>): VerdictRecord[] {
  return [...histories].flatMap(({ verdicts }) => verdicts);
}

/** The newest comes first. */
function keyOf({ atMs, id }: VerdictRecord): string {
  return `${String(Number.MAX_SAFE_INTEGER - atMs).padStart(16, '0')} ${id}`;
}

function scoreKeyOf(score: HostScore): string {
  return scoreKey(score, `${score.name} ${score.hostId}`);
}

function verdictNotFound(id: string): HeadframeError {
  return new HeadframeError({
    code: 'not_found',
    reason: 'verdict_not_found',
    message: `no verdict on challenge ${JSON.stringify(id.slice(0, 80))} is kept`,
    remedy: 'headframe challenge ls shows those that are.',
  });
}

function notQuarantined({ id, name }: HostRecord): HeadframeError {
  return new HeadframeError({
    code: 'failed_precondition',
    reason: 'not_quarantined',
    message: `${name} is in no quarantine`,
    remedy: `There is nothing to clear; see headframe challenge ls ${name}.`,
    metadata: { host: id },
  });
}
