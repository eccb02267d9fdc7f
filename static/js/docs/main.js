/**
 * The API reference: renders /openapi.json with nothing but this server's own files.
 */

import { byId, element, setText } from '../views/dom.js';
import { callsByTag, constraints, curlOf, resolve, typePieces } from './schema.js';

/** @typedef {import('./schema.js').Json} Json
 *  @typedef {import('./schema.js').Call} Call */

/** Text with `code` spans and blank lines as paragraphs, the part of Markdown that is used.
 * @param {string | undefined} text */
function prose(text) {
  const paragraphs = (text ?? '').split(/\n\s*\n/).filter((part) => part.trim() !== '');
  return paragraphs.map((part) =>
    element(
      'p',
      {},
      part
        .split('`')
        .map((piece, index) => (index % 2 === 1 ? element('code', {}, [piece]) : piece)),
    ),
  );
}

/** @param {Json | undefined} schema */
function typeOf(schema) {
  const pieces = typePieces(schema).map(({ text, ref }) =>
    ref === undefined ? text : element('a', { href: `#schema-${ref}` }, [text]),
  );
  return element('code', { class: 'type' }, pieces);
}

/** @param {string[]} titles @param {(Node | string)[][]} rows */
function table(titles, rows) {
  const head = element(
    'tr',
    {},
    titles.map((title) => element('th', { scope: 'col' }, [title])),
  );
  const body = rows.map((cells) =>
    element(
      'tr',
      {},
      cells.map((cell) => element('td', {}, [cell])),
    ),
  );
  const node = element('table', {}, [element('thead', {}, [head]), element('tbody', {}, body)]);
  return element('div', { class: 'table-wrap' }, [node]);
}

/** @param {string | undefined} text @param {Json} schema */
function meaning(text, schema) {
  const said = constraints(schema);
  const rest = said === '' ? [] : [element('small', {}, [said])];
  return element('div', {}, [...prose(text), ...rest]);
}

/** @param {Json} document @param {Json} schema */
function propertiesTable(document, schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, value]) => {
    const mark = required.has(name) ? [name, element('b', { title: 'required' }, ['*'])] : [name];
    const described = value.description ?? resolve(document, value).description;
    return [element('code', {}, mark), typeOf(value), meaning(described, value)];
  });
  return table(['Field', 'Type', 'Meaning'], rows);
}

/** @param {Json} document @param {Call} call */
function parameters(document, call) {
  const all = call.operation.parameters.map((/** @type {Json} */ one) => resolve(document, one));
  if (all.length === 0) return [];
  const rows = all.map((/** @type {Json} */ one) => {
    const name = one.required ? [one.name, element('b', { title: 'required' }, ['*'])] : [one.name];
    return [
      element('code', {}, name),
      one.in,
      typeOf(one.schema),
      meaning(one.description, one.schema),
    ];
  });
  return [element('h4', {}, ['Parameters']), table(['Name', 'In', 'Type', 'Meaning'], rows)];
}

/** @param {Json} content media types */
function contentType(content) {
  const [[media, { schema }]] = Object.entries(content);
  return element('span', {}, [typeOf(schema), ' ', element('small', {}, [media])]);
}

/** @param {Json} document @param {Call} call */
function body(document, call) {
  const request = resolve(document, call.operation.requestBody);
  if (!request?.content) return [];
  return [element('h4', {}, ['Body']), element('p', {}, [contentType(request.content)])];
}

/** @param {Json} document @param {Call} call */
function responses(document, call) {
  const rows = Object.entries(call.operation.responses ?? {}).map(([status, value]) => {
    const response = resolve(document, value);
    const content = response.content ? contentType(response.content) : '–';
    const kind = element('code', { 'class': 'status', 'data-class': status[0] }, [status]);
    return [kind, content, element('div', {}, prose(response.description))];
  });
  return [element('h4', {}, ['Answers']), table(['Status', 'Content', 'Meaning'], rows)];
}

/** @param {Json} document @param {Call} call */
function operation(document, call) {
  const { method, path, operation: said } = call;
  const link = element('a', { href: `#${call.id}` }, [
    element('span', { 'class': 'method', 'data-method': method }, [method]),
    element('code', {}, [path]),
  ]);
  const curl = element('pre', {}, [element('code', {}, [curlOf(call, location.origin)])]);
  const search = `${method} ${path} ${said.summary ?? ''} ${call.tag}`.toLowerCase();
  return element('article', { 'id': call.id, 'data-search': search }, [
    element('h3', {}, [link]),
    element('p', { class: 'summary' }, [said.summary ?? '']),
    ...prose(said.description),
    ...parameters(document, call),
    ...body(document, call),
    ...responses(document, call),
    element('details', {}, [element('summary', {}, ['curl']), curl]),
  ]);
}

/** @param {Json} document */
function schemas(document) {
  return Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => {
    const shape =
      schema.properties === undefined
        ? element('p', {}, [typeOf(schema)])
        : propertiesTable(document, schema);
    const head = element('h3', {}, [element('code', {}, [name])]);
    return element('article', { id: `schema-${name}` }, [
      head,
      ...prose(schema.description),
      shape,
    ]);
  });
}

/** @param {Map<string, Call[]>} groups */
function navigation(groups) {
  return [...groups].map(([tag, calls]) =>
    element('section', {}, [
      element('h2', {}, [tag]),
      ...calls.map((call) =>
        element('a', { 'href': `#${call.id}`, 'data-target': call.id }, [
          element('span', { 'class': 'method', 'data-method': call.method }, [call.method]),
          call.path.replace(/^\/v1/, ''),
        ]),
      ),
    ]),
  );
}

/** Hide what does not contain the text. @param {string} text */
function filter(text) {
  const wanted = text.trim().toLowerCase();
  for (const node of document.querySelectorAll('article[data-search]')) {
    const article = /** @type {HTMLElement} */ (node);
    article.hidden = !(article.dataset.search ?? '').includes(wanted);
    const link = document.querySelector(`a[data-target="${CSS.escape(article.id)}"]`);
    if (link instanceof HTMLElement) link.hidden = article.hidden;
  }
}

/** @param {Json} description */
function render(description) {
  const groups = callsByTag(description);
  const { title = 'API', version = '' } = description.info ?? {};
  setText(byId('title', HTMLElement), `${title} ${version}`.trim());
  byId('intro', HTMLElement).replaceChildren(...prose(description.info?.description));
  byId('nav', HTMLElement).replaceChildren(...navigation(groups));
  const sections = [...groups].map(([tag, calls]) =>
    element('section', {}, [
      element('h2', {}, [tag]),
      ...calls.map((call) => operation(description, call)),
    ]),
  );
  byId('operations', HTMLElement).replaceChildren(...sections);
  const types = schemas(description);
  const head = types.length === 0 ? [] : [element('h2', {}, ['Types'])];
  byId('schemas', HTMLElement).replaceChildren(...head, ...types);
  byId('state', HTMLElement).hidden = true;
  const target = document.getElementById(location.hash.slice(1));
  target?.scrollIntoView();
}

async function main() {
  const field = byId('filter', HTMLInputElement);
  field.addEventListener('input', () => filter(field.value));
  const response = await fetch('/openapi.json');
  if (response.ok) render(await response.json());
  else setText(byId('state', HTMLElement), `/openapi.json answered ${response.status}.`);
}

main();
