import type { MountView } from '#agent/contract/processes.js';
import { shorten, table } from './table.js';

const SOURCE_WIDTH = 30;

/** A mount a line, in the kernel's order: later ones may hide earlier ones. */
export function mountsTable(
  shown: readonly { container: string; mounts?: readonly MountView[] }[],
  how: { truncate: boolean },
): string {
  return table(
    ['CONTAINER', 'MOUNT POINT', 'TYPE', 'SOURCE', 'ROOT', 'PROPAGATION', 'OPTIONS'],
    shown.flatMap(({ container, mounts = [] }) =>
      mounts.map((each) => [
        container,
        each.mountPoint,
        each.fsType,
        how.truncate ? shorten(each.source, SOURCE_WIDTH) : each.source,
        each.root,
        each.propagation.length === 0 ? 'private' : each.propagation.join(','),
        each.options.join(','),
      ]),
    ),
  );
}
