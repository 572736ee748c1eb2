import { systemClock } from '../../../../common/model/clock.js';
import type { HeadNews, HeadOrder } from '../../../../common/model/space-head.js';
import { failedNews, Head } from './head.js';

/** Ends with whoever started it: no node is spoken with in the name of a coordinator that is gone. */
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// Whoever stops the coordinator from a terminal stops it through the coordinator.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => undefined);

const tell = (news: HeadNews): void => void process.send?.(news);
let head: Head | undefined;
process.on('message', (order: HeadOrder) => {
  if (order.kind !== 'start') return head?.hear(order);
  begin(() => new Head(order, systemClock, tell));
});

function begin(make: () => Head): void {
  try {
    head = make();
  } catch (error) {
    end(error);
    return;
  }
  head.run().then(() => process.disconnect(), end);
}

function end(error: unknown): void {
  process.send?.(failedNews(error), () => process.disconnect());
}
