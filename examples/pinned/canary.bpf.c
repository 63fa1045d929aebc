/*
 * A canary: clients of one network go to slot 0 alone, all others to the slot with the least waiting of the rest.
 * Whatever that leaves without a slot goes to any that is usable.
 *
 *   clang -O2 -g -target bpf -I ../../include -I /usr/include/$(uname -m)-linux-gnu -c canary.bpf.c -o canary.bpf.o
 *   bpftool prog load canary.bpf.o /sys/fs/bpf/shop/canary pinmaps /sys/fs/bpf/shop
 *   reuseport run server.js --steer pinned:/sys/fs/bpf/shop/canary
 */
#include "reuseport.bpf.h"

#include <bpf/bpf_endian.h>

#define CANARY_SLOT 0
/* 127.0.0.8 to 127.0.0.15, so that it can be tried on one machine. */
#define CANARY_NETWORK 0x7f000008
#define CANARY_MASK 0xfffffff8

/* The source address in an IPv4 header. */
#define SOURCE_OFFSET 12

static __always_inline int is_canary(struct sk_reuseport_md* ctx) {
  __u32 source;
  /* A migration has no packet. */
  if (ctx->migrating_sk != NULL || ctx->eth_protocol != bpf_htons(0x0800))
    return 0;
  if (bpf_skb_load_bytes_relative(ctx, SOURCE_OFFSET, &source, sizeof source, BPF_HDR_START_NET) != 0)
    return 0;
  return (bpf_ntohl(source) & CANARY_MASK) == CANARY_NETWORK;
}

struct scan {
  __u32 first;
  __u32 best;
  __u64 fewest;
};

static long compare(__u32 slot, void* data) {
  struct reuseport_page* page = reuseport_page();
  struct scan* scan = data;
  if (page == NULL)
    return 1;
  struct reuseport_row* row = reuseport_row(page, slot);
  if (slot < scan->first || !reuseport_usable(row) || reuseport_pending(row) >= scan->fewest)
    return 0;
  scan->fewest = reuseport_pending(row);
  scan->best = slot;
  return 0;
}

/*
 * The usable slot from `first` on with the least waiting; 64 when there is none. bpf_loop (Linux 5.17), because the
 * verifier would follow each way through a plain loop of 64 rounds.
 */
static __always_inline __u32 least_pending(__u32 first) {
  struct scan scan = {first, REUSEPORT_SLOTS, ~0ULL};
  bpf_loop(REUSEPORT_SLOTS, compare, &scan, 0);
  return scan.best;
}

SEC("sk_reuseport/migrate")
int canary(struct sk_reuseport_md* ctx) {
  struct reuseport_page* page = reuseport_page();
  if (page == NULL)
    return SK_PASS;
  __u32 slot = is_canary(ctx) ? CANARY_SLOT : least_pending(CANARY_SLOT + 1);
  if (reuseport_select(ctx, page, slot) != 0 && reuseport_select(ctx, page, least_pending(0)) != 0)
    __sync_fetch_and_add(&page->stray, reuseport_is_new(ctx));
  /* Always: SK_DROP would refuse the client. */
  return SK_PASS;
}

char _license[] SEC("license") = "GPL";
