/**
 * Asks every 100 ms until the answer is yes.
 * @param {() => boolean | Promise<boolean>} isTrue
 * @param {number} timeoutMs
 * @returns {Promise<boolean>} false when the time is up
 */
export async function pollUntil(isTrue, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return true;
}
