const TOKEN = 'headframe.token';
const THEME = 'headframe.theme';

/** How the page looks: as the system does, or as somebody chose. */
export type Theme = 'system' | 'light' | 'dark';

/** The token that this tab keeps until it is closed; undefined for none. */
export function keptToken(): string | undefined {
  return tried(() => sessionStorage.getItem(TOKEN)) ?? undefined;
}

/** Keeps a token for this tab, or forgets it. */
export function keepToken(token: string | undefined): void {
  tried(() => {
    if (token === undefined) sessionStorage.removeItem(TOKEN);
    else sessionStorage.setItem(TOKEN, token);
  });
}

/** The theme that was chosen in this browser. */
export function keptTheme(): Theme {
  const theme = tried(() => localStorage.getItem(THEME));
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** Shows the page in a theme, now and when it is opened again. */
export function showTheme(theme: Theme): void {
  tried(() => {
    if (theme === 'system') localStorage.removeItem(THEME);
    else localStorage.setItem(THEME, theme);
  });
  document.documentElement.dataset['theme'] = theme;
}

/** Browsers can be told to keep nothing of a page: it goes without then. */
function tried<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
