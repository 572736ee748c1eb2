import { useAsked } from '../asked.js';
import { follow, useDesk } from '../desk.js';
import { useInstanceSamples } from '../metrics.js';
import { ago, clockTime } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { standingOfInstance } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import type { InstanceJson } from '../state/wire.js';
import { Builds } from '../ui/builds.js';
import { Card, Empty, Facts, PageHead } from '../ui/card.js';
import { EventList } from '../ui/event-list.js';
import { Logs } from '../ui/logs.js';
import { Notice, ProblemNote } from '../ui/notice.js';
import { Tag } from '../ui/tag.js';
import { UsagePlots } from '../ui/usage-plots.js';

const UP = { title: 'Instances', href: hrefOf('instances') };
const EVERY_MS = 5_000;
/** Lines of before. */
const TAIL = 300;
/** It has, or had, a container. */
const SAYS_SOMETHING = ['STARTING', 'RUNNING', 'STOPPING', 'STOPPED', 'FAILED'].map((name) => `INSTANCE_STATE_${name}`);

/** One instance: how it stands and why, what it uses and what it says. One that has ended is shown for as long as it is kept. */
export function InstancePage({ id }: { readonly id: string }) {
  const { fleet, fleetVersion } = useDesk();
  follow(fleetVersion);
  const live = fleet.instances.get(id);
  const path = `/v1/instances/${encodeURIComponent(id)}`;
  const { value, problem } = useAsked<{ readonly instance?: InstanceJson }>(path, EVERY_MS, undefined, live?.state);
  const instance = live ?? value?.instance;
  if (instance !== undefined) return <Shown instance={instance} />;
  return (
    <>
      <PageHead title={id} up={UP} />
      {problem === undefined ? <Empty title="Reading …" /> : <ProblemNote problem={problem} />}
    </>
  );
}

function Shown({ instance }: { readonly instance: InstanceJson }) {
  const { id, miner, text, reason, state } = instance;
  useInstanceSamples(miner);
  const { fleet, events, eventVersion } = useDesk();
  follow(eventVersion);
  const own = events.all.filter((event) => event.subject === 'instance' && event.id === id);
  const resources = fleet.miners.get(miner)?.spec?.resources;
  const standing = standingOfInstance(instance);
  return (
    <>
      <PageHead title={id} up={UP} about={<Tag {...standing} />} />
      {text !== '' && state !== 'INSTANCE_STATE_RUNNING' && (
        <Notice tone={standing.tone === 'bad' ? 'bad' : 'warn'}>
          <p>
            {text} <code>{reason}</code>
          </p>
        </Notice>
      )}
      <Builds instances={[instance]} />
      <UsagePlots
        id={id}
        cpuMillis={resources?.cpuMillis}
        memoryBytes={resources === undefined ? undefined : Number(resources.memoryBytes)}
      />
      <Card title="Log" class="log-card">
        <Said instance={instance} />
      </Card>
      <div class="columns">
        <About instance={instance} />
        <Card title="Latest events">
          <EventList events={own.slice(-12).reverse()} />
        </Card>
      </div>
    </>
  );
}

function Said({ instance: { id, state, restarts } }: { readonly instance: InstanceJson }) {
  const silence = useDesk().whyNot('FleetService/StreamLogs');
  if (silence !== undefined) return <Empty title="The log is not shown">{silence}</Empty>;
  if (SAYS_SOMETHING.includes(state))
    return <Logs key={`${id} ${String(restarts)}`} topic={`logs/${id}`} name={`Log of ${id}`} tail={TAIL} />;
  return <Empty title="It has said nothing yet">Its container has not been started.</Empty>;
}

function About({ instance }: { readonly instance: InstanceJson }) {
  const { clock } = useDesk();
  const { miner, hostId, hostName, reason, text, restarts, exitCode, ports, specRevision, health } = instance;
  const portTexts = ports.map(
    ({ name, containerPort, hostPort }) => `${name} ${String(containerPort)} at ${String(hostPort)}`,
  );
  return (
    <Card title="About">
      <Facts
        rows={[
          ['Miner', <a href={hrefOf('miners', miner)}>{miner}</a>],
          ['Host', hostId === '' ? 'none yet' : <a href={hrefOf('hosts', hostId)}>{hostName || hostId}</a>],
          ['Why', `${text === '' ? '–' : text} (${reason})`],
          ['Health', shortName(health, 'HEALTH_')],
          ['Restarts', restarts],
          ['Exit code', exitCode ?? '–'],
          ['Ports', portTexts.join(', ') || 'none'],
          ['Revision', specRevision],
          ['Made', ago(instance.createdAtMs, clock.value)],
          ['Started', clockTime(instance.startedAtMs, clock.value)],
        ]}
      />
    </Card>
  );
}
