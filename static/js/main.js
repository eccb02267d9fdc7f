/**
 * The composition root of the page: it alone wires terminal, views and browser together.
 */

import { Frames } from './frames.js';
import { backoffMs } from './protocol/backoff.js';
import { TokenStore, takeFromFragment } from './protocol/token.js';
import { Terminal } from './terminal.js';
import { DepthChartView } from './views/depth_chart.js';
import { HeaderView } from './views/header.js';
import { LadderView } from './views/ladder.js';
import { NoticesView } from './views/notices.js';
import { OrderFormView } from './views/order_form.js';
import { OrdersView } from './views/orders.js';
import { SignInView } from './views/sign_in.js';
import { StatusBarView } from './views/status_bar.js';
import { TapeView } from './views/tape.js';
import { byId } from './views/dom.js';

/** Countdown and message rate change without a message. */
const TICK_MS = 500;

/** Take the token out of the address bar, where it would be copied and bookmarked.
 * @param {TokenStore} tokens */
function takeToken(tokens) {
  const { value, rest } = takeFromFragment(location.hash, 'token');
  if (value === null) return false;
  tokens.set(value);
  history.replaceState(null, '', location.pathname + location.search + rest);
  return true;
}

/** The market named in the address, such as #symbol=ACME-USD. */
function symbolOfAddress() {
  return takeFromFragment(location.hash, 'symbol').value;
}

/** Ask for the instruments until they come. @param {Terminal} terminal @param {number} attempt */
async function loadInstruments(terminal, attempt = 1) {
  try {
    const response = await fetch('/v1/instruments');
    if (!response.ok) throw new TypeError(`HTTP ${response.status}`);
    const { instruments } = await response.json();
    terminal.setInstruments(instruments);
    const asked = symbolOfAddress();
    const known = instruments.some((/** @type {any} */ one) => one.symbol === asked);
    if (instruments.length > 0) terminal.selectSymbol(known ? asked : instruments[0].symbol);
  } catch (error) {
    // fetch rejects with TypeError when the server is away; anything else is a bug and shows.
    if (!(error instanceof TypeError)) throw error;
    const again = () => loadInstruments(terminal, attempt + 1);
    window.setTimeout(again, backoffMs(attempt, Math.random));
  }
}

/** @param {Terminal} terminal @param {OrderFormView} form */
function listenToKeys(terminal, form) {
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.closest('input, select, dialog');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'b') form.start('buy');
    else if (event.key === 's') form.start('sell');
    else if (event.key === '/') byId('symbol', HTMLSelectElement).focus();
    else return;
    event.preventDefault();
  });
  window.addEventListener('online', () => {
    if (terminal.connection.status.phase === 'reconnecting') terminal.connection.reconnectNow();
  });
}

function main() {
  const url = new URL('/v1/ws', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  const tokens = new TokenStore(window.sessionStorage);
  takeToken(tokens);
  const frames = new Frames(() => {
    for (const view of views) view.render(terminal);
  });
  const invalidate = () => frames.invalidate();
  const terminal = new Terminal(url.href, tokens, invalidate);
  const form = new OrderFormView(terminal);
  new SignInView(terminal);
  const views = [
    new HeaderView(terminal, (symbol) => {
      history.replaceState(null, '', `#symbol=${encodeURIComponent(symbol)}`);
      terminal.selectSymbol(symbol);
    }),
    new LadderView((price) => form.setPrice(price), invalidate),
    new DepthChartView(invalidate),
    new TapeView(),
    form,
    new OrdersView(terminal),
    new NoticesView(),
    new StatusBarView(),
  ];
  byId('depth-interval', HTMLSelectElement).addEventListener('change', (event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    terminal.setDepthInterval(Number(select.value));
  });
  window.addEventListener('hashchange', () => {
    if (takeToken(tokens)) terminal.start();
  });
  listenToKeys(terminal, form);
  window.setInterval(invalidate, TICK_MS);
  loadInstruments(terminal);
  terminal.start();
}

main();
