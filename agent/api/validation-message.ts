/** The parts of an ajv error (with `verbose`) that a message is made of. */
export interface SchemaError {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
  message?: string;
  parentSchema?: unknown;
  data?: unknown;
}

interface SchemaPart {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: SchemaPart[];
  description?: string;
  properties?: Record<string, unknown>;
}

/** Which field is wrong and what would be valid, from ajv's errors about one part of a request (`body`, `querystring`, `params`). */
export function describeSchemaErrors(errors: readonly SchemaError[], part: string): { field: string; message: string } {
  const error = mostTelling(errors);
  const field = dotted(error.instancePath);
  const describe = BY_KEYWORD[error.keyword];
  const where = field === '' ? (part === 'querystring' ? 'the query' : `the ${part}`) : field;
  if (describe !== undefined) return describe(error, field, where);
  const help = helpOf(error.parentSchema as SchemaPart | undefined);
  return { field: field || part, message: `${where} ${error.message ?? 'is wrong'}, not ${show(error.data)}${help}` };
}

type Describe = (error: SchemaError, field: string, where: string) => { field: string; message: string };

const BY_KEYWORD: Record<string, Describe> = {
  additionalProperties: (error, field, where) => {
    const name = join(field, String(error.params.additionalProperty));
    const known = Object.keys((error.parentSchema as SchemaPart | undefined)?.properties ?? {});
    return { field: name, message: `unknown field ${name}; ${where} takes ${known.join(', ') || 'none'}` };
  },
  required: (error, field) => {
    const name = join(field, String(error.params.missingProperty));
    const properties = (error.parentSchema as SchemaPart | undefined)?.properties ?? {};
    const schema = properties[String(error.params.missingProperty)] as SchemaPart | undefined;
    return { field: name, message: `${name} is missing: it must be ${expected(schema)}${helpOf(schema)}` };
  },
  minItems: (error, field, where) => {
    const help = helpOf(error.parentSchema as SchemaPart | undefined);
    return {
      field: field || 'body',
      message: `${where} must have at least ${String(error.params.limit)} entry${help}, not ${show(error.data)}`,
    };
  },
  type: wrongType,
  anyOf: wrongType,
  const: wrongType,
  enum: wrongType,
};

function wrongType(error: SchemaError, field: string, where: string): { field: string; message: string } {
  const schema = error.parentSchema as SchemaPart | undefined;
  return { field: field || 'body', message: `${where} must be ${expected(schema)}, not ${show(error.data)}${helpOf(schema)}` };
}

/** The error of the deepest value; of those the last, since ajv says which alternatives failed before it says that all did. */
function mostTelling(errors: readonly SchemaError[]): SchemaError {
  const depth = (error: SchemaError) => error.instancePath.split('/').length;
  const deepest = Math.max(...errors.map(depth));
  return errors.findLast((error) => depth(error) === deepest)!;
}

function expected(schema: SchemaPart | undefined): string {
  if (schema === undefined) return 'something else';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const options =
    schema.enum ?? (schema.anyOf?.every((option) => option.const !== undefined) ? schema.anyOf.map((o) => o.const) : undefined);
  if (options !== undefined) return `one of ${options.map(String).filter(Boolean).join(', ')}`;
  if (schema.anyOf !== undefined) return schema.anyOf.map(expected).join(' or ');
  return TYPE_WORDS[schema.type ?? ''] ?? schema.type ?? 'something else';
}

const TYPE_WORDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

function helpOf(schema: SchemaPart | undefined): string {
  return schema?.description === undefined ? '' : ` (${schema.description})`;
}

function show(data: unknown): string {
  if (data === undefined) return 'nothing';
  const text = JSON.stringify(data);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** `/limits/io/devices/0/device` → `limits.io.devices[0].device`. */
function dotted(instancePath: string): string {
  const parts = instancePath.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).reduce(join, '');
}

function join(path: string, key: string): string {
  if (/^\d+$/.test(key) && path !== '') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}
