import { HeadframeError } from '../../../common/model/error.js';
import { requestInvalid } from '../refusals.js';

/** An allocation without an image, where the configuration has none either. */
export function imageMissing(): HeadframeError {
  const remedy = 'Name one, or have the operator set leases.image.';
  return requestInvalid([{ path: 'image', expected: 'the image of the container', remedy }]);
}

/** A challenge that is a command: whoever may send it may run anything, and what it answers proves nothing. */
export function commandRefused(): HeadframeError {
  return new HeadframeError({
    code: 'invalid_argument',
    reason: 'challenge_command_refused',
    message: 'a command is no challenge: it would run anything for whoever asks, and what it answers can be faked',
    remedy: 'Leave out data.command; the type says what is to be proven. See docs/challenges.md.',
    violations: [{ path: 'data.command', expected: 'nothing' }],
  });
}
