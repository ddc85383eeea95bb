"""Runs a command on a pseudo terminal and plays steps on it.

argv: COMMAND...; stdin: a JSON list of steps, in order:
  {"send": TEXT} {"expect": REGEX} {"resize": [ROWS, COLS]} {"signal": N} {"pause": SECONDS}
stdout: one JSON object {"output": TEXT, "status": exit code or -signal, "failed": step that did not come true or null,
"cooked": whether the terminal was in its usual mode when the command had ended}.
"""

import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

STEP_TIMEOUT_SECONDS = 30

steps = json.load(sys.stdin)
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.close(master)
    if slave > 2:
        os.close(slave)
    os.execvp(sys.argv[1], sys.argv[1:])

output = b""
seen = 0
status = None


def pump(seconds):
    global output
    ready, _, _ = select.select([master], [], [], seconds)
    if ready:
        try:
            output += os.read(master, 65536)
        except OSError:
            return False
    return True


def ended():
    global status
    if status is None:
        done, raw = os.waitpid(pid, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(raw)
    return status is not None


def expect(pattern):
    global seen
    deadline = time.monotonic() + STEP_TIMEOUT_SECONDS
    while True:
        match = re.search(pattern.encode(), output[seen:], re.S)
        if match:
            seen += match.end()
            return True
        if time.monotonic() > deadline:
            return False
        was_over = ended()
        pump(0.05)
        if was_over and not re.search(pattern.encode(), output[seen:], re.S) and not select.select([master], [], [], 0)[0]:
            return False


failed = None
for step in steps:
    if "expect" in step and not expect(step["expect"]):
        failed = step
        break
    if "send" in step:
        os.write(master, step["send"].encode())
    if "resize" in step:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *step["resize"], 0, 0))
    if "signal" in step:
        os.kill(pid, step["signal"])
    if "pause" in step:
        time.sleep(step["pause"])

deadline = time.monotonic() + STEP_TIMEOUT_SECONDS
while not ended() and time.monotonic() < deadline:
    pump(0.05)
if not ended():
    failed = failed or {"end": "the command did not end"}
    os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
while select.select([master], [], [], 0.05)[0]:
    if not pump(0):
        break
lflag = termios.tcgetattr(slave)[3]
cooked = bool(lflag & termios.ICANON) and bool(lflag & termios.ECHO)
json.dump({"output": output.decode(errors="replace"), "status": status, "failed": failed, "cooked": cooked}, sys.stdout)
