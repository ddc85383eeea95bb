import { type Static, Type } from 'typebox';
import { RUNTIMES } from './runtimes.js';
import { closed, form } from './schema-forms.js';

const Globs = (name: string, description: string) =>
  Type.Union([Type.String(form(name, '')), Type.Array(Type.String(form(name, '')), { minItems: 1 })], { description });

/** Which containers a policy is for: every key given must match; a list is any-of; values are globs. */
export const PolicyMatch = Type.Object(
  {
    name: Type.Optional(Globs('glob', 'The name of the container.')),
    image: Type.Optional(Globs('glob', 'Its image; `*` also crosses `/`.')),
    label: Type.Optional(
      Type.Record(Type.String(), Globs('glob', ''), {
        description: 'Labels it must all have, each with such a value.',
        minProperties: 1,
      }),
    ),
    runtime: Type.Optional(Globs('runtime', `Who runs it: ${RUNTIMES.join(', ')}.`)),
    cgroup: Type.Optional(Globs('cgroup', 'Its cgroup path; `*` stops at `/`, `**` does not.')),
  },
  {
    ...closed,
    minProperties: 1,
    description:
      'Every key given must match; a list is any-of; globs. `name: "*"` is every container, of every runtime; units of systemd, pods and plain cgroups are matched only where `runtime` or `cgroup` is given.',
  },
);
export type PolicyMatch = Static<typeof PolicyMatch>;
