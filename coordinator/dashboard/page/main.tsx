import { render } from 'preact';
import { App } from './app.js';
import { startTheme } from './theme.js';

startTheme();
const root = document.getElementById('page');
if (root !== null) {
  root.replaceChildren();
  render(<App />, root);
}
