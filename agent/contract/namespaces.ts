import { type Static, Type } from 'typebox';
import { NAMESPACE_TYPES, type NamespaceType } from './namespace-types.js';

const Null = Type.Null();
const Inode = Type.Union([Type.Number(), Null]);

/** A container as far as a namespace or process names it. */
export const ContainerName = Type.Object({ id: Type.String(), name: Type.String(), runtime: Type.String() });
export type ContainerName = Static<typeof ContainerName>;

/** What keeps a namespace alive beside processes in it. */
export const NamespaceHolder = Type.Object({
  kind: Type.Union([Type.Literal('mount'), Type.Literal('fd'), Type.Literal('children')], {
    description: 'A bind mount, an open file, or a process whose children will be in it.',
  }),
  path: Type.Union([Type.String(), Null], { description: 'Mount point, as the processes of that mount namespace see it.' }),
  pid: Type.Number({ description: 'The process that holds it; of a mount, one that sees it.' }),
  fd: Type.Union([Type.Number(), Null]),
});
export type NamespaceHolder = Static<typeof NamespaceHolder>;

/** A namespace of the node. */
export const NamespaceView = Type.Object(
  {
    inode: Type.Number({ description: 'Names it: what `/proc/PID/ns/TYPE` ends in.' }),
    type: Type.Unsafe<NamespaceType>(Type.Union(NAMESPACE_TYPES.map((type) => Type.Literal(type)))),
    processes: Type.Number({ description: 'How many processes are in it.' }),
    oldest: Type.Union(
      [
        Type.Object({
          pid: Type.Number(),
          command: Type.String(),
          uid: Type.Number(),
          user: Type.Union([Type.String(), Null], { description: "The host's name for it." }),
        }),
        Null,
      ],
      { description: 'The process in it that started first.' },
    ),
    host: Type.Boolean({ description: 'The one the node itself (pid 1, else the agent) is in.' }),
    container: Type.Union([ContainerName, Null], {
      description: "The container its oldest process is of; null for the host's and for those of no container.",
    }),
    containers: Type.Array(ContainerName, { description: 'Every container with a process in it.' }),
    parent: Type.Union([Type.Number(), Null], {
      description: 'Of user and pid namespaces, where there is one and we may see it.',
    }),
    userNamespace: Inode,
    ownerUid: Type.Union([Type.Number(), Null], { description: 'Of user namespaces: who made it.' }),
    holders: Type.Array(NamespaceHolder),
    depth: Type.Optional(Type.Number({ description: 'With `tree`: how many parents it has.' })),
  },
  { $id: 'NamespaceView' },
);
export type NamespaceView = Static<typeof NamespaceView>;

export interface NamespaceQuery {
  /** Empty: all. */
  types: readonly NamespaceType[];
  /** Only those a container has processes in. */
  container?: string;
  /** User and pid namespaces, each before its children. */
  tree: boolean;
}
