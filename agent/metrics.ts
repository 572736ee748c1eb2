import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Agent } from './agent.js';

/** Adds what an agent knows of itself to its metrics; figures per instance go through the coordinator. */
export function collectAgentMetrics(registry: Registry, agent: Agent): void {
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
}
