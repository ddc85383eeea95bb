import { readdirSync, readFileSync } from 'node:fs';

export const BPF_KINDS = ['program', 'map', 'btf', 'link'] as const;
export type BpfKind = (typeof BPF_KINDS)[number];

/** BPF_*_GET_NEXT_ID of enum bpf_cmd. */
const NEXT_ID: Readonly<Record<BpfKind, number>> = { program: 11, map: 12, btf: 23, link: 31 };
const BPF_NUMBER: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

/** Ids of everything of BPF that the kernel holds, whoever made it. Source: bpf(2). */
export async function bpfIds(): Promise<Record<BpfKind, ReadonlySet<number>>> {
  const { default: koffi } = await import('koffi');
  const bpf = koffi.load(null).func('long syscall(long number, int command, void *attr, unsigned int size)');
  const number = BPF_NUMBER[process.arch];
  if (number === undefined) throw new Error(`the number of bpf(2) on ${process.arch} is not known here`);
  const ids = (kind: BpfKind): Set<number> => {
    const found = new Set<number>();
    // union bpf_attr: u32 start_id, u32 next_id, u32 open_flags.
    const attr = Buffer.alloc(12);
    for (let id = 0; ; ) {
      attr.writeUInt32LE(id, 0);
      if ((bpf(number, NEXT_ID[kind], attr, attr.length) as number) < 0) return found;
      id = attr.readUInt32LE(4);
      found.add(id);
    }
  };
  return { program: ids('program'), map: ids('map'), btf: ids('btf'), link: ids('link') };
}

/** Ids of what a process has descriptors of, as /proc says. Source: Documentation/filesystems/proc.rst, fdinfo. */
export function ownBpfIds(pid: number | 'self' = 'self'): Record<BpfKind, ReadonlySet<number>> {
  const texts = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => {
    try {
      return readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    } catch (error) {
      // The descriptor of the list itself is closed by now.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  });
  const ids = (key: string) =>
    new Set(texts.flatMap((text) => [...text.matchAll(new RegExp(`^${key}:\\t(\\d+)$`, 'gm'))].map(firstGroup)));
  return { program: ids('prog_id'), map: ids('map_id'), btf: ids('btf_id'), link: ids('link_id') };
}

function firstGroup(match: RegExpMatchArray): number {
  return Number(match[1]);
}
