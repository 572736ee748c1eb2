import { useSignal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { useDesk } from '../desk.js';
import { problemOf } from '../edge/http.js';
import type { Problem } from '../edge/http.js';
import { EMPTY_FORM, faultsOf, specOf } from '../state/deploy-form.js';
import type { ContainerForm, FormFaults } from '../state/deploy-form.js';
import { hrefOf } from '../state/route.js';
import type { WhyJson } from '../state/wire.js';
import { Card, PageHead } from '../ui/card.js';
import { Field } from '../ui/field.js';
import { Notice, ProblemNote } from '../ui/notice.js';
import { WhyCard } from '../ui/why.js';

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

/** Makes a miner of a container image; where it would go can be asked first. */
export function Deploy() {
  const { http } = useDesk();
  const form = useSignal(EMPTY_FORM);
  const hasTried = useSignal(false);
  const isBusy = useSignal(false);
  const outcome = useSignal<Outcome>({});
  const faults = hasTried.value ? faultsOf(form.value) : {};
  const tryTo = async (what: () => Promise<Outcome>): Promise<void> => {
    hasTried.value = true;
    if (isBusy.value || Object.keys(faultsOf(form.value)).length > 0) return;
    isBusy.value = true;
    outcome.value = await what().catch((error: unknown) => ({ problem: problemOf(error) }));
    isBusy.value = false;
  };
  const deploy = async (): Promise<Outcome> => {
    await http.send('POST /v1/miners', { miners: [specOf(form.value)], newOnly: true });
    location.hash = hrefOf('miners', form.value.name);
    return {};
  };
  const plan = async (): Promise<Outcome> => {
    const { plans } = await http.send<{ plans: readonly PlanJson[] }>('POST /v1/plan', {
      miners: [specOf(form.value)],
    });
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
        }}
      >
        <ContainerFields form={form} faults={faults} />
        <div class="deploy-end">
          {Object.keys(faults).length > 0 && <Notice tone="bad">Some fields want to be corrected.</Notice>}
          <ProblemNote problem={outcome.value.problem} />
          {outcome.value.plan !== undefined && <PlanNote plan={outcome.value.plan} />}
          <div class="dialog-actions">
            <button type="button" disabled={isBusy.value} onClick={() => void tryTo(plan)}>
              Where would it go?
            </button>
            <button type="submit" class="primary" disabled={isBusy.value}>
              Deploy
            </button>
          </div>
        </div>
      </form>
    </>
  );
}

interface FieldsProps {
  readonly form: Signal<ContainerForm>;
  readonly faults: FormFaults;
}

function ContainerFields({ form, faults }: FieldsProps) {
  const field = (name: keyof ContainerForm) => ({
    ...{ name, value: form.value[name], fault: faults[name] },
    onValue: (value: string) => {
      form.value = { ...form.value, [name]: value };
    },
  });
  return (
    <div class="columns">
      <Card title="Container">
        <Field title="Name" {...field('name')} hint="of the miner, unique in the fleet" />
        <Field title="Image" {...field('image')} hint="with its tag or digest" />
        <Field title="Arguments" {...field('args')} hint="after the image's entrypoint; quotes as in a shell" />
        <Field
          title="Variables"
          rows={4}
          {...field('env')}
          hint="NAME=value, one a line; no secrets, which a manifest refers to by name"
        />
        <Field
          title="Port"
          type="number"
          {...field('port')}
          hint="that it listens on; a port of the host is chosen for it"
        />
      </Card>
      <Card title="Size and place">
        <div class="pair">
          <Field title="Replicas" type="number" {...field('replicas')} />
          <Field title="Priority" type="number" {...field('priority')} hint="0–1000; normal is 500" />
        </div>
        <div class="pair">
          <Field title="CPUs" type="number" {...field('cpu')} />
          <Field title="Memory, MiB" type="number" {...field('memoryMib')} />
        </div>
        <div class="pair">
          <Field title="Disk, GiB" type="number" {...field('diskGib')} />
          <Field title="Namespace" {...field('namespace')} />
        </div>
        <p class="muted">
          Each instance has so much, as hard limits. Constraints, volumes, health checks, secrets and the other kinds
          are said in a manifest: <code>headframe apply -f miner.yaml</code>.
        </p>
      </Card>
    </div>
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
