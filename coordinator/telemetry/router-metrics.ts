import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { OUTCOMES } from '../router/index.js';
import type { Router } from '../router/index.js';

/** In words of metrics. */
const WORDS: Readonly<Record<(typeof OUTCOMES)[number], string>> = {
  ...{ answered: 'answered', rejected: 'rejected', failed: 'failed', timedOut: 'timed_out' },
  ...{ broken: 'broken', unreached: 'unreached', left: 'left' },
};

/** Adds how models are asked and answer, by their names. */
export function collectRouterMetrics(registry: Registry, { table, onEnded }: Pick<Router, 'table' | 'onEnded'>): void {
  const registers = [registry];
  new Counter({
    name: 'headframe_router_questions_total',
    help: 'Questions to models that have ended, by how',
    labelNames: ['model', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const [model, figures] of table.figures())
        for (const outcome of OUTCOMES) this.inc({ model, outcome: WORDS[outcome] }, figures[outcome]);
    },
  });
  new Gauge({
    name: 'headframe_router_outstanding',
    help: 'Questions to models that are under way',
    labelNames: ['model'],
    registers,
    collect() {
      this.reset();
      for (const [model, { outstanding }] of table.figures()) this.set({ model }, outstanding);
    },
  });
  const seconds = new Histogram({
    name: 'headframe_router_answer_seconds',
    help: 'Time from a question to the last byte of what a model answered',
    labelNames: ['model'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  onEnded(({ model, outcome, durationMs }) => {
    if (outcome === 'answered' || outcome === 'rejected' || outcome === 'failed')
      seconds.observe({ model }, durationMs / 1000);
  });
  table.onDropped((model) => {
    seconds.remove({ model });
  });
}
