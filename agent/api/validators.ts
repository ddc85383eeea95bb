import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import type { FastifyServerOptions } from 'fastify';

type Factory = NonNullable<
  NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>['buildValidator']
>;

/** As fastify calls it: the value, and after a refusal `errors` on the function itself. */
export interface LazyValidator {
  (data: unknown): boolean;
  errors?: ValidateFunction['errors'];
}

/**
 * fastify's validator compiler. A schema is compiled when a request first needs it: all of them together take 150 ms, which every start
 * of an agent would wait for. Nothing is coerced, filled in or removed: what does not fit is refused.
 */
export function validatorCompiler(): (route: { schema: AnySchema }) => LazyValidator {
  // Without adding what it compiled: nested schemas with an $id would be taken for the same one twice.
  const ajv = new Ajv({ addUsedSchema: false, verbose: true, strict: false });
  return ({ schema }) => {
    let compiled: ValidateFunction | undefined;
    const validate: LazyValidator = (data) => {
      compiled ??= ajv.compile(schema);
      const valid = compiled(data);
      validate.errors = compiled.errors ?? null;
      return valid;
    };
    return validate;
  };
}

/** For fastify's `compilersFactory`, whose type asks for more than it uses: a pool of ajv instances. */
export const VALIDATOR_FACTORY = validatorCompiler as unknown as Factory;
