/**
 * The shim's wire protocol, on its control socket (a stream socketpair from its starter) and on `shim.sock` in the container's
 * state directory alike. Every frame: u32 payload length, u32 type, payload; all little-endian. The C header
 * native/shim/protocol.gen.h is generated from this table.
 *
 * On connection the shim sends `state` at once. A client gets output only after `attach`. Output waits for an attached client
 * that does not read (as Docker's does): a client that gave up must close.
 */
export const SHIM_FRAMES = {
  // client → shim
  /** u32 mask: 1 stdout, 2 stderr, 4 stdin. */
  attach: 1,
  /** Bytes for the container's stdin; an empty payload closes it. */
  stdin: 2,
  /** u32 rows, u32 cols. */
  resize: 3,
  /** Let the player pass its gate. */
  start: 4,
  /** u32 signal, sent to init through its pidfd. */
  signal: 5,
  /** The starter's first frame: what the shim is for, as NUL-terminated `key=value` words (docs/architecture.md, "Shim"). */
  launch: 6,
  // shim → client
  /** u32 phase, u32 init pid (0: none yet). */
  state: 16,
  stdout: 17,
  stderr: 18,
  /** u32 op index, u32 errno, u32 value, then text: the player could not play the op. An `exit` follows. */
  failed: 19,
  /** u32 op index, u32 errno, u32 value: a tolerated errno. */
  warning: 20,
  /** u32 exit code, u32 signal, u32 oomKilled, u32 started (0: never reached exec), u64 startedAt ns, u64 finishedAt ns (CLOCK_REALTIME). Last frame. */
  exit: 21,
  /** u64 bytes of output that could not be written to the log so far, u32 errno. */
  logLost: 22,
  /** u32 mask: the answer to `attach`; all output from here on is sent. */
  attached: 23,
} as const;

/** Phases of `state`, in the order they come. */
export const SHIM_PHASES = { preparing: 0, gate: 1, running: 2, exited: 3 } as const;

/**
 * What the player tells the shim on its control socket (SOCK_SEQPACKET), once that has said by a byte that the tape is there, one packet
 * each: u32 type, u32 op, u32 errno, u32 value, then text. Exec succeeded when the socket reaches EOF without an `error` before.
 */
export const PLAYER_MESSAGES = {
  /** Cannot go on: op, errno, value (hook exit status and the like), text (fs context log). */
  error: 1,
  /** Tolerated errno of op. */
  warning: 2,
  /** value: init's pid in the player's pid namespace. */
  pid: 3,
  /** value: gate id; the player waits for one byte. */
  gate: 4,
  /** SCM_RIGHTS: the pty master. */
  pty: 5,
} as const;
