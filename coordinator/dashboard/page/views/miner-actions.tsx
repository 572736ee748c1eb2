import { useSignal } from '@preact/signals';
import { useDesk } from '../desk.js';
import type { MinerJson } from '../state/wire.js';
import { Action } from '../ui/action.js';

/** The miner that something is done with. */
interface MinerActionsProps {
  readonly miner: MinerJson;
  readonly name: string;
}

/** What can be done with a miner. */
export function MinerActions({ miner, name }: MinerActionsProps) {
  const { http } = useDesk();
  const path = `/v1/miners/${encodeURIComponent(name)}`;
  const gone = miner.deleting ? 'It is being deleted.' : undefined;
  const post = (what: string) => () => http.send(`POST ${path}/${what}`, {});
  const restart = miner.stopped ? 'Start' : 'Restart';
  return (
    <>
      <Scale miner={miner} name={name} />
      <Action
        name={restart}
        method="FleetService/RestartMiner"
        idle={gone}
        question={{
          ...{ title: `${restart} ${name}?`, yes: restart, act: post('restart') },
          children: (
            <p>{miner.stopped ? 'Its instances are placed again.' : 'Its instances are replaced a few at a time.'}</p>
          ),
        }}
      />
      <Rollout miner={miner} post={post} />
      <Ending miner={miner} name={name} post={post} />
    </>
  );
}

function Ending({ miner, name, post }: MinerActionsProps & RolloutProps) {
  const { http } = useDesk();
  const gone = miner.deleting ? 'It is being deleted.' : undefined;
  const running = miner.counts?.running ?? 0;
  return (
    <>
      <Action
        name="Stop"
        look="danger"
        method="FleetService/StopMiner"
        idle={gone ?? (miner.stopped ? 'It is stopped already.' : undefined)}
        question={{
          ...{ title: `Stop ${name}?`, yes: 'Stop', isDangerous: true, act: post('stop') },
          children: <p>All of its {running} running instances end. The miner is kept, and can be started again.</p>,
        }}
      />
      <Action
        name="Delete"
        look="danger"
        method="FleetService/DeleteMiner"
        idle={gone}
        question={{
          ...{ title: `Delete ${name}?`, yes: 'Delete', isDangerous: true, typed: name },
          act: () => http.send(`DELETE /v1/miners/${encodeURIComponent(name)}`),
          children: <p>Its instances end, and nothing of the miner is kept.</p>,
        }}
      />
    </>
  );
}

function Scale({ miner, name }: MinerActionsProps) {
  const { http } = useDesk();
  const wanted = useSignal<string | undefined>(undefined);
  const now = String(miner.spec?.replicas ?? miner.counts?.desired ?? 1);
  const shown = wanted.value ?? now;
  const idle = miner.autoscale === undefined ? undefined : 'Its number follows the load.';
  const act = async (): Promise<void> => {
    const replicas = Number(shown);
    await http.send(`POST /v1/miners/${encodeURIComponent(name)}/scale`, { replicas });
    wanted.value = undefined;
  };
  return (
    <Action
      name="Scale"
      method="FleetService/ScaleMiner"
      idle={miner.deleting ? 'It is being deleted.' : idle}
      question={{
        ...{ title: `Scale ${name}`, yes: 'Scale', act },
        children: (
          <label class="field">
            <span>Wanted instances, now {now}</span>
            <input
              type="number"
              min="0"
              max="1000000"
              required
              value={shown}
              onInput={(event) => (wanted.value = event.currentTarget.value)}
            />
          </label>
        ),
      }}
    />
  );
}

interface RolloutProps {
  readonly miner: MinerJson;
  readonly post: (what: string) => () => Promise<unknown>;
}

/** What can be done about how it comes along. */
function Rollout({ miner: { rollout, quarantine }, post }: RolloutProps) {
  if (quarantine !== undefined)
    return (
      <Action
        name="Release"
        method="FleetService/ReleaseMiner"
        question={{
          ...{ title: 'Try it again?', yes: 'Release', act: post('release') },
          children: <p>Its failures are forgotten, and what is missing is made again.</p>,
        }}
      />
    );
  if (rollout?.state === 'ROLLOUT_STATE_PROGRESSING')
    return (
      <Action
        name="Pause rollout"
        method="FleetService/PauseMiner"
        question={{
          ...{ title: 'Pause the rollout?', yes: 'Pause', act: post('pause') },
          children: <p>Nothing more is replaced until it goes on.</p>,
        }}
      />
    );
  if (rollout?.state === 'ROLLOUT_STATE_PAUSED' || rollout?.state === 'ROLLOUT_STATE_FAILED')
    return (
      <Action
        name="Resume rollout"
        method="FleetService/ResumeMiner"
        question={{
          ...{ title: 'Go on with the rollout?', yes: 'Resume', act: post('resume') },
          children: <p>Instances are replaced again, with a new deadline.</p>,
        }}
      />
    );
  return null;
}
