import type { ComponentChildren } from 'preact';
import { follow, useDesk } from '../desk.js';
import { sumOfMiner, useInstanceSamples } from '../metrics.js';
import { ago, bytes, cpus } from '../state/format.js';
import { classOf, priorityOf } from '../state/priorities.js';
import { hrefOf } from '../state/route.js';
import { containerOf, sourceOf } from '../state/spec.js';
import { isOver, standingOfMiner } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import type { MinerJson, ModelJson, ResourcesJson, SpecJson } from '../state/wire.js';
import { Builds } from '../ui/builds.js';
import { Card, Empty, Facts, PageHead } from '../ui/card.js';
import { EventList } from '../ui/event-list.js';
import { InstanceTable } from '../ui/instance-table.js';
import { Label, Tag } from '../ui/tag.js';
import { UsagePlots } from '../ui/usage-plots.js';
import { WhyCard } from '../ui/why.js';
import { AskModel } from './ask-model.js';
import { History } from './miner-history.js';
import { MinerActions } from './miner-actions.js';

const UP = { title: 'Miners', href: hrefOf('miners') };

/** One miner: how it stands and why, what its instances use, and what can be done with it. */
export function MinerPage({ name }: { readonly name: string }) {
  useInstanceSamples(name);
  const { fleet, fleetVersion, events, eventVersion } = useDesk();
  follow(fleetVersion, eventVersion);
  const miner = fleet.miners.get(name);
  if (miner?.spec === undefined)
    return (
      <>
        <PageHead title={name} up={UP} />
        <Empty title={fleet.isWhole ? 'There is no such miner' : 'Reading the fleet …'} />
      </>
    );
  const instances = [...fleet.instances.values()].filter((one) => one.miner === name);
  const [live, ended] = [instances.filter((one) => !isOver(one)), instances.filter(isOver)];
  const own = events.all.filter((event) => event.miner === name || (event.subject === 'miner' && event.id === name));
  return (
    <>
      <PageHead title={name} up={UP} about={<Tag {...standingOfMiner(miner)} />}>
        <MinerActions miner={miner} name={name} />
      </PageHead>
      <Whys miner={miner} />
      <Builds instances={instances} />
      {live.some(({ state }) => state === 'INSTANCE_STATE_RUNNING') && (
        <UsagePlots id={sumOfMiner(name)} cpuMillis={undefined} memoryBytes={undefined} />
      )}
      {miner.spec.model !== undefined && <AskModel name={name} />}
      <Card title="Instances" aside={<Counts miner={miner} />}>
        <InstanceTable items={live} without="Miner" />
      </Card>
      {ended.length > 0 && (
        <Card title="Ended instances" aside={<span class="muted">kept for their logs and whys</span>}>
          <InstanceTable items={ended} without="Miner" />
        </Card>
      )}
      <div class="columns">
        <About miner={miner} spec={miner.spec} />
        <History name={name} specRevision={miner.specRevision} />
      </div>
      <Card title="Latest events">
        <EventList events={own.slice(-10).reverse()} />
      </Card>
    </>
  );
}

function Counts({ miner: { counts } }: { readonly miner: MinerJson }) {
  const { desired = 0, running = 0, healthy = 0, pending = 0 } = counts ?? {};
  const texts = [`${String(running)} of ${String(desired)} running`, `${String(healthy)} healthy`];
  if (pending > 0) texts.push(`${String(pending)} waiting`);
  return <span class="muted">{texts.join(', ')}</span>;
}

function Whys({ miner: { why, quarantine, rollout } }: { readonly miner: MinerJson }) {
  const isRolling = rollout !== undefined && rollout.state !== 'ROLLOUT_STATE_COMPLETE';
  return (
    <>
      {quarantine !== undefined && (
        <WhyCard title="Given up" why={{ reason: quarantine.reason, text: quarantine.text, atMs: '0', filters: [] }} />
      )}
      {why !== undefined && <WhyCard title="Why instances are missing" why={why} />}
      {isRolling && (
        <Card title="Rollout" aside={<span class="muted">{shortName(rollout.state, 'ROLLOUT_STATE_')}</span>}>
          <p>
            {rollout.updated} of {rollout.wanted} instances run revision {rollout.toRevision}; {rollout.available} are
            available.
          </p>
          {rollout.why !== undefined && <p>{rollout.why.text}</p>}
        </Card>
      )}
    </>
  );
}

function About({ miner, spec }: { readonly miner: MinerJson; readonly spec: SpecJson }) {
  const { clock } = useDesk();
  const { resources, labels, kind, namespace, identity, module, model } = spec;
  const labelTexts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const priority = priorityOf(miner);
  return (
    <Card title="What it is">
      <Facts
        rows={[
          ['Kind', module === undefined ? kind : `${kind} ${module.name}, ${module.role}`],
          ['Namespace', namespace],
          ['Priority', [`${String(priority)}, ${classOf(priority)}`, miner.stakePriority?.text ?? ''].join(' ')],
          ...(model === undefined ? [] : modelRows(model)),
          ...containerRows(spec),
          ['Each has', resources === undefined ? '–' : sizeText(resources)],
          ['Identity', identity === '' ? 'none' : identity],
          ['Labels', labelTexts.length === 0 ? '–' : labelTexts.map((text) => <Label key={text} text={text} />)],
          ['Made', ago(miner.createdAtMs, clock.value)],
        ]}
      />
    </Card>
  );
}

function modelRows(model: ModelJson): (readonly [string, ComponentChildren])[] {
  return [
    ['Model', model.type === '' ? 'of the type that it says itself' : model.type],
    ['Made of', sourceOf(model)],
    ['Account', model.account === '' ? 'none' : <code>{model.account}</code>],
  ];
}

function containerRows(spec: SpecJson): (readonly [string, ComponentChildren])[] {
  const container = containerOf(spec);
  if (container === undefined) return [];
  const { image, command, args, ports, env } = container;
  const words = [...command, ...args].join(' ');
  const portTexts = ports.map(({ name, containerPort }) => `${name} ${String(containerPort)}`);
  return [
    ['Image', <code>{image}</code>],
    ['Command', words === '' ? "the image's own" : <code>{words}</code>],
    ['Ports', portTexts.join(', ') || 'none'],
    ['Variables', Object.keys(env).join(', ') || 'none'],
  ];
}

function sizeText({ cpuMillis, memoryBytes, diskBytes, gpus }: ResourcesJson): string {
  const texts = [`${cpus(cpuMillis)} CPU`, `${bytes(memoryBytes)} memory`, `${bytes(diskBytes)} disk`];
  return (gpus > 0 ? [...texts, `${String(gpus)} GPU`] : texts).join(', ');
}
