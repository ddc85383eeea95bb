// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Processes that start another program, fork and end: counted by cgroup, or told one by one. */
#include "tsgov.h"

#define ARGS_BYTES 256
#define FILE_BYTES 128

enum kind { KIND_EXEC, KIND_FORK, KIND_EXIT };

struct process_counts {
	__u64 execs;
	__u64 forks;
	__u64 exits;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct process_counts);
} processes SEC(".maps");

static const struct process_counts no_counts;

struct process_event {
	__u64 cgroup;
	__u64 lifetime_ns; /* exit */
	__u32 kind;
	__u32 pid;
	__u32 ppid;
	__s32 exit_code; /* as wait(2) has it */
	char comm[16];
	char file[FILE_BYTES]; /* exec */
	__u32 args_bytes;
	char args[ARGS_BYTES]; /* exec: NUL after each */
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} events SEC(".maps");

/* NULL: it was counted, or is not asked for. */
static __always_inline struct process_event *begin(struct task_struct *task, __u32 kind)
{
	__u64 cgroup = cgroup_of(task);
	struct process_event *event;

	if (!params.events) {
		struct process_counts *counts = entry(&processes, &cgroup, &no_counts);

		if (counts)
			__sync_fetch_and_add(kind == KIND_EXEC ? &counts->execs : kind == KIND_FORK ? &counts->forks : &counts->exits, 1);
		return 0;
	}
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		count(COUNTER_RING_FULL);
		return 0;
	}
	event->cgroup = cgroup;
	event->kind = kind;
	event->pid = BPF_CORE_READ(task, tgid);
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->exit_code = 0;
	event->lifetime_ns = 0;
	event->args_bytes = 0;
	event->file[0] = 0;
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), task->comm);
	return event;
}

SEC("tp_btf/sched_process_exec")
int process_exec(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct linux_binprm *program = (struct linux_binprm *)ctx[2];
	struct process_event *event = begin(task, KIND_EXEC);
	unsigned long start, bytes;

	if (!event)
		return 0;
	bpf_probe_read_kernel_str(event->file, sizeof(event->file), BPF_CORE_READ(program, filename));
	start = BPF_CORE_READ(task, mm, arg_start);
	bytes = BPF_CORE_READ(task, mm, arg_end) - start;
	if (bytes > ARGS_BYTES)
		bytes = ARGS_BYTES;
	if (bpf_probe_read_user(event->args, bytes, (void *)start) == 0)
		event->args_bytes = bytes;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int process_fork(__u64 *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct process_event *event;

	/* A thread is no process. */
	if (child->pid != child->tgid)
		return 0;
	event = begin(child, KIND_FORK);
	if (event)
		bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int process_exit(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct process_event *event;

	if (task->pid != task->tgid)
		return 0;
	event = begin(task, KIND_EXIT);
	if (!event)
		return 0;
	event->exit_code = task->exit_code;
	event->lifetime_ns = bpf_ktime_get_ns() - task->start_time;
	bpf_ringbuf_submit(event, 0);
	return 0;
}
