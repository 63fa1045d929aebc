#include "core/loop_probe.h"

#include "core/accept_queue.h"
#include "core/monotonic.h"

namespace reuseport {
namespace {

StatePage& state_page(const SharedMapping& mapping) {
  return *reinterpret_cast<StatePage*>(mapping.data());
}

} // namespace

std::unique_ptr<LoopProbe> LoopProbe::start(Options options) {
  const std::string& why = hook_epoll_pwait(options.loop_code);
  std::unique_ptr<LoopProbe> probe(new LoopProbe(std::move(options), why));
  if (!set_loop_cell(&probe->cell_)) {
    probe->cell_.line = nullptr;
    return nullptr;
  }
  // A start is in the midst of a turn.
  if (why.empty()) {
    probe->cell_.after_return(true);
  }
  return probe;
}

LoopProbe::LoopProbe(Options options, const std::string& why)
    : page_(std::move(options.page)), wake_fd_(std::move(options.wake_fd)), why_(why),
      row_(state_page(*page_).rows[options.slot]) {
  cell_.epoll_fd = options.epoll_fd;
  cell_.wake_fd = wake_fd_.get();
  cell_.line = &row_.worker;
  cell_.flags = &row_.master.flags;
  cell_.watcher_asleep = &state_page(*page_).wake.watcher_asleep;
}

LoopProbe::~LoopProbe() {
  // Null when it never started.
  if (cell_.line != nullptr) {
    clear_loop_cell();
    row_.worker.busy_since_ns.store(0, std::memory_order_release);
  }
}

void LoopProbe::set_listeners(std::vector<int> fds) {
  listeners_ = std::move(fds);
  counted_at_.reset();
}

void LoopProbe::about_to_poll() {
  count_accepted();
  if (!why_.empty()) {
    cell_.clear_stuck();
    row_.worker.last_poll_ns.store(monotonic_ns(), std::memory_order_relaxed);
    row_.worker.turns.store(row_.worker.turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    cell_.wake_watch();
  }
}

void LoopProbe::count_accepted() {
  // Before the queues: what is assigned in between counts as waiting, and is counted again in the next turn.
  uint64_t assigned = row_.kernel.assigned.load(std::memory_order_acquire);
  if (assigned == counted_at_) {
    return;
  }
  uint64_t queued = 0;
  for (int fd : listeners_) {
    queued += queued_connections(fd);
  }
  // The queues may hold connections from before the program was attached.
  row_.worker.accepted.store(assigned > queued ? assigned - queued : 0, std::memory_order_relaxed);
  // What waits now may be accepted here or taken by others, and `assigned` tells of neither: counted again until none
  // does.
  counted_at_ = queued == 0 ? std::optional(assigned) : std::nullopt;
}

} // namespace reuseport
