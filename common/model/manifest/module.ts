import { z } from 'zod';
import { MODULE_NAME, MODULE_ROLE } from '../module.js';
import type { ModuleSpec } from '../module-spec.js';
import { strictObject } from '../schema/strict-object.js';
import { WALLET_NAME } from '../wallet.js';
import { FEW, OWN, buildField, buildToManifest, few, isOwn, secretVariablesField, variablesField } from './build.js';
import { LIMITS } from './limits.js';
import type { Plain, PlainMapping } from './plain.js';
import { portName } from './port.js';
import { argumentField, nameField } from './texts.js';

const settingName = z
  .string()
  .regex(/^(?:--?)?[A-Za-z_][\w.-]{0,127}$/, 'a variable such as BATCH_SIZE, or an option such as --netuid')
  .refine(isOwn, OWN);

const settingValue = z.union([argumentField, z.number().transform(String), z.boolean().transform(String)], {
  error: 'text, a number, or true or false',
});

/** An amount in the smallest unit; as a number only where no digit is lost. */
const planckField = z.union(
  [z.string().regex(/^(?:0|[1-9]\d{0,38})$/), z.int().min(0).max(Number.MAX_SAFE_INTEGER).transform(String)],
  { error: 'a whole number of the smallest unit, such as "1000000000" for 1 TAO' },
);

const chainField = strictObject({
  network: nameField.describe('Name of a network: headframe networks ls.'),
  netuid: z.int().min(0).max(65_535).describe('Number of the subnet.'),
  wallet: z
    .string()
    .regex(WALLET_NAME, 'a name of a-z, 0-9 and "-"')
    .describe('Wallet that pays, and of that the hotkey is.'),
  hotkey: z
    .string()
    .regex(WALLET_NAME, 'a name of a-z, 0-9 and "-"')
    .describe(
      "Hotkey of that wallet, in the miner's namespace: no two instances hold it at once, and its keyfile is a file of the container.",
    ),
  register: strictObject({
    highestPrice: planckField.describe('Most that one registration may cost, in the smallest unit.'),
    again: z
      .enum(['never', 'when_pruned'])
      .prefault('never')
      .describe('Whether a hotkey that was pruned is registered again.'),
  })
    .optional()
    .describe('Has the hotkey registered; without it nothing is paid.'),
  serve: strictObject({
    port: portName.describe('Name of the port at which others reach the miner.'),
    address: z.union([z.ipv4(), z.ipv6()]).optional().describe("Address to tell the chain, else the host's own."),
  })
    .optional()
    .describe('Tells the chain where the miner is reached.'),
  leastStake: planckField
    .prefault('0')
    .describe('Stake that the hotkey needs before the miner runs, in the smallest unit.'),
});

/** Which module a miner runs, and as what. */
export const moduleField = strictObject({
  name: z
    .string()
    .regex(MODULE_NAME, '3-63 characters of a-z, 0-9 and "-"')
    .describe('Name of the module: headframe modules ls.'),
  role: z
    .string()
    .regex(MODULE_ROLE, 'a name of a-z, 0-9 and "-"')
    .describe('Role that it runs as, such as miner or validator: headframe modules show NAME --role ROLE.'),
  commit: z
    .string()
    .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'a whole commit id of 40 digits')
    .optional()
    .describe("The module's commit, whole; without it the one that is pinned when the manifest is applied."),
  settings: z
    .record(settingName, settingValue)
    .refine(few, FEW)
    .prefault({})
    .describe('Values of settings by the names that the module gives them: variables, and options such as --netuid.'),
  secrets: secretVariablesField
    .prefault({})
    .describe(
      "Names of secrets of the miner's namespace, by the variables that get their values inside the container.",
    ),
  env: variablesField.prefault({}).describe('Further variables, which no file of the module names.'),
  args: z
    .array(argumentField)
    .max(LIMITS.commandEntries)
    .prefault([])
    .describe('Arguments after those of the role and the settings.'),
  chain: chainField.optional().describe('What the miner does on a chain.'),
  build: buildField.optional().describe('Found by the coordinator; leave it out.'),
}).transform(({ commit = '', chain, build, ...rest }): ModuleSpec => ({
  ...rest,
  commit,
  chain: chain && {
    ...chain,
    register: chain.register,
    serve: chain.serve && { port: chain.serve.port, address: chain.serve.address ?? '' },
  },
  ...(build === undefined ? {} : { build }),
}));

/** The user's form of a module; `build` is the coordinator's and stays out unless all is asked for. */
export function moduleToManifest(module: ModuleSpec, whole: boolean): PlainMapping {
  const { name, role, commit, settings, secrets, env, args, chain, build } = module;
  const unless = <T extends Plain>(value: T, empty: boolean): T | undefined => (empty && !whole ? undefined : value);
  return {
    ...{ name, role },
    commit: commit === '' ? undefined : commit,
    settings: unless({ ...settings }, Object.keys(settings).length === 0),
    secrets: unless({ ...secrets }, Object.keys(secrets).length === 0),
    env: unless({ ...env }, Object.keys(env).length === 0),
    args: unless(args, args.length === 0),
    chain: chain && chainToManifest(chain),
    build: whole && build !== undefined ? buildToManifest(build) : undefined,
  };
}

function chainToManifest({ register, serve, ...rest }: NonNullable<ModuleSpec['chain']>): PlainMapping {
  return {
    ...rest,
    register: register && { ...register },
    serve: serve && { port: serve.port, address: serve.address === '' ? undefined : serve.address },
  };
}
