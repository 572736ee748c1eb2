import type { Signal } from '@preact/signals';
import type { DeployForm, FormFaults } from '../state/deploy-form.js';
import { Card } from '../ui/card.js';
import { Field } from '../ui/field.js';
import { Select } from '../ui/select.js';

/** A form and what is wrong with it. */
interface FieldsProps {
  readonly form: Signal<DeployForm>;
  readonly file: Signal<File | undefined>;
  readonly faults: FormFaults;
}

/** The fields of a deployment. */
export function DeployFields(props: FieldsProps) {
  return (
    <div class="columns">
      {props.form.value.kind === 'container' ? <ContainerFields {...props} /> : <ModelFields {...props} />}
      <SizeFields {...props} />
    </div>
  );
}

function bound({ form, faults }: FieldsProps, name: keyof DeployForm) {
  return {
    ...{ name, value: form.value[name], fault: faults[name] },
    onValue: (value: string) => {
      form.value = { ...form.value, [name]: value };
    },
  };
}

const NAME_HINT = 'of the miner, unique in the fleet';
const ENV_HINT = 'NAME=value, one a line; no secrets, which a manifest refers to by name';

function ContainerFields(props: FieldsProps) {
  return (
    <Card title="Container">
      <Field title="Name" {...bound(props, 'name')} hint={NAME_HINT} />
      <Field title="Image" {...bound(props, 'image')} hint="with its tag or digest" />
      <Field title="Arguments" {...bound(props, 'args')} hint="after the image's entrypoint; quotes as in a shell" />
      <Field title="Variables" rows={4} {...bound(props, 'env')} hint={ENV_HINT} />
      <Field
        title="Port"
        type="number"
        {...bound(props, 'port')}
        hint="that it listens on; a port of the host is chosen for it"
      />
    </Card>
  );
}

const SOURCES = [
  ['upload', 'A file from here'],
  ['url', 'A URL'],
  ['git', 'A git repository'],
] as const;
const TYPES = [
  ['', 'what it says itself'],
  ['llm', 'llm'],
  ['vision', 'vision'],
  ['speech', 'speech'],
  ['translation', 'translation'],
] as const;

function ModelFields(props: FieldsProps) {
  const { source } = props.form.value;
  return (
    <Card title="Model">
      <Field title="Name" {...bound(props, 'name')} hint={NAME_HINT} />
      <Select title="Its Dockerfile is in" {...bound(props, 'source')} options={SOURCES} />
      {source === 'upload' && <FileField {...props} />}
      {source !== 'upload' && (
        <Field
          title="URL"
          type="url"
          {...bound(props, 'url')}
          hint={source === 'url' ? 'of a Dockerfile, or a tar archive with one' : 'of the repository'}
        />
      )}
      {source === 'git' && <Field title="Commit" {...bound(props, 'commit')} hint="its whole id" />}
      <Field
        title="Port"
        type="number"
        {...bound(props, 'port')}
        hint="at which it answers /api/chat, /health and /info; it finds it in PORT, too"
      />
      <Field title="Variables" rows={3} {...bound(props, 'env')} hint={ENV_HINT} />
      <div class="pair">
        <Select title="Type" {...bound(props, 'type')} options={TYPES} />
        <Field title="Account" {...bound(props, 'account')} hint="who is paid: SS58 or 0.0.N" />
      </div>
    </Card>
  );
}

function FileField({ form, file, faults }: FieldsProps) {
  return (
    <div class="field">
      <label for="file">File</label>
      <input
        id="file"
        type="file"
        aria-describedby="file-about"
        aria-invalid={faults.file !== undefined}
        onChange={({ currentTarget: { files } }) => {
          file.value = files?.[0];
          form.value = { ...form.value, file: files?.[0]?.name ?? '' };
        }}
      />
      <small id="file-about" class={faults.file === undefined ? undefined : 'fault'}>
        {faults.file ?? 'a Dockerfile that needs no other file, or a tar archive (also with gzip) with one'}
      </small>
    </div>
  );
}

function SizeFields(props: FieldsProps) {
  return (
    <Card title="Size and place">
      <div class="pair">
        <Field title="Replicas" type="number" {...bound(props, 'replicas')} />
        <Field title="Priority" type="number" {...bound(props, 'priority')} hint="0–1000; normal is 500" />
      </div>
      <div class="pair">
        <Field title="CPUs" type="number" {...bound(props, 'cpu')} />
        <Field title="Memory, MiB" type="number" {...bound(props, 'memoryMib')} />
      </div>
      <div class="pair">
        <Field title="Disk, GiB" type="number" {...bound(props, 'diskGib')} />
        <Field title="Namespace" {...bound(props, 'namespace')} />
      </div>
      <p class="muted">
        Each instance has so much, as hard limits. Constraints, volumes, health checks, secrets and the other kinds are
        said in a manifest: <code>headframe apply -f miner.yaml</code>.
      </p>
    </Card>
  );
}
