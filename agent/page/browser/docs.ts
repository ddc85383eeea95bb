import {
  bodySchema,
  type FieldRow,
  fieldRows,
  type OpenapiDocument,
  type Operation,
  type Style,
  words,
} from '#agent/api/schema-words.js';
import { askJson, keepToken, TokenNeeded } from './ask.js';
import { byId, h, setAttributes, setText } from './dom.js';

const PLAIN: Style = { code: (text) => text, object: (name) => name };

/** The OpenAPI document as a page: routes, then the objects they share. */
async function show(): Promise<void> {
  const state = byId('state');
  try {
    const api = await askJson<OpenapiDocument & { info: { version: string } }>('/openapi.json');
    byId('login').hidden = true;
    byId('main').replaceChildren(...content(api));
    setText(state, `version ${api.info.version}`);
    setAttributes(state, { 'data-state': 'live' });
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  } catch (error) {
    const needed = error instanceof TokenNeeded;
    byId('login').hidden = !needed;
    setText(state, needed ? 'needs the token' : String(error instanceof Error ? error.message : error));
    setAttributes(state, { 'data-state': needed ? 'token' : 'lost' });
  }
}

function content(api: OpenapiDocument): Node[] {
  const routes = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'head')
      .map(([method, operation]) => ({ id: `${method}-${path}`, method: method.toUpperCase(), path, operation })),
  );
  const links = routes.map(({ id, method, path }) =>
    h('li', {}, h('a', { href: `#${encodeURIComponent(id)}` }, h('span', { class: 'method' }, method), path)),
  );
  const objects = Object.entries(api.components?.schemas ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    h('nav', { 'aria-label': 'Routes' }, h('ul', {}, ...links)),
    h('h2', {}, 'Routes'),
    ...routes.map(({ id, method, path, operation }) => article(id, method, path, operation)),
    h('h2', {}, 'Objects'),
    ...objects.map(([name, schema]) => h('article', { id: name }, h('h3', {}, name), table(fieldRows(schema, PLAIN)))),
  ];
}

function article(id: string, method: string, path: string, operation: Operation): HTMLElement {
  const parameters = (operation.parameters ?? []).map(({ name, in: place, required, schema, description }) => ({
    name: place === 'query' ? `?${name}` : place === 'path' ? `{${name}}` : name,
    type: `${words(schema, PLAIN)}${required === true ? ' (required)' : ''}`,
    description: description ?? schema.description ?? '',
  }));
  const body = bodySchema(operation.requestBody?.content);
  const told = Object.entries(operation.responses ?? {}).filter(([status]) => status !== 'default');
  const answers = told.map(([status, response]) => {
    const schema = bodySchema(response.content);
    const types = Object.keys(response.content ?? {}).join(', ');
    return { name: status, type: schema === undefined ? '' : words(schema, PLAIN), description: types };
  });
  return h(
    'article',
    { id },
    h('h3', {}, h('span', { class: 'method' }, method), path),
    h('p', {}, ...prose(operation.summary ?? '')),
    ...part('Parameters', parameters),
    ...part('Body', body === undefined ? [] : bodyRows(words(body, PLAIN), fieldRows(body, PLAIN))),
    ...part('Answers', answers),
  );
}

function bodyRows(whole: string, fields: FieldRow[]): FieldRow[] {
  return fields.length > 0 ? fields : [{ name: '', type: whole, description: '' }];
}

function part(title: string, rows: FieldRow[]): Node[] {
  return rows.length === 0 ? [] : [h('h4', {}, title), table(rows)];
}

function table(rows: FieldRow[]): HTMLElement {
  const lines = rows.map(({ name, type, description }) =>
    h('tr', {}, h('th', { scope: 'row' }, h('code', {}, name)), h('td', {}, type), h('td', {}, ...prose(description))),
  );
  return h('div', { class: 'wide' }, h('table', { class: 'plain' }, h('tbody', {}, ...lines)));
}

/** Text in which `words` between backticks are code. */
function prose(text: string): Node[] {
  return text.split('`').map((piece, index) => (index % 2 === 1 ? h('code', {}, piece) : document.createTextNode(piece)));
}

byId('login').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = byId('token') as HTMLInputElement;
  keepToken(input.value.trim());
  input.value = '';
  void show();
});
void show();
