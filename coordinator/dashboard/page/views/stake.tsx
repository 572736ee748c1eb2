import { useAsked } from '../asked.js';
import { useDesk } from '../desk.js';
import type { Desk } from '../desk.js';
import { ago, shortAddress, tokens } from '../state/format.js';
import { hrefOf } from '../state/route.js';
import type { Tone } from '../state/standing.js';
import { shortName } from '../state/wire.js';
import { AsOf } from '../ui/as-of.js';
import { Card, Empty, PageHead } from '../ui/card.js';
import { ProblemNote } from '../ui/notice.js';
import { Table } from '../ui/table.js';
import type { Column } from '../ui/table.js';
import { Tag } from '../ui/tag.js';

interface RewardJson {
  readonly network: string;
  readonly netuid: number;
  readonly hotkey: string;
  readonly hotkeyName: string;
  readonly wallet: string;
  readonly earnedPlanck: string;
  readonly spotPlanck: string;
  readonly stakePlanck?: string;
  readonly lastAtMs: string;
  readonly tokenSymbol: string;
  readonly decimals?: number;
  readonly unit: string;
  readonly miners: readonly string[];
}

interface PolicyJson {
  readonly policy?: { readonly name: string; readonly network: string; readonly targetPlanck: string };
  readonly hotkeyName: string;
  readonly reason: string;
  readonly text: string;
  readonly lookedAtMs: string;
  readonly seen?: { readonly stakePlanck: string };
  readonly tokenSymbol: string;
  readonly decimals?: number;
}

interface IntentJson {
  readonly id: string;
  readonly network: string;
  readonly wallet: string;
  readonly call: string;
  readonly purpose: string;
  readonly amountPlanck: string;
  readonly feePlanck: string;
  readonly state: string;
  readonly why: string;
  readonly note: string;
  readonly failure?: { readonly error: string; readonly action: string };
  readonly createdAtMs: string;
  readonly tokenSymbol: string;
  readonly decimals?: number;
}

const EVERY_MS = 10_000;
const TONES: Readonly<Record<string, Tone>> = { finalised: 'good', failed: 'bad', abandoned: 'idle' };

/** What hotkeys earn, what is kept staked on them, and what was paid. */
export function Stake() {
  const desk = useDesk();
  const rewards = useAsked<{ totals: readonly RewardJson[] }>('/v1/rewards/totals', EVERY_MS, {});
  const policies = useAsked<{ policies: readonly PolicyJson[] }>('/v1/stake-policies', EVERY_MS);
  const intents = useAsked<{ intents: readonly IntentJson[] }>('/v1/intents?pageSize=100', EVERY_MS);
  return (
    <>
      <PageHead title="Stake & rewards" about={<AsOf atMs={rewards.atMs} />} />
      <Card title="Rewards">
        <ProblemNote problem={rewards.problem} />
        {rewards.value !== undefined && (
          <Table
            {...{ caption: 'Rewards', unfolds: true }}
            columns={rewardColumns(desk)}
            items={rewards.value.totals}
            idOf={({ network, netuid, hotkey }) => `${network} ${String(netuid)} ${hotkey}`}
            order={{ by: 'Hotkey', isDown: false }}
            empty={
              <Empty title="Nothing was earned yet">
                What hotkeys of the fleet earn in their subnets is read once a tempo.
              </Empty>
            }
          />
        )}
      </Card>
      <Card title="Stake policies">
        <ProblemNote problem={policies.problem} />
        {policies.value !== undefined && (
          <Table
            {...{ caption: 'Stake policies', unfolds: true }}
            columns={policyColumns(desk)}
            items={policies.value.policies}
            idOf={({ policy }) => policy?.name ?? ''}
            order={{ by: 'Policy', isDown: false }}
            empty={
              <Empty title="No stake policies">
                <code>headframe stake policy set</code> keeps a stake at a target.
              </Empty>
            }
          />
        )}
      </Card>
      <Card title="Paying calls">
        <ProblemNote problem={intents.problem} />
        {intents.value !== undefined && (
          <Table
            {...{ caption: 'Paying calls', unfolds: true }}
            columns={intentColumns(desk)}
            items={intents.value.intents}
            idOf={({ id }) => id}
            order={{ by: 'When', isDown: false }}
            empty={<Empty title="Nothing was paid yet" />}
          />
        )}
      </Card>
    </>
  );
}

