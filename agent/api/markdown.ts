import { ERROR_CODES } from '#agent/contract/errors.js';
import { bodySchema, fieldRows, type OpenapiDocument, type Operation, type Schema, type Style, words } from './schema-words.js';

/** docs/errors.md: the table of agent/contract/errors.ts. */
export function errorsMarkdown(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, { http, exit, title }]) => [
    `\`${code}\``,
    String(http),
    String(exit),
    title,
  ]);
  return [
    '# Errors',
    '',
    'Written by `node scripts/gen-docs.mjs` from `agent/contract/errors.ts`; a test compares.',
    '',
    'The API answers errors as RFC 9457 problem documents (`application/problem+json`): `type`, `title`, `status`, `detail`, `code`, and where',
    'a part of the request is at fault `field`, its dotted path (`limits.memory.max`). `code` is stable. The command line prints `detail` and',
    'exits with the code given here (for `run` and `exec` that is what Docker exits with).',
    '',
    ...table(['code', 'HTTP', 'exit', 'meaning'], rows),
    '',
  ].join('\n');
}

/** docs/api.md: every route of the OpenAPI document, after what holds for all of them, then the objects they share. */
export function apiMarkdown(document: OpenapiDocument): string {
  const schemas = document.components?.schemas ?? {};
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'head')
      .map(([method, operation]) => routeMarkdown(method.toUpperCase(), path, operation)),
  );
  const objects = Object.keys(schemas)
    .sort()
    .map((name) => [`## ${name}`, '', ...table(['field', 'type', ''], rowsOf(schemas[name] as Schema)), ''].join('\n'));
  return [PREFACE, ...routes, '# Objects', '', ...objects].join('\n');
}

const PREFACE = `# HTTP API

Written by \`node scripts/gen-docs.mjs\` from the routes and schemas in \`agent/api\` and \`agent/contract\`; a test compares. A running agent serves the
same as OpenAPI 3.1 at \`/openapi.json\`.

- **Unix socket** \`STATE/tsgov.sock\` (mode 0660, group \`tsgov\` where that exists): everything.
- **TCP** (\`--listen\`, default \`127.0.0.1:9477\`): \`GET\` and \`HEAD\`; every other method, and upgrades, need \`Authorization: Bearer TOKEN\`, and are
  refused when the agent has no token. A \`Host\` header must be an address, \`localhost\` or the node's name. An address that is not loopback needs TLS
  and a token, and then reading needs the token too, but for \`/healthz\`, \`/readyz\` and the pages, which hold nothing of the node. When the default port is in use the agent
  goes on without TCP and says so; any other address that cannot be had is an error.
- Over TCP an address may make 100 requests a second and 500 at once (\`429\` with \`Retry-After\`; a wrong token counts for twenty), and there are at most 256
  connections. A request that a page of another origin makes (\`Origin\`, \`Sec-Fetch-Site\`) is refused, whatever it asks; there is no CORS.
- Bodies are JSON (policies: YAML or JSON), in UTF-8, not compressed, at most 1 MiB. What \`curl -d\` calls a form is read as JSON; a type that is none of
  these is a \`415\`. An answer of a type that \`Accept\` does not take is a \`406\`. Unknown fields, in bodies and in queries, are refused by name. Where every field is
  optional the body may be left out. Sizes take \`k m g\` and \`KiB MiB GiB\`, durations \`ms s m h\`; a bare number is bytes, or seconds.
- \`{ref}\` is a container's name, its id, or the unambiguous start of its id.
- **Pages.** Containers, namespaces, processes and sockets are whole unless \`limit\` is given; then the header \`Link\` with \`rel="next"\` leads to the next page.
  Journal and deaths name their \`next\` in the body.
- Errors are \`application/problem+json\`; see [errors.md](errors.md).
- **Streams.** \`attach\` and \`exec\` with \`Connection: Upgrade\` and \`Upgrade: tsgov-stream\` answer 101 and then carry frames both ways: u32 payload length, u32
  type, payload, little-endian; types and meaning are in \`agent/contract/stream.ts\`. A client that goes away detaches; the process goes on.
- **Events** are server-sent events: \`id\` rises, \`event\` is the type, \`data\` the JSON object. \`Last-Event-ID\` goes on after that event. Nothing waits for a
  client: one with more than 1 MiB unread (\`/v1/stats/stream\`, \`/v1/trace\`: 4 MiB), or that has read nothing for a minute, is dropped. Of \`/v1/stats/stream\` a
  client that is behind gets the newest only.
`;

function routeMarkdown(method: string, path: string, operation: Operation): string {
  const lines = [`## ${method} ${path}`, '', operation.summary ?? '', ''];
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  if (query.length > 0) {
    const rows = query.map(({ name, schema, description }) => [
      `\`?${name}\``,
      words(schema, MARKDOWN),
      description ?? schema.description ?? '',
    ]);
    lines.push(...table(['query', 'type', ''], rows), '');
  }
  const body = bodySchema(operation.requestBody?.content);
  const fields = body === undefined ? [] : rowsOf(body);
  if (fields.length > 0) lines.push(...table(['body', 'type', ''], fields), '');
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    if (status === 'default') continue;
    const schema = bodySchema(response.content);
    if (schema !== undefined) lines.push(`${status}: ${words(schema, MARKDOWN)}`, '');
    else if (status === '204') lines.push('204: nothing', '');
  }
  return lines.join('\n');
}

const MARKDOWN: Style = { code: (text) => `\`${text}\``, object: (name) => `[${name}](#${name.toLowerCase()})` };

function rowsOf(schema: Schema): string[][] {
  return fieldRows(schema, MARKDOWN).map(({ name, type, description }) => [`\`${name}\``, type, description]);
}

function table(head: string[], rows: string[][]): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const line = (cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
