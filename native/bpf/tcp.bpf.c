// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * TCP by the socket's v2 cgroup and network namespace: connections made and taken, segments sent again, and bytes, which the socket itself
 * counts and which are added when it closes.
 */
#include "tsgov.h"

#define AF_INET6 10
#define IPPROTO_TCP 6
enum state { TCP_ESTABLISHED = 1, TCP_SYN_SENT = 2, TCP_SYN_RECV = 3, TCP_CLOSE = 7, TCP_LISTEN = 10 };
enum kind { KIND_CONNECT, KIND_CONNECTED, KIND_ACCEPT, KIND_CLOSE, KIND_RETRANSMIT, KIND_FAILED };

struct tcp_key {
	__u64 cgroup;
	__u32 netns;
	__u32 unused;
};

struct tcp_counts {
	__u64 connects;
	__u64 accepts;
	__u64 failures; /* connects that came to nothing */
	__u64 retransmits;
	__u64 sent_bytes;
	__u64 received_bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct tcp_key);
	__type(value, struct tcp_counts);
} tcp SEC(".maps");

static const struct tcp_counts no_tcp;

struct tcp_event {
	struct tcp_key key;
	__u64 sent_bytes;
	__u64 received_bytes;
	__u32 kind;
	__u32 pid; /* who did it; 0 where the kernel did, on a packet's arrival */
	char comm[16];
	__u16 family;
	__u16 local_port;
	__u16 remote_port; /* network order */
	__u16 unused;
	__u8 local[16];
	__u8 remote[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 512 * 1024);
} events SEC(".maps");

static __always_inline void addresses(struct tcp_event *event, const struct sock *sk)
{
	event->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	event->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	event->remote_port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	if (event->family == AF_INET6) {
		BPF_CORE_READ_INTO(&event->local, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&event->remote, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
	} else {
		__builtin_memset(event->local, 0, sizeof(event->local));
		__builtin_memset(event->remote, 0, sizeof(event->remote));
		*(__u32 *)event->local = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(__u32 *)event->remote = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	}
}

static __always_inline void key_of(struct tcp_key *key, const struct sock *sk)
{
	key->cgroup = BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	key->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	key->unused = 0;
}

static __always_inline void tell(const struct sock *sk, const struct tcp_key *key, __u32 kind, __u64 sent, __u64 received)
{
	struct tcp_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		count(COUNTER_RING_FULL);
		return;
	}
	event->key = *key;
	event->kind = kind;
	event->sent_bytes = sent;
	event->received_bytes = received;
	event->unused = 0;
	/* connect(2) runs in the caller; what packets bring runs in whoever was interrupted. */
	event->pid = kind == KIND_CONNECT ? bpf_get_current_pid_tgid() >> 32 : 0;
	if (kind == KIND_CONNECT)
		bpf_get_current_comm(event->comm, sizeof(event->comm));
	else
		event->comm[0] = 0;
	addresses(event, sk);
	bpf_ringbuf_submit(event, 0);
}

static __always_inline int kind_of(int from, int to)
{
	if (to == TCP_SYN_SENT)
		return KIND_CONNECT;
	if (to == TCP_ESTABLISHED)
		return from == TCP_SYN_SENT ? KIND_CONNECTED : from == TCP_SYN_RECV ? KIND_ACCEPT : -1;
	if (to != TCP_CLOSE)
		return -1;
	return from == TCP_SYN_SENT ? KIND_FAILED : from == TCP_LISTEN ? -1 : KIND_CLOSE;
}

SEC("tp_btf/inet_sock_set_state")
int tcp_state(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	const struct tcp_sock *counted = (const struct tcp_sock *)sk;
	int kind = kind_of((int)ctx[1], (int)ctx[2]);
	struct tcp_key key;
	struct tcp_counts *counts;
	__u64 sent = 0, received = 0;

	if (kind < 0 || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	key_of(&key, sk);
	if (kind == KIND_CLOSE) {
		sent = BPF_CORE_READ(counted, bytes_sent);
		received = BPF_CORE_READ(counted, bytes_received);
	}
	if (params.events) {
		tell(sk, &key, kind, sent, received);
		return 0;
	}
	if (kind == KIND_CONNECTED)
		return 0;
	counts = entry(&tcp, &key, &no_tcp);
	if (!counts)
		return 0;
	if (kind == KIND_CONNECT)
		__sync_fetch_and_add(&counts->connects, 1);
	else if (kind == KIND_ACCEPT)
		__sync_fetch_and_add(&counts->accepts, 1);
	else if (kind == KIND_FAILED)
		__sync_fetch_and_add(&counts->failures, 1);
	else {
		__sync_fetch_and_add(&counts->sent_bytes, sent);
		__sync_fetch_and_add(&counts->received_bytes, received);
	}
	return 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int tcp_retransmit(__u64 *ctx)
{
	const struct sock *sk = (const struct sock *)ctx[0];
	struct tcp_key key;
	struct tcp_counts *counts;

	key_of(&key, sk);
	if (params.events) {
		tell(sk, &key, KIND_RETRANSMIT, 0, 0);
		return 0;
	}
	counts = entry(&tcp, &key, &no_tcp);
	if (counts)
		__sync_fetch_and_add(&counts->retransmits, 1);
	return 0;
}
