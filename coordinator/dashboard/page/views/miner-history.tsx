import { useAsked } from '../asked.js';
import { useDesk } from '../desk.js';
import { ago } from '../state/format.js';
import { containerOf } from '../state/spec.js';
import { shortName } from '../state/wire.js';
import type { SpecJson } from '../state/wire.js';
import { Action } from '../ui/action.js';
import { Card, Empty } from '../ui/card.js';
import { ProblemNote } from '../ui/notice.js';

interface RevisionJson {
  readonly revision: string;
  readonly spec?: SpecJson;
  readonly outcome: string;
  readonly appliedAtMs: string;
  readonly text: string;
  readonly current: boolean;
}

const EVERY_MS = 10_000;

/** The revisions of a miner, with a way back to each. */
export function History({ name, specRevision }: { readonly name: string; readonly specRevision: string }) {
  const { http, clock } = useDesk();
  const path = `/v1/miners/${encodeURIComponent(name)}`;
  const { value, problem } = useAsked<{ revisions: readonly RevisionJson[] }>(
    `${path}/history`,
    EVERY_MS,
    undefined,
    specRevision,
  );
  const revisions = value?.revisions ?? [];
  return (
    <Card title="History">
      <ProblemNote problem={problem} />
      {revisions.length === 0 && <Empty title="No revisions are kept" />}
      <ul class="history">
        {revisions.map(({ revision, spec, outcome, appliedAtMs, text, current }) => (
          <li key={revision}>
            <div class="concern-head">
              <strong>{revision}</strong>
              <span>{current ? 'current' : shortName(outcome, 'REVISION_OUTCOME_')}</span>
              <span class="muted">{ago(appliedAtMs, clock.value)}</span>
              <span class="grow" />
              {!current && (
                <Action
                  name="Roll back"
                  method="FleetService/RollbackMiner"
                  question={{
                    ...{ title: `Go back to revision ${revision}?`, yes: 'Roll back' },
                    act: () => http.send(`POST ${path}/rollback`, { toRevision: revision }),
                    children: <p>Instances are replaced a few at a time. Replicas and priority stay.</p>,
                  }}
                />
              )}
            </div>
            <p class="muted">
              <code>{spec === undefined ? '' : containerOf(spec)?.image}</code> {text}
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
