/** The parts of JSON Schema that the contract uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  const?: unknown;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  patternProperties?: Record<string, Schema>;
  description?: string;
}
export interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Schema; description?: string }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema: Schema }> }>;
}
export interface OpenapiDocument {
  components?: { schemas?: Record<string, Schema> };
  paths: Record<string, Record<string, Operation>>;
}

/** How words of a schema are set: for markdown or plain. */
export interface Style {
  code(text: string): string;
  /** A reference to an object that is described elsewhere. */
  object(name: string): string;
}

export interface FieldRow {
  name: string;
  type: string;
  description: string;
}

/** What a request or an answer holds; undefined: nothing. */
export function bodySchema(content: Record<string, { schema: Schema }> | undefined): Schema | undefined {
  return content === undefined ? undefined : Object.values(content)[0]?.schema;
}

/** The fields of an object, those of objects in it by dotted name. */
export function fieldRows(schema: Schema, style: Style, prefix = ''): FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    const required = schema.required?.includes(key) === true ? ' (required)' : '';
    const description = field.description ?? '';
    if (field.properties !== undefined) return fieldRows(field, style, `${name}.`);
    if (field.items?.properties !== undefined)
      return [
        { name: `${name}[]`, type: `list of objects${required}`, description },
        ...fieldRows(field.items, style, `${name}[].`),
      ];
    return [{ name, type: `${words(field, style)}${required}`, description }];
  });
}

/** A schema in words: `number or text`, `list of …`. */
export function words(schema: Schema, style: Style): string {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return style.object(name);
  if (schema.enum !== undefined)
    return schema.enum
      .filter((one) => one !== '')
      .map((one) => style.code(String(one)))
      .join(', ');
  if (schema.const !== undefined) return style.code(String(schema.const));
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map((each) => words(each, style)))].join(' or ');
  if (schema.items !== undefined) return `list of ${words(schema.items, style)}`;
  if (schema.properties !== undefined) return `{${inlineFields(schema, style)}}`;
  const values =
    Object.values(schema.patternProperties ?? {})[0] ??
    (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
  if (values !== undefined) return `dictionary of ${words(values, style)}`;
  return BY_TYPE[String(schema.type)] ?? 'anything';
}

function inlineFields(schema: Schema, style: Style): string {
  const fields = Object.entries(schema.properties ?? {}).map(([key, field]) => {
    const optional = schema.required?.includes(key) === true ? '' : '?';
    return `${key}${optional}${field.properties === undefined ? '' : ` ${words(field, style)}`}`;
  });
  return fields.join(', ');
}

const BY_TYPE: Record<string, string> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  null: 'null',
  object: 'object',
};
