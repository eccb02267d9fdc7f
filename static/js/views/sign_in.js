/**
 * The sign-in dialog: takes a token, tells whose it is, forgets it.
 */

import { readClaims } from '../protocol/token.js';
import { byId, setText } from './dom.js';

export class SignInView {
  #dialog = byId('sign-in', HTMLDialogElement);
  #input = byId('token', HTMLInputElement);
  #claims = byId('token-claims', HTMLElement);
  #message = byId('token-message', HTMLElement);
  #forget = byId('token-forget', HTMLButtonElement);

  /** @param {import('../terminal.js').Terminal} terminal */
  constructor(terminal) {
    this.terminal = terminal;
    byId('account', HTMLButtonElement).addEventListener('click', () => this.#open());
    byId('token-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    this.#forget.addEventListener('click', () => this.#use(null));
    byId('token-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#dialog.addEventListener('close', () => {
      this.#input.value = '';
    });
  }

  #open() {
    const { claims } = this.terminal;
    this.#forget.hidden = claims === null;
    setText(this.#message, '');
    if (claims !== null) {
      const until = new Date(claims.expiresMs).toLocaleString();
      const scopes = [...claims.scopes].join(', ');
      setText(this.#claims, `Signed in as ${claims.account} until ${until}; may ${scopes}.`);
    } else {
      setText(this.#claims, 'Paste a JSON Web Token. It stays in this tab and ends with it.');
    }
    this.#dialog.showModal();
  }

  #submit() {
    const token = this.#input.value.trim();
    const claims = readClaims(token);
    if (claims === null) setText(this.#message, 'This is not a JSON Web Token.');
    else if (claims.expiresMs <= Date.now()) setText(this.#message, 'This token has expired.');
    else this.#use(token);
  }

  /** @param {string | null} token */
  #use(token) {
    this.#dialog.close();
    this.terminal.useToken(token);
  }
}
