import { Type } from 'typebox';

/** Keywords of ours in the schema, which agent/policy/forms.ts checks: `form` of a value, whole-object `rule`s. */
export const form = (name: string, description: string) => ({ form: name, description });

export const closed = { additionalProperties: false };

export const Duration = Type.Union([Type.Number(), Type.String()], form('duration', ''));
