import { create } from '@bufbuild/protobuf';
import { stringify } from 'yaml';
import { ListMinersResponseSchema } from '../../../common/gen/headframe/v1/fleet_service_pb.js';
import { MinerSchema } from '../../../common/gen/headframe/v1/miner_pb.js';
import { specToManifest } from '../../../common/model/manifest/index.js';
import { instanceFromWire, minerFromWire } from '../../../common/wire/client.js';
import { priorityOf } from '../../../common/model/miner.js';
import type { MinerView } from '../../../common/wire/client.js';
import type { Invocation } from '../invocation.js';
import { listInstances, listMiners } from '../lists.js';
import { minerView, minersView } from '../views/miners.js';

/** Options of `miners ls`. */
export interface MinersListOptions extends ShowOptions {
  readonly label?: Readonly<Record<string, string>>;
  readonly namespace?: string;
}

/** Options of `miners show`. */
export interface ShowOptions {
  readonly manifest?: boolean;
}

/** `miners ls`: highest priority first, then by name; programs get the order of the contract. */
export async function listMinersCommand(
  call: Invocation,
  { label, manifest, namespace }: MinersListOptions,
): Promise<void> {
  const response = await listMiners(call, label, namespace);
  const sorted = (): MinerView[] => response.miners.map(minerFromWire).sort(byPriority);
  if (manifest === true) await printManifests(call, sorted());
  else await call.printer.message(ListMinersResponseSchema, response, (viewing) => minersView(sorted(), viewing));
}

/** `miners show`. */
export async function showMiner(call: Invocation, name: string, { manifest }: ShowOptions): Promise<void> {
  const { fleet } = await call.connect();
  const found = await fleet.getMiner({ name }, call.callOptions);
  const message = found.miner ?? create(MinerSchema);
  if (manifest === true) return printManifests(call, [minerFromWire(message)]);
  const instances = call.printer.forPeople ? (await listInstances(call, { miner: name })).instances : [];
  return call.printer.message(MinerSchema, message, (viewing) =>
    minerView(minerFromWire(message), instances.map(instanceFromWire), viewing),
  );
}

/** Manifests as YAML documents or, for `-o json`, as lines of JSON: apply reads both. */
async function printManifests(call: Invocation, miners: readonly MinerView[]): Promise<void> {
  const manifests = miners.map(({ spec }) => specToManifest(spec));
  const texts =
    call.printer.format === 'json'
      ? manifests.map((manifest) => `${JSON.stringify(manifest)}\n`)
      : manifests.map((manifest) => stringify(manifest));
  await call.printer.text(texts.join(call.printer.format === 'json' ? '' : '---\n'));
}

function byPriority(a: MinerView, b: MinerView): number {
  return priorityOf(b) - priorityOf(a) || (a.spec.name < b.spec.name ? -1 : 1);
}
