import { create, toBinary } from '@bufbuild/protobuf';
import {
  CanaryRoundSchema,
  ContractMark,
  ModelScoreSchema,
  ReplicaReportSchema,
} from '../../common/gen/headframe/v1/model_score_service_pb.js';
import type {
  CanaryRound,
  ModelScore,
  ModelScoreService,
  ReplicaReport,
} from '../../common/gen/headframe/v1/model_score_service_pb.js';
import { instanceId } from '../../common/model/instance.js';
import type { MinerRecord } from '../../common/model/miner.js';
import type { CanaryRound as Round } from '../../common/model/model-record.js';
import type { ServiceImplementation } from '../../common/rpc/index.js';
import { ROUND_OUTCOME } from '../../common/wire/model-scores.js';
import { numberToWire } from '../../common/wire/numbers.js';
import { checkReplicas } from '../kinds/model/index.js';
import type { Mark, ReplicaReport as Report } from '../kinds/model/index.js';
import { modelScoreKey, modelScoreOf } from '../kinds/model/scores/index.js';
import { readDurably } from './durably.js';
import { findMiner } from './find.js';
import { inOrder } from './in-order.js';
import { takePage } from './paging.js';
import type { HandlerParts } from './parts.js';
import { invalidRequest } from './refuse.js';

const USUAL_TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 300_000;

const MARKS: Readonly<Record<Mark, ContractMark>> = {
  met: ContractMark.MET,
  accepted: ContractMark.ACCEPTED,
  broken: ContractMark.BROKEN,
};

type Parts = Pick<HandlerParts, 'fleet' | 'clock' | 'scopes' | 'reach' | 'modelFastMs'>;

/** The service of how models serve. */
export function modelScoreService(parts: Parts): ServiceImplementation<typeof ModelScoreService> {
  const { fleet, clock, scopes, modelFastMs: fastMs } = parts;
  return {
    listModelScores: async (page, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const nowMs = clock.nowMs();
      const { value } = await readDurably(fleet, () => {
        const models = [...seen.miners()].filter(({ spec }) => spec.kind === 'model');
        const scored = models.map((miner) => scoredOf(parts, miner, { nowMs, fastMs }));
        return takePage(page, {
          list: 'modelScores',
          after: (key) => inOrder(scored, keyOf, key),
          keyOf,
          toItem: ({ message }) => message,
          bytesOf: (item) => toBinary(ModelScoreSchema, item).length,
        });
      });
      return { scores: [...value.items], nextPageToken: value.next };
    },
    listCanaryRounds: async ({ miner: name }, { caller }) => {
      const { fleet: seen } = scopes.of(caller);
      const { value } = await readDurably(
        fleet,
        () => fleet.modelRecord(findMiner(seen, name).spec.name)?.rounds ?? [],
      );
      return { rounds: value.map((round) => roundToWire(name, round)).reverse() };
    },
    checkModel: async ({ miner: name, timeoutMs }, { caller, signal }) => {
      const miner = findMiner(scopes.of(caller).fleet, name);
      if (timeoutMs > LONGEST_TIMEOUT_MS)
        throw invalidRequest({
          path: 'timeout_ms',
          value: String(timeoutMs),
          expected: `at most ${String(LONGEST_TIMEOUT_MS)}`,
        });
      const reports = await checkReplicas(parts, miner, timeoutMs || USUAL_TIMEOUT_MS, signal);
      return { replicas: reports.map(reportToWire) };
    },
  };
}

interface Scored {
  readonly message: ModelScore;
  readonly key: string;
}

function scoredOf(
  { fleet }: Parts,
  { spec: { name, model } }: MinerRecord,
  when: { readonly nowMs: number; readonly fastMs: number },
): Scored {
  const score = modelScoreOf({ record: fleet.modelRecord(name), ...when });
  const { lastAtMs, ...terms } = score;
  const account = model?.account ?? '';
  const message = create(ModelScoreSchema, {
    ...{ miner: name, account, ...terms, lastAtMs: numberToWire(lastAtMs, 'lastAtMs') },
  });
  return { message, key: modelScoreKey(score, name) };
}

function keyOf({ key }: Scored): string {
  return key;
}

function roundToWire(miner: string, { serial, outcome, tookMs, atMs, ...rest }: Round): CanaryRound {
  return create(CanaryRoundSchema, {
    ...rest,
    instance: serial === 0 ? '' : instanceId(miner, serial),
    outcome: ROUND_OUTCOME.toWire(outcome),
    tookMs: numberToWire(tookMs, 'tookMs'),
    atMs: numberToWire(atMs, 'atMs'),
  });
}

function reportToWire({ points, tookMs, ...rest }: Report): ReplicaReport {
  return create(ReplicaReportSchema, {
    ...rest,
    points: points.map(({ mark, ...point }) => ({
      ...point,
      mark: MARKS[mark],
      tookMs: numberToWire(tookMs[point.endpoint], 'tookMs'),
    })),
  });
}