function rewardColumns({ clock }: Desk): Column<RewardJson>[] {
  return [
    {
      name: 'Hotkey',
      key: ({ hotkeyName, hotkey }) => hotkeyName || hotkey,
      cell: ({ wallet, hotkeyName, hotkey }) => (
        <span title={hotkey}>{hotkeyName === '' ? shortAddress(hotkey) : `${wallet}/${hotkeyName}`}</span>
      ),
    },
    {
      name: 'Subnet',
      key: ({ network, netuid }) => `${network} ${String(netuid)}`,
      cell: ({ network, netuid }) => `${network} ${String(netuid)}`,
    },
    {
      name: 'Earned',
      look: 'number',
      key: ({ earnedPlanck }) => Number(earnedPlanck),
      cell: ({ earnedPlanck, decimals, unit }) => tokens(earnedPlanck, decimals, unit),
    },
    {
      name: 'Worth then',
      look: 'number wide',
      key: ({ spotPlanck }) => Number(spotPlanck),
      cell: ({ spotPlanck, decimals, tokenSymbol }) => tokens(spotPlanck, decimals, tokenSymbol),
    },
    {
      name: 'Staked',
      look: 'number',
      key: ({ stakePlanck }) => Number(stakePlanck ?? -1),
      cell: ({ stakePlanck, decimals, unit }) =>
        stakePlanck === undefined ? '–' : tokens(stakePlanck, decimals, unit),
    },
    {
      name: 'Miners',
      look: 'wide',
      cell: ({ miners }) => miners.map((miner) => <a key={miner} href={hrefOf('miners', miner)}>{`${miner} `}</a>),
    },
    {
      name: 'Last',
      look: 'number wide',
      key: ({ lastAtMs }) => -Number(lastAtMs),
      cell: ({ lastAtMs }) => ago(lastAtMs, clock.value),
    },
  ];
}

function policyColumns({ clock }: Desk): Column<PolicyJson>[] {
  return [
    { name: 'Policy', key: ({ policy }) => policy?.name ?? '', cell: ({ policy }) => policy?.name },
    { name: 'Hotkey', look: 'wide', key: ({ hotkeyName }) => hotkeyName, cell: ({ hotkeyName }) => hotkeyName || '–' },
    {
      name: 'Staked',
      look: 'number',
      cell: ({ seen, decimals, tokenSymbol }) =>
        seen === undefined ? '–' : tokens(seen.stakePlanck, decimals, tokenSymbol),
    },
    {
      name: 'Target',
      look: 'number',
      cell: ({ policy, decimals, tokenSymbol }) => tokens(policy?.targetPlanck ?? '', decimals, tokenSymbol),
    },
    {
      name: 'Why',
      look: 'wide stretch',
      cell: ({ text, reason }) => <span title={text}>{text === '' ? reason : text}</span>,
    },
    { name: 'Looked at', look: 'number wide', cell: ({ lookedAtMs }) => ago(lookedAtMs, clock.value) },
  ];
}

function intentColumns({ clock }: Desk): Column<IntentJson>[] {
  const state = (intent: IntentJson): string => shortName(intent.state, 'INTENT_STATE_');
  return [
    {
      name: 'When',
      look: 'number',
      key: ({ createdAtMs }) => -Number(createdAtMs),
      cell: ({ createdAtMs }) => ago(createdAtMs, clock.value),
    },
    { name: 'State', key: state, cell: (intent) => <Tag word={state(intent)} tone={TONES[state(intent)] ?? 'busy'} /> },
    {
      name: 'What for',
      key: ({ purpose }) => purpose,
      cell: ({ purpose, call }) => <span title={call}>{purpose || call}</span>,
    },
    {
      name: 'Amount',
      look: 'number',
      key: ({ amountPlanck }) => Number(amountPlanck),
      cell: ({ amountPlanck, decimals, tokenSymbol }) => tokens(amountPlanck, decimals, tokenSymbol),
    },
    { name: 'Wallet', look: 'wide', key: ({ wallet }) => wallet, cell: ({ wallet }) => wallet },
    {
      name: 'Why',
      look: 'wider stretch',
      cell: ({ failure, why, note }) => (
        <span>{failure === undefined ? why || note : `${failure.error}: ${failure.action}`}</span>
      ),
    },
  ];
}
