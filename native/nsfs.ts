import { fstatSync } from 'node:fs';
import { Fd } from './fd.js';
import { errnoName, KernelError } from './kernel-error.js';

/** linux/nsfs.h: _IO(0xb7, n). */
const NS_GET_USERNS = 0xb701;
const NS_GET_PARENT = 0xb702;
const NS_GET_NSTYPE = 0xb703;
const NS_GET_OWNER_UID = 0xb704;

/** CLONE_NEW* flag → namespace type, as the kernel names it in `/proc/PID/ns`. Source: linux/sched.h. */
const TYPE_OF_FLAG = new Map([
  [0x00000080, 'time'],
  [0x00020000, 'mnt'],
  [0x02000000, 'cgroup'],
  [0x04000000, 'uts'],
  [0x08000000, 'ipc'],
  [0x10000000, 'user'],
  [0x20000000, 'pid'],
  [0x40000000, 'net'],
]);

/** What a descriptor of a namespace file tells; passed in, so that a test can play a kernel. */
export interface Nsfs {
  /** The parent of a user or pid namespace; undefined where it has none, or one we may not see. */
  parent(namespace: Fd): Fd | undefined;
  /** The user namespace that owns it (of a user namespace: its parent); undefined where we may not see it. */
  userNamespace(namespace: Fd): Fd | undefined;
  /** Uid, in our user namespace, of who made a user namespace. */
  ownerUid(namespace: Fd): number;
  /** Its type, undefined when the descriptor is no namespace or of a type younger than this table. */
  type(namespace: Fd): string | undefined;
  /** Its inode, which names it in `/proc/PID/ns`. */
  inode(namespace: Fd): number;
}

/** The namespace ioctls of this kernel. Loads koffi. Throws KernelError when the kernel refuses. Source: ioctl_ns(2). */
export async function loadNsfs(): Promise<Nsfs> {
  const { default: koffi } = await import('koffi');
  const raw = koffi.load(null).func('int ioctl(int fd, unsigned long request, _Out_ void *argument)') as (
    fd: number,
    request: number,
    argument: Buffer | null,
  ) => number;
  const call = (fd: Fd, request: number, argument: Buffer | null): number => {
    const result = raw(fd.number, request, argument);
    return result === -1 ? -koffi.errno() : result;
  };
  const related = (namespace: Fd, request: number, name: string): Fd | undefined => {
    const result = call(namespace, request, null);
    if (result >= 0) return new Fd(result, `${name} of a namespace`);
    // EPERM: the initial one has none, and one outside of our own is not shown.
    if (errnoName(-result) === 'EPERM') return undefined;
    throw refused(name, namespace, -result);
  };
  return {
    parent: (namespace) => related(namespace, NS_GET_PARENT, 'ioctl NS_GET_PARENT'),
    userNamespace: (namespace) => related(namespace, NS_GET_USERNS, 'ioctl NS_GET_USERNS'),
    ownerUid: (namespace) => {
      const uid = Buffer.alloc(4);
      const result = call(namespace, NS_GET_OWNER_UID, uid);
      if (result < 0) throw refused('ioctl NS_GET_OWNER_UID', namespace, -result);
      return uid.readUInt32LE(0);
    },
    type: (namespace) => {
      const flag = call(namespace, NS_GET_NSTYPE, null);
      if (flag >= 0) return TYPE_OF_FLAG.get(flag);
      if (errnoName(-flag) === 'ENOTTY') return undefined;
      throw refused('ioctl NS_GET_NSTYPE', namespace, -flag);
    },
    inode: (namespace) => fstatSync(namespace.number).ino,
  };
}

function refused(syscall: string, namespace: Fd, errno: number): KernelError {
  return new KernelError({ syscall, target: `fd ${namespace.number}`, errno });
}
