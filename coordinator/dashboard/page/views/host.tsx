import { follow, useDesk } from '../desk.js';
import { useHostSamples } from '../metrics.js';
import { amountsOf } from '../state/capacity.js';
import { ago, bytes, cpus, percent } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import { isOver, standingOfHost } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import type { HostJson } from '../state/wire.js';
import { Action } from '../ui/action.js';
import { Bar } from '../ui/bar.js';
import { Card, Empty, Facts, PageHead } from '../ui/card.js';
import { EventList } from '../ui/event-list.js';
import { InstanceTable } from '../ui/instance-table.js';
import { Notice } from '../ui/notice.js';
import { Label, Tag } from '../ui/tag.js';
import { UsagePlots } from '../ui/usage-plots.js';

const UP = { title: 'Hosts', href: hrefOf('hosts') };

/** One host: what it has, what it uses, and what runs on it. */
export function HostPage({ id }: { readonly id: string }) {
  useHostSamples();
  const { fleet, fleetVersion, events, eventVersion } = useDesk();
  follow(fleetVersion, eventVersion);
  const host = fleet.hosts.get(id);
  if (host === undefined)
    return (
      <>
        <PageHead title={id} up={UP} />
        <Empty title={fleet.isWhole ? 'There is no such host' : 'Reading the fleet …'} />
      </>
    );
  const instances = [...fleet.instances.values()].filter((one) => one.hostId === id && !isOver(one));
  const own = events.all.filter(({ hostId, subject, id: of }) => hostId === id || (subject === 'host' && of === id));
  return (
    <>
      <PageHead title={host.name} up={UP} about={<Tag {...standingOfHost(host)} />}>
        <HostActions host={host} />
      </PageHead>
      <Conditions host={host} />
      <UsagePlots id={id} cpuMillis={host.claimed?.cpuMillis} memoryBytes={amountsOf(host.claimed).memoryBytes} />
      <div class="columns">
        <Card title="Capacity">
          <HostBars host={host} />
        </Card>
        <About host={host} />
      </div>
      <Card title="Instances" aside={<span class="muted">{instances.length}</span>}>
        <InstanceTable items={instances} without="Host" />
      </Card>
      <Card title="Latest events">
        <EventList events={own.slice(-10).reverse()} />
      </Card>
    </>
  );
}

function Conditions({ host: { conditions, text, state } }: { readonly host: HostJson }) {
  if (conditions.length === 0)
    return state === 'HOST_STATE_READY' || text === '' ? null : <Notice tone="warn">{text}</Notice>;
  return (
    <Notice tone="warn">
      {conditions.map((condition) => (
        <p key={condition.reason}>
          <code>{condition.reason}</code> {condition.text}
        </p>
      ))}
    </Notice>
  );
}

function HostBars({ host }: { readonly host: HostJson }) {
  const all = amountsOf(host.allocatable);
  const given = amountsOf(host.allocated);
  return (
    <>
      <Bar
        name="CPU"
        whole={all.cpuMillis}
        parts={[{ look: 'given', value: given.cpuMillis }]}
        text={`${cpus(given.cpuMillis)} of ${cpus(all.cpuMillis)}, ${percent(given.cpuMillis, all.cpuMillis)}`}
      />
      <Bar
        name="Memory"
        whole={all.memoryBytes}
        parts={[{ look: 'given', value: given.memoryBytes }]}
        text={`${bytes(given.memoryBytes)} of ${bytes(all.memoryBytes)}`}
      />
      <Bar
        name="Disk"
        whole={all.diskBytes}
        parts={[{ look: 'given', value: given.diskBytes }]}
        text={`${bytes(given.diskBytes)} of ${bytes(all.diskBytes)}`}
      />
      {all.gpus > 0 && (
        <Bar
          name="GPUs"
          whole={all.gpus}
          parts={[{ look: 'given', value: given.gpus }]}
          text={`${String(given.gpus)} of ${String(all.gpus)}`}
        />
      )}
      {host.verified.length > 0 && (
        <p class="muted">
          Proven by challenges: {host.verified.map(({ type }) => shortName(type, 'CHALLENGE_TYPE_')).join(', ')}
        </p>
      )}
    </>
  );
}

function About({ host }: { readonly host: HostJson }) {
  const { clock } = useDesk();
  const { facts, labels, runtime, agentVersion, joinedAtMs, lastSeenMs, id } = host;
  const labelTexts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return (
    <Card title="About">
      <Facts
        rows={[
          ['Id', <code>{id}</code>],
          ['Labels', labelTexts.length === 0 ? '–' : labelTexts.map((text) => <Label key={text} text={text} />)],
          ['Processor', facts === undefined ? '–' : `${String(facts.cpuCount)} × ${facts.cpuModel}`],
          ['System', facts === undefined ? '–' : `${facts.os}, ${facts.kernel}, ${facts.arch}`],
          ['Addresses', facts?.addresses.join(', ') ?? '–'],
          [
            'GPUs',
            facts === undefined || facts.gpus.length === 0
              ? 'none'
              : facts.gpus.map(({ vendor, model }) => `${vendor} ${model}`).join(', '),
          ],
          ['Runtime', `${runtime} ${facts?.engineVersion ?? ''}`],
          ['Agent', agentVersion],
          ['Joined', ago(joinedAtMs, clock.value)],
          ['Seen', ago(lastSeenMs, clock.value)],
        ]}
      />
    </Card>
  );
}

function HostActions({ host }: { readonly host: HostJson }) {
  const { id, name, cordoned, draining } = host;
  const { http } = useDesk();
  const path = `/v1/hosts/${encodeURIComponent(id)}`;
  const text = { text: 'By the dashboard.' };
  return (
    <>
      {cordoned || draining ? (
        <Action
          name="Uncordon"
          method="HostService/UncordonHost"
          question={{
            title: `Open ${name} again?`,
            yes: 'Uncordon',
            act: () => http.send(`POST ${path}/uncordon`, {}),
            children: <p>New instances may be placed on it.</p>,
          }}
        />
      ) : (
        <Action
          name="Cordon"
          method="HostService/CordonHost"
          question={{
            title: `Cordon ${name}?`,
            yes: 'Cordon',
            act: () => http.send(`POST ${path}/cordon`, text),
            children: <p>Nothing new is placed on it; what runs goes on.</p>,
          }}
        />
      )}
      <Action
        name="Drain"
        look="danger"
        method="HostService/DrainHost"
        idle={draining ? 'It is being drained already.' : undefined}
        question={{
          ...{
            title: `Drain ${name}?`,
            yes: 'Drain',
            isDangerous: true,
            act: () => http.send(`POST ${path}/drain`, text),
          },
          children: <p>What runs on it moves to other hosts, or waits where there is no room.</p>,
        }}
      />
      <Remove host={host} />
    </>
  );
}

function Remove({ host: { id, name } }: { readonly host: HostJson }) {
  const { http } = useDesk();
  return (
    <Action
      name="Remove"
      look="danger"
      method="HostService/RemoveHost"
      question={{
        ...{ title: `Remove ${name}?`, yes: 'Remove', isDangerous: true, typed: name },
        act: async () => {
          await http.send(`DELETE /v1/hosts/${encodeURIComponent(id)}`);
          location.hash = hrefOf('hosts');
        },
        children: (
          <p>It is no host of the fleet any more, and its certificate is worth nothing. It has to be empty, or lost.</p>
        ),
      }}
    />
  );
}
