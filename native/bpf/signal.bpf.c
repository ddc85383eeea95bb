// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Signals: who sent which to whom. Told only while somebody asks. */
#include "tsgov.h"

struct signal_event {
	__u64 cgroup; /* of the target */
	__u64 sender_cgroup;
	__u32 pid;
	__u32 sender_pid;
	__s32 signal;
	__s32 code; /* si_code; 0: kill(2) */
	__s32 result; /* 0: delivered; else ignored, pending already, or lost */
	__u32 from_kernel;
	char comm[16];
	char sender_comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

/* Pointers below this are markers: SEND_SIG_NOINFO (a user), SEND_SIG_PRIV (the kernel). */
#define SEND_SIG_PRIV 1UL

SEC("tp_btf/signal_generate")
int signals(__u64 *ctx)
{
	struct kernel_siginfo *info = (struct kernel_siginfo *)ctx[1];
	struct task_struct *task = (struct task_struct *)ctx[2];
	__u64 cgroup = cgroup_of(task), sender = cgroup_of(bpf_get_current_task_btf());
	struct signal_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		count(COUNTER_RING_FULL);
		return 0;
	}
	event->cgroup = cgroup;
	event->sender_cgroup = sender;
	event->pid = BPF_CORE_READ(task, tgid);
	event->sender_pid = bpf_get_current_pid_tgid() >> 32;
	event->signal = (int)ctx[0];
	event->result = (int)ctx[4];
	event->code = (unsigned long)info > SEND_SIG_PRIV ? BPF_CORE_READ(info, si_code) : 0;
	/* SI_KERNEL is 0x80; positive codes are the kernel's. */
	event->from_kernel = (unsigned long)info == SEND_SIG_PRIV || event->code > 0;
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), task->comm);
	bpf_get_current_comm(event->sender_comm, sizeof(event->sender_comm));
	bpf_ringbuf_submit(event, 0);
	return 0;
}
