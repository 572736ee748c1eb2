import { useAsked } from '../asked.js';
import { follow, useDesk } from '../desk.js';
import { FLEET, useHostSamples } from '../metrics.js';
import { concernsOf } from '../state/attention.js';
import type { Concern } from '../state/attention.js';
import { capacityOf } from '../state/capacity.js';
import { ago, bytes, cpus, percent } from '../state/format.js';
import { byPriority } from '../state/priorities.js';
import type { ClassCounts } from '../state/priorities.js';
import { hrefOf } from '../state/route.js';
import type { AlertsJson } from '../state/wire.js';
import { Action } from '../ui/action.js';
import { Bar, Strip } from '../ui/bar.js';
import { Card, Empty, PageHead } from '../ui/card.js';
import { EventList } from '../ui/event-list.js';
import { Tag } from '../ui/tag.js';
import { UsagePlots } from '../ui/usage-plots.js';

/** How the fleet stands at a glance, and what to look at. */
export function Overview() {
  useHostSamples();
  const { fleet, fleetVersion, events, eventVersion } = useDesk();
  follow(fleetVersion, eventVersion);
  if (!fleet.isWhole) return <PageHead title="Overview" about={<span class="muted">Reading the fleet …</span>} />;
  return (
    <>
      <PageHead title="Overview" />
      <Figures />
      <FleetPlots />
      <div class="columns">
        <Attention />
        <Capacity />
        <Priorities classes={byPriority(fleet)} />
        <Card title="Latest events" aside={<a href={hrefOf('events')}>All events</a>}>
          <EventList events={events.all.slice(-8).reverse()} />
        </Card>
      </div>
    </>
  );
}

