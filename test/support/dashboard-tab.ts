import type { Browser, Page } from 'playwright-core';
import { openTab } from './browser.js';
import type { Tab } from './browser.js';

/** Markup that stays as it is in a path and in the text of an error. */
export const TAG = '<img src=x onerror=alert(1)>';

/** Somebody at the dashboard of a fleet, who clicks and types as people do. */
export class DashboardTab implements Tab {
  readonly page: Page;
  readonly faults: string[];
  readonly #url: string;

  constructor({ page, faults }: Tab, url: string) {
    this.page = page;
    this.faults = faults;
    this.#url = url;
  }

  static async open(browser: Browser, url: string): Promise<DashboardTab> {
    return new DashboardTab(await openTab(browser), url);
  }

  async logIn(token: string): Promise<void> {
    await this.page.goto(this.#url);
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByRole('button', { name: 'Log in' }).click();
  }

  /** Waits until the coordinator is heard. Throws with what the page shows where it is not. */
  async live(): Promise<void> {
    try {
      await this.page.getByText('live', { exact: true }).waitFor();
    } catch (cause) {
      throw new Error(`not live: ${await this.page.locator('body').innerText()}`, { cause });
    }
  }

  /** Goes to a page, as a link would. */
  async go(place: string): Promise<void> {
    await this.page.evaluate((hash) => {
      // In the browser.
      (globalThis as unknown as { location: { hash: string } }).location.hash = hash;
    }, `#/${place}`);
  }

  /** Asks for something by its button, the first of that name, and says yes. */
  async act(button: string, yes: string, fill?: readonly [string | RegExp, string]): Promise<void> {
    await this.page.getByRole('button', { name: button, exact: true }).first().click();
    await this.confirm(yes, fill);
  }

  /** Says yes to what is asked. */
  async confirm(yes: string, fill?: readonly [string | RegExp, string]): Promise<void> {
    const dialog = this.page.getByRole('dialog').last();
    if (fill !== undefined) await dialog.getByLabel(fill[0]).fill(fill[1]);
    await dialog.getByRole('button', { name: yes, exact: true }).click();
    await this.page
      .getByRole('button', { name: yes, exact: true })
      .and(dialog.locator('*'))
      .waitFor({ state: 'detached' });
  }

  /** Presses Tab until what is so called has the focus, as somebody without a mouse. Throws where it is never reached. */
  async tabTo(name: string | RegExp): Promise<void> {
    const matches = (text: string): boolean => (typeof name === 'string' ? text === name : name.test(text));
    for (let presses = 0; presses < MOST_TABS; presses += 1) {
      if (matches(await this.page.evaluate<string>(FOCUSED))) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`the focus never comes to ${String(name)}`);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

const MOST_TABS = 150;
/** What has the focus, as it is called. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  if (at.matches('h1, body')) return '';
  return (at.getAttribute('aria-label') ?? at.labels?.[0]?.querySelector('span')?.textContent ?? at.labels?.[0]?.textContent ?? at.textContent).trim();
})()`;
