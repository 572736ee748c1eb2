import { existsSync, readFileSync } from 'node:fs';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * What to install for the tests of the dashboard in a browser: nothing where one is there, or is to be had as a snap alone.
 * @returns {readonly string[]}
 */
export function browserPackages() {
  const isDebian = existsSync('/etc/os-release') && /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));
  return browserPath() === '' && isDebian ? ['chromium'] : [];
}

/** @returns {string} path of a browser; empty where there is none, so that the tests that need it say so */
export function browserPath() {
  return PATHS.find((path) => existsSync(path)) ?? '';
}