function Figures() {
  const { fleet } = useDesk();
  const hosts = [...fleet.hosts.values()];
  const ready = hosts.filter(({ state }) => state === 'HOST_STATE_READY').length;
  const states = new Map<string, number>();
  for (const { state } of fleet.instances.values()) states.set(state, (states.get(state) ?? 0) + 1);
  const pending = states.get('INSTANCE_STATE_PENDING') ?? 0;
  return (
    <ul class="figures">
      <Figure name="hosts ready" value={ready} of={hosts.length} href={hrefOf('hosts')} isBad={ready < hosts.length} />
      <Figure name="miners" value={fleet.miners.size} href={hrefOf('miners')} />
      <Figure name="instances running" value={states.get('INSTANCE_STATE_RUNNING') ?? 0} href={hrefOf('instances')} />
      <Figure name="pending" value={pending} href={hrefOf('miners')} isBad={pending > 0} />
    </ul>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: number;
  readonly of?: number;
  readonly href: string;
  readonly isBad?: boolean;
}

function Figure({ name, value, of, href, isBad = false }: FigureProps) {
  return (
    <li>
      <a class={isBad ? 'figure figure-warn' : 'figure'} href={href}>
        <span class="figure-value">
          {value}
          {of !== undefined && <span class="muted"> / {of}</span>}
        </span>
        <span class="figure-name">{name}</span>
      </a>
    </li>
  );
}

/** What all hosts use together. */
function FleetPlots() {
  const { allocatable } = capacityOf(useDesk().fleet);
  return <UsagePlots id={FLEET} cpuMillis={allocatable.cpuMillis} memoryBytes={allocatable.memoryBytes} />;
}

/** Beyond these the lists of miners and hosts say more. */
const MOST_CONCERNS = 12;

const ALERTS_MS = 10_000;

/** Who may not see alerts sees the rest. */
function Attention() {
  return useDesk().whyNot('FleetService/GetAlerts') === undefined ? <AttentionWithAlerts /> : <Concerns />;
}

function AttentionWithAlerts() {
  const { value } = useAsked<AlertsJson>('/v1/alerts', ALERTS_MS);
  return <Concerns alerts={value} />;
}

function Concerns({ alerts }: { readonly alerts?: AlertsJson | undefined }) {
  const { fleet, status } = useDesk();
  const concerns = concernsOf(fleet, status.value, alerts);
  const more = concerns.length - MOST_CONCERNS;
  return (
    <Card
      title="Needs attention"
      class="attention"
      aside={<span class="muted">{concerns.length > 0 && concerns.length}</span>}
    >
      {concerns.length === 0 && (
        <Empty title="All is as wanted">
          Alarms, alerts, hosts that are not well, and miners that wait would be here, each with its why.
        </Empty>
      )}
      {status.value?.alarms.some(({ reason }) => reason === 'mass_loss') === true && <Brake />}
      <ul class="concerns">
        {concerns.slice(0, MOST_CONCERNS).map((concern) => (
          <ConcernRow key={concern.key} concern={concern} />
        ))}
      </ul>
      {more > 0 && <p class="muted">and {more} more</p>}
    </Card>
  );
}

/** Hosts were lost at once, and nothing is replaced until somebody says that they are gone. */
function Brake() {
  const { http } = useDesk();
  return (
    <p>
      <Action
        name="Release the brake"
        look="danger"
        method="HostService/ReleaseBrake"
        question={{
          ...{ title: 'Give up the hosts that were lost at once?', yes: 'Release', isDangerous: true },
          act: () => http.send('POST /v1/brake/release', {}),
          children: <p>What ran on them is placed on other hosts, as if it had ended.</p>,
        }}
      />
    </p>
  );
}

function ConcernRow({ concern: { what, href, word, tone, reason, text, sinceMs } }: { readonly concern: Concern }) {
  const { clock } = useDesk();
  return (
    <li>
      <div class="concern-head">
        <Tag word={word} tone={tone} />
        <a href={href}>{what}</a>
        {reason !== '' && <code>{reason}</code>}
        <span class="muted">{sinceMs > 0 && ago(sinceMs, clock.value)}</span>
      </div>
      {text !== '' && <p>{text}</p>}
    </li>
  );
}

function Capacity() {
  const { allocatable, allocated } = capacityOf(useDesk().fleet);
  const { cpuMillis, memoryBytes, diskBytes, gpus } = allocatable;
  return (
    <Card title="Capacity" aside={<span class="muted">given to instances, of what hosts offer</span>}>
      <Bar
        name="CPU"
        whole={cpuMillis}
        parts={[{ look: 'given', value: allocated.cpuMillis }]}
        text={`${cpus(allocated.cpuMillis)} of ${cpus(cpuMillis)}, ${percent(allocated.cpuMillis, cpuMillis)}`}
      />
      <Bar
        name="Memory"
        whole={memoryBytes}
        parts={[{ look: 'given', value: allocated.memoryBytes }]}
        text={`${bytes(allocated.memoryBytes)} of ${bytes(memoryBytes)}, ${percent(allocated.memoryBytes, memoryBytes)}`}
      />
      <Bar
        name="Disk"
        whole={diskBytes}
        parts={[{ look: 'given', value: allocated.diskBytes }]}
        text={`${bytes(allocated.diskBytes)} of ${bytes(diskBytes)}, ${percent(allocated.diskBytes, diskBytes)}`}
      />
      {gpus > 0 && (
        <Bar
          name="GPUs"
          whole={gpus}
          parts={[{ look: 'given', value: allocated.gpus }]}
          text={`${String(allocated.gpus)} of ${String(gpus)}`}
        />
      )}
    </Card>
  );
}

function Priorities({ classes }: { readonly classes: readonly ClassCounts[] }) {
  const mayDeploy = useDesk().whyNot('FleetService/ApplyMiners') === undefined;
  return (
    <Card title="Priorities" aside={<span class="muted">instances by class, the highest first</span>}>
      {classes.length === 0 ? (
        <Empty title="No miners yet">
          {mayDeploy && (
            <>
              <a href={hrefOf('deploy')}>Deploy one</a>, or <code>headframe apply -f miner.yaml</code>.
            </>
          )}
        </Empty>
      ) : (
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col" class="number">
                Miners
              </th>
              <th scope="col" class="stretch">
                Instances
              </th>
              <th scope="col" class="number">
                Running
              </th>
              <th scope="col" class="number">
                Waiting
              </th>
            </tr>
          </thead>
          <tbody>
            {classes.map(({ name, miners, wanted, running, starting, pending }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{miners}</td>
                <td class="stretch">
                  <Strip
                    label={`${String(running)} running, ${String(starting)} starting, ${String(pending)} waiting`}
                    whole={wanted}
                    parts={[
                      { look: 'good', value: running },
                      { look: 'busy', value: starting },
                      { look: 'warn', value: pending },
                    ]}
                  />
                </td>
                <td class="number">{running}</td>
                <td class="number">{pending}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}
