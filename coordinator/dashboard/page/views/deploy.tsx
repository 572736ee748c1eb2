import { useSignal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { useDesk } from '../desk.js';
import { focusFault } from '../edge/browser.js';
import { problemOf } from '../edge/http.js';
import type { Problem } from '../state/problem.js';
import { EMPTY_FORM, faultsOf, specOf } from '../state/deploy-form.js';
import type { DeployForm } from '../state/deploy-form.js';
import { hrefOf } from '../state/route.js';
import type { WhyJson } from '../state/wire.js';
import { PageHead } from '../ui/card.js';
import { Notice, ProblemNote } from '../ui/notice.js';
import { WhyCard } from '../ui/why.js';
import { DeployFields } from './deploy-fields.js';

/** What the coordinator would do with a miner. */
interface PlanJson {
  readonly placements: readonly { readonly hostId: string; readonly hostName: string; readonly count: number }[];
  readonly unplaced: number;
  readonly why?: WhyJson;
  readonly preempted: readonly { readonly instanceId: string; readonly miner: string; readonly priority: number }[];
}

/** What the form has come to. */
interface Outcome {
  readonly problem?: Problem;
  readonly plan?: PlanJson;
}

/** Makes a miner of a container image, or of a model's Dockerfile; where it would go can be asked first. */
export function Deploy() {
  const { http } = useDesk();
  const form = useSignal(EMPTY_FORM);
  const file = useSignal<File | undefined>(undefined);
  const { outcome, isBusy, faults, tryTo } = useTries(form);
  const spec = async (): Promise<object> => {
    const { kind, source } = form.value;
    if (kind !== 'model' || source !== 'upload' || file.value === undefined) return specOf(form.value);
    const { digest } = await http.upload<{ readonly digest: string }>('/v1/models/uploads', file.value);
    return specOf(form.value, digest);
  };
  const deploy = async (): Promise<Outcome> => {
    await http.send('POST /v1/miners', { miners: [await spec()], newOnly: true });
    location.hash = hrefOf('miners', form.value.name);
    return {};
  };
  const plan = async (): Promise<Outcome> => {
    const { plans } = await http.send<{ plans: readonly PlanJson[] }>('POST /v1/plan', { miners: [await spec()] });
    const [first] = plans;
    return first === undefined ? {} : { plan: first };
  };
  return (
    <>
      <PageHead title="Deploy" />
      <form
        class="deploy"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void tryTo(deploy);
          focusFault(event.currentTarget);
        }}
      >
        <KindChoice form={form} />
        <DeployFields form={form} file={file} faults={faults} />
        <div class="deploy-end">
          {Object.keys(faults).length > 0 && <Notice tone="bad">Some fields want to be corrected.</Notice>}
          <ProblemNote problem={outcome.problem} />
          {outcome.plan !== undefined && <PlanNote plan={outcome.plan} />}
          <div class="dialog-actions">
            <button type="button" disabled={isBusy} onClick={() => void tryTo(plan)}>
              Where would it go?
            </button>
            <button type="submit" class="primary" disabled={isBusy}>
              {isBusy ? 'One moment …' : 'Deploy'}
            </button>
          </div>
        </div>
      </form>
    </>
  );
}

/** What has come of a form, and a way to try something with it, one thing at a time and without faults alone. */
function useTries(form: Signal<DeployForm>) {
  const hasTried = useSignal(false);
  const isBusy = useSignal(false);
  const outcome = useSignal<Outcome>({});
  const tryTo = async (what: () => Promise<Outcome>): Promise<void> => {
    hasTried.value = true;
    if (isBusy.value || Object.keys(faultsOf(form.value)).length > 0) return;
    isBusy.value = true;
    outcome.value = await what().catch((error: unknown) => ({ problem: problemOf(error) }));
    isBusy.value = false;
  };
  const faults = hasTried.value ? faultsOf(form.value) : {};
  return { outcome: outcome.value, isBusy: isBusy.value, faults, tryTo };
}

const KINDS = [
  ['container', 'A container of an image'],
  ['model', 'An AI model from its Dockerfile'],
] as const;

function KindChoice({ form }: { readonly form: Signal<DeployForm> }) {
  return (
    <fieldset class="choice">
      <legend class="unseen">What it is made of</legend>
      {KINDS.map(([kind, title]) => (
        <label key={kind}>
          <input
            type="radio"
            name="kind"
            checked={form.value.kind === kind}
            onChange={() => (form.value = { ...form.value, kind })}
          />
          {title}
        </label>
      ))}
    </fieldset>
  );
}

function PlanNote({ plan: { placements, unplaced, why, preempted } }: { readonly plan: PlanJson }) {
  return (
    <>
      <Notice tone={unplaced > 0 ? 'warn' : 'good'}>
        {placements.map(({ hostId, hostName, count }) => (
          <p key={hostId}>
            {count} on <a href={hrefOf('hosts', hostId)}>{hostName}</a>
          </p>
        ))}
        {unplaced > 0 && <p>{unplaced} would wait.</p>}
        {preempted.length > 0 && (
          <p>
            {preempted.length} instances of lower priority would make room:{' '}
            {preempted
              .slice(0, 5)
              .map(({ instanceId }) => instanceId)
              .join(', ')}
          </p>
        )}
        {placements.length === 0 && unplaced === 0 && <p>Nothing would be placed anew.</p>}
      </Notice>
      {why !== undefined && unplaced > 0 && <WhyCard title="Why some would wait" why={why} />}
    </>
  );
}
