import { type Static, Type } from 'typebox';
import { Condition } from './container.js';

/** What a change of limits would write, and in which order; `PATCH …/limits?dryRun=true`. */
export const LimitsPlan = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    writes: Type.Array(
      Type.Object({
        file: Type.String({ description: 'Path of the kernel file.' }),
        before: Type.Union([Type.String(), Type.Null()], { description: 'What it says now; null: it cannot be read.' }),
        value: Type.String({ description: 'What would be written.' }),
      }),
      { description: 'None where the container does not run: limits are then those of its next start.' },
    ),
    conditions: Type.Array(Condition, { description: 'What of it this host cannot carry.' }),
  },
  { $id: 'LimitsPlan' },
);
export type LimitsPlan = Static<typeof LimitsPlan>;
