import { resolve } from 'node:path';
import type { CreateBody } from '#agent/contract/create.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { csvFields } from './csv.js';

type MountInput = NonNullable<CreateBody['mounts']>[number];

interface Draft {
  type: string;
  source?: string;
  target?: string;
  recursive: boolean;
  options: string[];
}

/** Docker's keys of --mount → what each does to the mount. Returns a reason when the value is wrong. */
const KEYS: ReadonlyMap<string, (draft: Draft, value: string | undefined) => string | undefined> = new Map(
  Object.entries({
    type: (draft, value) => set(value, () => (draft.type = value!)),
    source: setSource,
    src: setSource,
    target: setTarget,
    destination: setTarget,
    dst: setTarget,
    readonly: (draft, value) => flag(value, (on) => on && draft.options.push('ro')),
    ro: (draft, value) => flag(value, (on) => on && draft.options.push('ro')),
    'bind-propagation': (draft, value) => set(value, () => draft.options.push(value!)),
    'bind-nonrecursive': (draft, value) => flag(value, (on) => (draft.recursive = !on)),
    'tmpfs-size': (draft, value) => {
      const bytes = parseSize(value ?? '');
      if (bytes === undefined) return `want ${SIZE_FORMS}`;
      draft.options.push(`size=${bytes}`);
      return undefined;
    },
    'tmpfs-mode': (draft, value) => {
      if (!/^[0-7]{1,5}$/.test(value ?? '')) return 'want an octal mode such as 1777';
      draft.options.push(`mode=${value}`);
      return undefined;
    },
    consistency: () => undefined,
  } satisfies Record<string, (draft: Draft, value: string | undefined) => string | undefined>),
);

/** `--mount type=bind,source=…,target=…` as the API's mount. Throws UsageError naming the key at fault. */
export function mountFlag(text: string, cwd: string): MountInput {
  const wrong = (reason: string) => new UsageError(`invalid argument ${JSON.stringify(text)} for "--mount" flag: ${reason}`);
  const draft: Draft = { type: 'volume', recursive: true, options: [] };
  const fields = csvFields(text);
  if (fields === undefined) throw wrong('a quote is not closed');
  for (const field of fields) {
    const [key = '', ...rest] = field.split('=');
    const apply = KEYS.get(key.toLowerCase());
    if (apply === undefined) throw wrong(`unknown key ${JSON.stringify(key)}: want ${[...KEYS.keys()].join(' ')}`);
    const reason = apply(draft, rest.length === 0 ? undefined : rest.join('='));
    if (reason !== undefined) throw wrong(`${key}: ${reason}`);
  }
  return finish(draft, cwd, wrong);
}

function finish(draft: Draft, cwd: string, wrong: (reason: string) => UsageError): MountInput {
  const { type, source, target } = draft;
  if (type !== 'bind' && type !== 'tmpfs') throw wrong(`type ${type} is not there: want type=bind or type=tmpfs`);
  if (target === undefined) throw wrong('target is missing');
  const options = draft.recursive ? draft.options : ['bind', ...draft.options];
  const mount: MountInput = options.length === 0 ? { type, target } : { type, target, options };
  if (type === 'tmpfs' && source !== undefined) throw wrong('a tmpfs has no source');
  if (type === 'bind' && source === undefined) throw wrong('source is missing');
  return source === undefined ? mount : { ...mount, source: resolve(cwd, source) };
}

function setSource(draft: Draft, value: string | undefined): string | undefined {
  return set(value, () => (draft.source = value!));
}

function setTarget(draft: Draft, value: string | undefined): string | undefined {
  if (value?.startsWith('/') === false) return 'must be absolute';
  return set(value, () => (draft.target = value!));
}

function set(value: string | undefined, apply: () => unknown): string | undefined {
  if (value === undefined || value === '') return 'needs a value';
  apply();
  return undefined;
}

function flag(value: string | undefined, apply: (on: boolean) => unknown): string | undefined {
  if (value !== undefined && !/^(true|false|1|0)$/.test(value)) return 'want true or false';
  apply(value === undefined || value === 'true' || value === '1');
  return undefined;
}
