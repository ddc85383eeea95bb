import type { OciConfig, OciHookKind } from '#runtime/spec/oci.js';
import type { TapeBuilder } from './compile-builder.js';
import type { CompileContext } from './compile-context.js';

/**
 * The hooks of one kind, in order. Each gets the container's state on stdin, with the init process's pid as the node sees it.
 * Source: config.md "POSIX-platform Hooks", runtime.md "State".
 */
export function addHooks(tape: TapeBuilder, kind: OciHookKind, spec: OciConfig, context: CompileContext): void {
  const [stateHead, stateTail] = state(kind, spec, context);
  (spec.hooks?.[kind] ?? []).forEach((hook, index) => {
    const { path, args = [], env = [], timeout = 0 } = hook;
    const argv = args.length === 0 ? [path] : args;
    tape.add(`hooks.${kind}[${index}]`, { op: 'hook', path, argv, envp: env, timeoutMs: timeout * 1000, stateHead, stateTail });
  });
}

function state(kind: OciHookKind, spec: OciConfig, context: CompileContext): [string, string] {
  const status = kind === 'startContainer' ? 'created' : 'creating';
  const head = JSON.stringify({ ociVersion: spec.ociVersion, id: context.id, status }).slice(0, -1);
  const tail = JSON.stringify({
    bundle: context.bundleDir,
    ...(spec.annotations === undefined ? {} : { annotations: spec.annotations }),
  });
  return [`${head},"pid":`, `,${tail.slice(1)}`];
}
