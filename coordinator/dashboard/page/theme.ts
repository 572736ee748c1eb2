import { signal } from '@preact/signals';
import { keptTheme, showTheme } from './edge/kept.js';
import type { Theme } from './edge/kept.js';

/** The theme that was chosen. */
export const theme = signal<Theme>('system');
/** Counts up when colours have changed, for what is drawn by hand. */
export const themeVersion = signal(0);

/** Shows the page in the theme that was chosen, and follows the system where none was. */
export function startTheme(): void {
  theme.value = keptTheme();
  showTheme(theme.value);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => (themeVersion.value += 1));
}

/** Shows the page in another theme. */
export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  showTheme(chosen);
  themeVersion.value += 1;
}
