import type { HostRecord } from '../../common/model/host.js';
import type { FleetReader } from '../fleet/port.js';
import type { Held, Sketch } from '../scheduler/index.js';
import type { JobMove, Verdict } from './job.js';
import type { RebalanceScope } from './move.js';
import { Places } from './spread.js';
import { notMovable } from './tenants.js';

/** Hosts whose dominant shares lie closer together than this are level: no move between them pays. */
export const LEAST_GAP = 0.05;
/** A host that was lost less than this long ago may be back, and its instances are just being replaced. */
const LOSS_SETTLES_MS = 120_000;

const GO: Verdict = { kind: 'go' };

/** Looks at a planned move again, as the fleet is now; `board` is read only. */
export function checkMove(
  { fleet, board, scope }: { readonly fleet: FleetReader; readonly board: Sketch; readonly scope: RebalanceScope },
  move: JobMove,
  underWay: number,
): Verdict {
  const held = board.heldBy(move.serial);
  const record = fleet.instance(move.serial);
  if (record === undefined || held === undefined) return skip('it has ended');
  if (record.hostId !== move.fromId) return skip('it is on another host by now');
  const reason = notMovable(fleet.miner(move.miner), record);
  if (reason !== undefined) return skip(reason);
  if (fleet.host(move.fromId)?.draining === true) return skip('its host is being drained');
  const to = board.handleOf(move.toId);
  if (to === undefined) return skip(`${move.toName} is gone`);
  const obstacle = obstacleOf(board, held, to);
  // What is under way may be about to make room.
  if (obstacle !== undefined) return underWay > 0 ? { kind: 'wait', text: obstacle } : skip(obstacle);
  return stillPays(board, held, { to, move, scope }) ? GO : skip('it would not pay any more');
}

/** Why nothing is to be moved while the hosts are as they are; '' when they are settled. */
export function unsettledBy(hosts: Iterable<HostRecord>, holds: (hostId: string) => boolean, nowMs: number): string {
  for (const { id, name, state, draining, changedAtMs } of hosts) {
    if (state === 'suspect' || state === 'joining') return `host ${name} is ${state}`;
    if (state === 'lost' && nowMs - changedAtMs < LOSS_SETTLES_MS) return `host ${name} was lost just now`;
    if (draining && state === 'ready' && holds(id)) return `host ${name} is being drained`;
  }
  return '';
}

/** What keeps an instance from another host; undefined when nothing does. */
export function obstacleOf(board: Sketch, { host, demand }: Held, to: number): string | undefined {
  const refusal = board.refusal(to, demand);
  if (refusal !== undefined) return `${board.nameOf(to)} does not take it: ${refusal}`;
  if (board.bonus(to, demand) < board.bonus(host, demand)) return `${board.nameOf(to)} meets its affinities less`;
  // The replacement is made first, except where an identity forbids it.
  if (demand.identity === '' && !board.hasQuotaForOne(demand)) return `namespace ${demand.namespace} is at its quota`;
  return undefined;
}

function stillPays(
  board: Sketch,
  { host, demand }: Held,
  { to, move, scope }: { readonly to: number; readonly move: JobMove; readonly scope: RebalanceScope },
): boolean {
  const hosts = board.openHosts().filter((one) => board.bears(one, scope.hostLabels));
  const places = demand.strategy.kind === 'spread' ? new Places(board, demand, hosts) : undefined;
  if (move.levelsSpread) return places !== undefined && places.unevennessAfter(host, to) < places.unevenness;
  if (places?.keepsLevel(host, to) === false) return false;
  const [now, there] = [board.share(host), board.share(to)];
  return there <= now - LEAST_GAP && board.shareWith(to, demand, 1) < now;
}

function skip(text: string): Verdict {
  return { kind: 'skip', text };
}
