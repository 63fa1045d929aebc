#include "core/watch_scan.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace reuseport {
namespace {

/** Dead, not yet serving, or given up: nobody expects it to turn. */
bool is_watched(uint32_t flags) {
  return (flags & kFlagReady) != 0 && (flags & kFlagDown) == 0;
}

// A turn that is up to so many times as long as those of others is nothing out of the ordinary.
constexpr uint64_t kOrdinaryTurns = 4;

// In rescue-afters. Where every processor is taken, another loop that took over would wait for one as well, and a
// rescue costs more than the rest of most turns (bench/README.md: mixed).
constexpr uint64_t kFullMachinePatience = 4;

// In rescue-afters: what lasts longer is stuck at any load, also where all loops are.
constexpr uint64_t kLongestPatience = 20;

} // namespace

void WatchScan::set_rows(std::vector<WatchedRow> rows) {
  std::array<bool, kMaxRows> kept{};
  for (const WatchedRow& row : rows) {
    kept[row.slot] = true;
  }
  for (const WatchedRow& row : rows_) {
    if (!kept[row.slot]) {
      set_changed_ |= mark(row.slot, false);
      slots_[row.slot] = {};
    }
  }
  rows_ = std::move(rows);
}

Look WatchScan::look(const Occasion& occasion, uint64_t pause_ns) {
  Look look;
  look.set_changed = std::exchange(set_changed_, false);
  look.next_ns = occasion.now_ns + pause_ns;
  look_at_turns(occasion.now_ns, pause_ns);
  for (const WatchedRow& watched : rows_) {
    look_at(watched, occasion, look);
  }
  return look;
}

void WatchScan::look_at_turns(uint64_t now_ns, uint64_t pause_ns) {
  turns_.begin(now_ns, pause_ns);
  for (const WatchedRow& watched : rows_) {
    const Row& row = page_.rows[watched.slot];
    if (is_watched(row.master.flags.load(std::memory_order_relaxed))) {
      turns_.see(watched.slot, row);
    }
  }
}

uint64_t WatchScan::patience_ns(size_t slot) const {
  if (slots_[slot].stuck) {
    // Once out of the ordinary is out of it for the whole turn.
    return rescue_after_ns_;
  }
  uint64_t shortest = turns_.busy_loops() >= processors_ ? kFullMachinePatience : 1;
  return std::clamp(kOrdinaryTurns * turns_.of_others(slot), shortest * rescue_after_ns_,
                    kLongestPatience * rescue_after_ns_);
}

void WatchScan::look_at(const WatchedRow& watched, const Occasion& occasion, Look& look) {
  const Row& row = page_.rows[watched.slot];
  Slot& slot = slots_[watched.slot];
  if (!is_watched(row.master.flags.load(std::memory_order_relaxed))) {
    look.set_changed |= mark(watched.slot, false);
    slot = {};
    return;
  }
  Verdict verdict = slot.watch.look(row, watched.fds, occasion, patience_ns(watched.slot));
  look.set_changed |= mark(watched.slot, verdict.stuck.has_value());
  look.quiet &= verdict.quiet;
  if (verdict.stale) {
    look.stale.push_back(watched.slot);
  }
  if (verdict.due_ns != 0) {
    look.next_ns = std::min(look.next_ns, verdict.due_ns);
  }
  if (verdict.stuck) {
    report(watched, verdict, occasion, look);
  } else {
    slot.reported_at_ns = 0;
  }
}

void WatchScan::report(const WatchedRow& watched, const Verdict& verdict, const Occasion& occasion, Look& look) {
  uint64_t& reported_at = slots_[watched.slot].reported_at_ns;
  bool is_news = reported_at == 0 || occasion.arrived.test(watched.slot);
  if (!is_news && occasion.now_ns - reported_at < rescue_after_ns_ / 2) {
    return;
  }
  std::vector<WaitingQueue> queued = read_queues(watched.fds);
  if (!queued.empty()) {
    reported_at = occasion.now_ns;
    look.reports.push_back({watched.slot, occasion.now_ns - verdict.since_ns, *verdict.stuck, std::move(queued)});
  }
}

bool WatchScan::mark(size_t slot, bool stuck) {
  std::atomic<uint32_t>& flags = page_.rows[slot].master.flags;
  // A flag may also be left from a watch before this one.
  bool flagged = (flags.load(std::memory_order_relaxed) & kFlagStuck) != 0;
  if (stuck && !flagged) {
    flags.fetch_or(kFlagStuck);
  } else if (!stuck && flagged) {
    flags.fetch_and(~kFlagStuck);
  }
  return std::exchange(slots_[slot].stuck, stuck) != stuck;
}

bool WatchScan::unchanged() const {
  return std::all_of(rows_.begin(), rows_.end(), [this](const WatchedRow& watched) {
    const Row& row = page_.rows[watched.slot];
    return !is_watched(row.master.flags.load(std::memory_order_relaxed)) || slots_[watched.slot].watch.unchanged(row);
  });
}

std::vector<size_t> WatchScan::stuck() const {
  std::vector<size_t> slots;
  for (size_t slot = 0; slot < slots_.size(); slot++) {
    if (slots_[slot].stuck) {
      slots.push_back(slot);
    }
  }
  return slots;
}

std::vector<WatchedRow> WatchScan::stuck_rows() const {
  std::vector<WatchedRow> rows;
  std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(rows),
               [this](const WatchedRow& row) { return slots_[row.slot].stuck; });
  return rows;
}

void WatchScan::clear_flags() {
  set_rows({});
}

} // namespace reuseport
