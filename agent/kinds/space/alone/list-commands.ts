import { HeadframeError } from '../../../../common/model/error.js';
import { deleteFiles, findPlot, listPlots, removePlot } from './plot-list.js';
import { plotLines } from './print-status.js';
import { listOf } from './world.js';
import type { SpaceCall, SpaceFlags } from './world.js';

/** `list-plots`. */
export async function listCommand(call: SpaceCall, flags: SpaceFlags): Promise<void> {
  const { print } = call.world;
  const plots = await listPlots(listOf(call));
  if (flags['json'] === true) print(JSON.stringify({ plots }));
  else for (const line of plotLines(plots, flags['verbose'] === true)) print(line);
}

/** `delete-plot`: declined, and a file that stays though its plot is off the list, are no failures, as in the reference. */
export async function deleteCommand(call: SpaceCall, flags: SpaceFlags, plotId: string): Promise<void> {
  const { print, complain, ask } = call.world;
  const list = listOf(call);
  const plot = await findPlot(list, plotId);
  const isForDeletion = flags['deleteFile'] === true;
  if (flags['force'] !== true) {
    if (ask === undefined) throw notAsked();
    const what = isForDeletion ? `and delete ${plot.filePath}` : `and keep ${plot.filePath}`;
    const answer = await ask(`Take plot ${plot.plotId} off the list ${what}? (yes/no) `);
    if (!/^\s*y(es)?\s*$/i.test(answer)) {
      print('nothing was done');
      return;
    }
  }
  // The file first: one that is there still would be found and listed anew.
  const failed = isForDeletion ? await deleteFiles(plot) : [];
  await removePlot(list, plot.plotId);
  for (const failure of failed) complain(`could not be deleted: ${failure}`);
  print(`plot ${plot.plotId} is off the list${isForDeletion && failed.length === 0 ? ' and deleted' : ''}`);
  if (!isForDeletion) print(`${plot.filePath} is listed again when its folder is next looked into, unless it is moved`);
}

function notAsked(): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'usage',
    message: 'nobody is there to be asked',
    remedy: 'Give --force to take the plot off the list without a question.',
  });
}
