import { error, warning } from './reason-meaning.js';
import type { ReasonMeaning } from './reason-meaning.js';

/** Reasons that have to do with models and what they are built of. */
export const MODEL_REASONS = {
  model_origin_away: warning(
    'The host of the URL of a model does not answer.',
    "Check the URL and the coordinator's network, then deploy again.",
  ),
  model_origin_refused: error(
    'The host of the URL of a model answers with something else than the file.',
    'Check the URL; it has to give the file to anybody who asks.',
  ),
  model_address_private: error(
    'The URL of a model, or what it leads to, is at an address inside of a private network.',
    'Use a public host, upload the model instead, or name the address in models.allowedAddresses of the coordinator.',
  ),
  model_redirected: error(
    'The URL of a model leads on too often, or from https to http, or to no URL.',
    'Give the URL that it leads to in the end.',
  ),
  model_too_large: error(
    'What a model is built of is larger than is taken.',
    'Leave out of it what the build does not need, or raise models.maxUpload or models.maxContent.',
  ),
  model_too_slow: error('What a model is built of did not come in time.', 'Try again, or raise models.fetchTimeout.'),
  model_archive_invalid: error(
    'What a model is built of is neither a Dockerfile nor a whole archive.',
    'Give a Dockerfile, a tar archive, or one that is compressed with gzip.',
  ),
  model_archive_unsafe: error(
    'The archive of a model has an entry that could lead out of it.',
    'Pack it again of plain files, folders, and links that stay inside, by paths relative to its root.',
  ),
  model_digest_mismatch: error(
    'The URL of a model gives something else than its digest says.',
    'Find out why it has changed; give the digest of what it gives now, or leave the digest out.',
  ),
  model_upload_unknown: error(
    'There is no upload with that digest: it was never made, or was not used in time.',
    'Upload it again, as by headframe models deploy.',
  ),
  model_source_partial: error(
    'The repository of a model has files that are not taken: links out of it, submodules, or larger than 16 MiB.',
    'Name a folder without them, or upload the build context instead.',
  ),
  model_folder_missing: error('The repository of a model has no such folder.', 'Correct model.source.git.folder.'),
  model_dockerfile_missing: error(
    'There is no file at the path of the Dockerfile of a model.',
    'Give its path from the root of the archive or folder in model.dockerfile.',
  ),
  model_dockerfile_invalid: error(
    'The Dockerfile of a model cannot be one.',
    'Correct the line; but for comments, parser directives and ARG it has to begin with FROM.',
  ),
  model_field_made: error(
    'The manifest of a model says what is made of the model.',
    'Leave the field out, and use that of the section model.',
  ),
  build_log_unknown: error(
    'Nothing is kept of a build of that image: its host had it already, was restarted since, or has built many others.',
    'Look at another instance of the miner, as headframe models build-log does; hosts keep what their last 16 builds said.',
  ),
  models_busy: warning('The coordinator takes in as many models as it does at once.', 'Try again in a moment.'),
} as const satisfies Record<string, ReasonMeaning>;
