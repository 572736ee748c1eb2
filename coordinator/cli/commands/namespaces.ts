import { InvalidArgumentError } from 'commander';
import { parseBytes, parseCpu } from '../../../common/model/units.js';
import { addYesOption, countArgument, pairArgument } from '../global-options.js';
import type { Registrar, Runner } from '../runner.js';
import type { Command } from 'commander';
import { LIFT, listNamespaces, removeNamespace, setNamespace, showNamespace } from './namespace-calls.js';
import type { Limit, SetOptions } from './namespace-calls.js';

const NAMESPACE = ['<namespace>', 'name of the namespace'] as const;

/** `namespaces ls|show|set|rm`. */
export const addNamespaces: Registrar = (program, run) => {
  const namespaces = program
    .command('namespaces')
    .description('Look at the parts of the fleet that have limits of their own, and set these.');
  namespaces
    .command('ls')
    .description('List namespaces: what each holds of what it may, and how many instances wait for its quota.')
    .action(run((call) => listNamespaces(call)));
  namespaces
    .command('show')
    .description('Show all of a namespace.')
    .argument(...NAMESPACE)
    .action(run((call, name: string) => showNamespace(call, name)));
  addSet(namespaces, run);
  const remove = namespaces
    .command('rm')
    .description('Delete a namespace; refused while miners are in it. Asks first.')
    .argument(...NAMESPACE);
  addYesOption(remove).action(
    run((call, name: string, { yes }: { readonly yes?: boolean }) => removeNamespace(call, name, yes)),
  );
};

function addSet(namespaces: Command, run: Runner): void {
  namespaces
    .command('set')
    .description('Create a namespace or change its limits; what is not named stays. What runs beyond a limit goes on.')
    .argument(...NAMESPACE)
    .option('--cpu <cpus>', 'most CPUs, such as 100 or 2500m; none lifts the limit', limit(parseCpu, '100 or 2500m'))
    .option('--memory <bytes>', 'most memory, such as 200Gi; none lifts the limit', limit(parseBytes, '200Gi'))
    .option('--disk <bytes>', 'most disk, such as 2Ti; none lifts the limit', limit(parseBytes, '2Ti'))
    .option('--gpus <count>', 'most GPUs; none lifts the limit', limit(countArgument, '8'))
    .option('--instances <count>', 'most instances; none lifts the limit', limit(countArgument, '500'))
    .option('--no-limits', 'lift all limits that are not named')
    .option('--description <text>', 'what it is for')
    .option('-l, --label <key=value>', 'a label, in place of all it has; may be repeated', pairArgument)
    .action(run((call, name: string, options: SetOptions) => setNamespace(call, name, options)));
}

/** Reads a limit. Commander has uses of its own for null and undefined, so that the word stays what lifts one. */
function limit(parse: (text: string) => number | undefined, example: string) {
  return (text: string): Limit => {
    if (text === LIFT) return LIFT;
    const amount = parse(text);
    if (amount === undefined) throw new InvalidArgumentError(`Expected an amount such as ${example}, or ${LIFT}.`);
    return amount;
  };
}
