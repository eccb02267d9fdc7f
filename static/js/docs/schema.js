/**
 * What an OpenAPI 3.1 document says, as plain data for a page: operations in reading order, and
 * JSON Schema in one line. Pure: knows no element of the document.
 */

/** @typedef {Record<string, any>} Json
 *  @typedef {{id: string, method: string, path: string, tag: string, operation: Json}} Call */

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const NO_TAG = 'Other';

/** The object a local "$ref" names, or the value itself.
 * @param {Json} document @param {any} value */
export function resolve(document, value) {
  if (typeof value?.$ref !== 'string' || !value.$ref.startsWith('#/')) return value;
  const steps = value.$ref.slice(2).split('/');
  const unescape = (/** @type {string} */ step) => step.replace(/~1/g, '/').replace(/~0/g, '~');
  return (
    steps.reduce(
      (/** @type {any} */ at, /** @type {string} */ step) => at?.[unescape(step)],
      document,
    ) ?? {}
  );
}

/** The last step of a "$ref", which is the schema's name. @param {Json} schema */
export function refName(schema) {
  return schema.$ref.split('/').at(-1);
}

/** All calls, in the document's order, grouped by their first tag.
 * @param {Json} document @returns {Map<string, Call[]>} */
export function callsByTag(document) {
  /** @type {Map<string, Call[]>} */
  const groups = new Map((document.tags ?? []).map((/** @type {Json} */ tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name] !== undefined)) {
      const operation = item[method];
      const tag = operation.tags?.[0] ?? NO_TAG;
      const shared = item.parameters ?? [];
      const parameters = [...shared, ...(operation.parameters ?? [])];
      const id = `${method}-${path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '')}`;
      const call = { id, method, path, tag, operation: { ...operation, parameters } };
      groups.set(tag, [...(groups.get(tag) ?? []), call]);
    }
  }
  return new Map([...groups].filter(([, calls]) => calls.length > 0));
}

/** The pieces of a schema's type in reading order; a piece with `ref` names another schema.
 * @param {Json | boolean | undefined} schema @returns {{text: string, ref?: string}[]} */
export function typePieces(schema) {
  if (schema === undefined || typeof schema === 'boolean') return [{ text: 'any' }];
  if (schema.$ref !== undefined) return [{ text: refName(schema), ref: refName(schema) }];
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices !== undefined) {
    const typed = schema.allOf === undefined ? choices : choices.filter(hasType);
    return joined(typed.map(typePieces), schema.allOf === undefined ? ' | ' : ' & ');
  }
  if (schema.const !== undefined) return [{ text: JSON.stringify(schema.const) }];
  if (schema.enum !== undefined) {
    const literal = (/** @type {any} */ value) => [{ text: JSON.stringify(value) }];
    return joined(schema.enum.map(literal), ' | ');
  }
  if (schema.type === 'array') return arrayPieces(schema);
  if (Array.isArray(schema.type)) return [{ text: schema.type.join(' | ') }];
  return [{ text: schema.type ?? 'any' }];
}

/** Whether a part of an "allOf" names a type, and not only narrows one. @param {Json} schema */
function hasType(schema) {
  return ['$ref', 'type', 'anyOf', 'oneOf', 'enum', 'const'].some((name) => name in schema);
}

/** @param {Json} schema */
function arrayPieces(schema) {
  if (schema.prefixItems !== undefined) {
    return [{ text: '[' }, ...joined(schema.prefixItems.map(typePieces), ', '), { text: ']' }];
  }
  return [{ text: 'array of ' }, ...typePieces(schema.items)];
}

/** @param {{text: string, ref?: string}[][]} lists @param {string} separator */
function joined(lists, separator) {
  return lists.flatMap((pieces, index) =>
    index === 0 ? pieces : [{ text: separator }, ...pieces],
  );
}

const LIMITS = /** @type {const} */ ([
  ['format', 'format'],
  ['pattern', 'pattern'],
  ['minLength', 'at least', 'characters'],
  ['maxLength', 'at most', 'characters'],
  ['minimum', '≥'],
  ['maximum', '≤'],
  ['exclusiveMinimum', '>'],
  ['exclusiveMaximum', '<'],
  ['minItems', 'at least', 'items'],
  ['maxItems', 'at most', 'items'],
  ['default', 'default'],
]);

/** What a schema demands besides its type, such as "≥ 1, default 100". @param {Json} schema */
export function constraints(schema) {
  const said = LIMITS.filter(([name]) => schema?.[name] !== undefined);
  return said
    .map(([name, before, after]) => {
      const value = schema[name];
      const text = typeof value === 'string' && name !== 'default' ? value : JSON.stringify(value);
      return [before, text, after].filter(Boolean).join(' ');
    })
    .join(', ');
}

/** A call as curl would make it. @param {Call} call @param {string} origin */
export function curlOf(call, origin) {
  const verb = call.method === 'get' ? '' : `-X ${call.method.toUpperCase()} `;
  const lines = [`curl ${verb}'${origin}${call.path}'`];
  const security = /** @type {Json[]} */ (call.operation.security ?? []);
  if (security.some((one) => Object.keys(one).length > 0)) {
    lines.push(`-H "Authorization: Bearer $TOKEN"`);
  }
  const example = call.operation.requestBody?.content?.['application/json'];
  if (example !== undefined) {
    lines.push(`-H 'Content-Type: application/json'`);
    const given = example.example === undefined ? null : JSON.stringify(example.example);
    lines.push(given === null ? '-d @body.json' : `-d '${given}'`);
  }
  return lines.join(' \\\n  ');
}
