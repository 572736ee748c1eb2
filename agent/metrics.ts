import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { createRegistry, serveMetrics } from '../common/observe/metrics.js';
import type { Agent } from './agent.js';

/** Serves what an agent knows of itself at /metrics; throws as `serveMetrics` does. */
export function serveAgentMetrics(agent: Agent, at: { host: string; port: number }): ReturnType<typeof serveMetrics> {
  const registry = createRegistry('agent');
  collectAgentMetrics(registry, agent);
  return serveMetrics(registry, at);
}

/** Adds what an agent knows of itself to its metrics; figures per instance go through the coordinator. */
function collectAgentMetrics(registry: Registry, agent: Agent): void {
  const registers = [registry];
  new Gauge({
    name: 'headframe_agent_connected',
    help: '1 while a session with the coordinator is open',
    registers,
    collect() {
      this.set(agent.status().connected ? 1 : 0);
    },
  });
  new Gauge({
    name: 'headframe_agent_instances',
    help: 'Instances assigned to this host by state',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset();
      for (const { state } of agent.status().instances) this.inc({ state });
    },
  });
  new Gauge({
    name: 'headframe_agent_instance_restarts',
    help: 'Restarts of the instances now assigned to this host, together',
    registers,
    collect() {
      this.set(agent.status().instances.reduce((sum, { restarts }) => sum + restarts, 0));
    },
  });
  new Gauge({
    name: 'headframe_agent_condition',
    help: '1 for each thing wrong with the host now, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const reason of agent.care.ailments) this.set({ reason }, 1);
    },
  });
  new Counter({
    name: 'headframe_agent_care_total',
    help: 'What was wrong with the host or done for its sake since the start, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of agent.care.counts) this.inc({ reason }, count);
    },
  });
}
