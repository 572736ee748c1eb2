import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { serveAgentMetrics } from '../../../agent/metrics.js';
import { createRegistry } from '../../../common/observe/metrics.js';
import { LiveBoard } from '../../../coordinator/sessions/index.js';
import {
  collectFleetMetrics,
  collectFollowing,
  collectNetworkMetrics,
  collectRewardMetrics,
  collectSessionMetrics,
  collectStore,
  countCalls,
} from '../../../coordinator/telemetry/index.js';
import { openFleetFixture } from '../../support/fleet-fixture.js';

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] };
}

const read = (path: string): string => readFileSync(new URL(`../../../deploy/${path}`, import.meta.url), 'utf8');
// Both are files of ours; what is wrong in them fails below.
const rules = (parse(read('prometheus/headframe.rules.yaml')) as Rules).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('grafana/headframe.json')) as Dashboard;

/** Names in the text of all metrics that programs serve. */
async function servedNames(): Promise<Set<string>> {
  const { fleet } = await openFleetFixture();
  const registry = createRegistry('coordinator');
  collectFleetMetrics(registry, { fleet, scheduler: { why: () => undefined }, rollout: { whyOf: () => undefined } });
  const sessions = { size: 0, reportCounts: new Map() };
  const parts = { sessions, board: new LiveBoard(), alarms: () => [], bus: undefined, publisher: undefined };
  collectSessionMetrics(registry, parts);
  collectNetworkMetrics(registry, { connections: () => [] });
  collectRewardMetrics(registry, { followed: () => [], reads: () => new Map(), earned: () => [] });
  countCalls(registry);
  collectStore(registry, { states: new Map(), rooms: new Map() });
  collectFollowing(registry, {
    ageMs: 0,
    known: { revision: 0, behind: 0 },
    failures: { away: 0, unreadable: 0, lost: 0 },
  });
  const care = { ailments: [], counts: new Map() };
  const agent = { status: () => ({ connected: true, instances: [] }), care };
  // What its metrics read of an agent.
  const served = await serveAgentMetrics(agent as unknown as Parameters<typeof serveAgentMetrics>[0], {
    host: '127.0.0.1',
    port: 0,
  });
  try {
    const ofAgent = await (await fetch(`http://${served.address}/metrics`)).text();
    const text = `${await registry.metrics()}\n${ofAgent}`;
    const typed = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)];
    return new Set(
      typed.flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
      ),
    );
  } finally {
    await served.close();
  }
}

describe('the rules for Prometheus and the dashboard for Grafana', () => {
  let names: Set<string>;
  before(async () => {
    names = await servedNames();
  });

  const unknownIn = (expression: string): string[] =>
    [...expression.matchAll(/\bheadframe_\w+/g)].map(([name]) => name).filter((name) => !names.has(name));

  it('name metrics that programs serve, and none besides', () => {
    const variables = dashboard.templating.list.map(({ query }) => (typeof query === 'string' ? query : query.query));
    const panels = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const expressions = [...rules.map(({ expr }) => expr), ...panels, ...variables];
    expect(expressions.filter((one) => one.includes('headframe_'))).to.have.length.greaterThan(25);
    expect(expressions.flatMap(unknownIn)).to.deep.equal([]);
  });

  it('have names of their own', () => {
    const alerts = rules.map(({ alert }) => alert);
    expect(new Set(alerts).size).to.equal(alerts.length);
    const titles = dashboard.panels.map(({ title }) => title);
    expect(new Set(titles).size).to.equal(titles.length);
  });
});
