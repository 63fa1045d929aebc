#pragma once

#include "core/state_layout.h"
#include "core/turn_ages.h"
#include "core/watch_report.h"
#include "core/watch_row.h"

#include <array>
#include <vector>

namespace reuseport {

/** What one look at all rows found. */
struct Look {
  std::vector<StuckReport> reports;
  /** Slots whose rows are stale. */
  std::vector<size_t> stale;
  bool set_changed = false;
  /** Every loop polls, none has turned since the last look, and nothing waits. */
  bool quiet = true;
  /** When the next look is due, unless the watch may sleep. */
  uint64_t next_ns = 0;
};

/** Finds the stuck slots, and keeps their flag in the page. Not for several threads at once. */
class WatchScan {
public:
  WatchScan(StatePage& page, uint64_t rescue_after_ns, uint64_t processors)
      : page_(page), rescue_after_ns_(rescue_after_ns), processors_(processors) {}

  /** Slots that are no longer among the rows lose their flag. */
  void set_rows(std::vector<WatchedRow> rows);
  void set_rescue_after(uint64_t ns) { rescue_after_ns_ = ns; }
  uint64_t rescue_after_ns() const { return rescue_after_ns_; }
  bool empty() const { return rows_.empty(); }

  /** `pause_ns`: how long until the next look, unless something becomes due before. */
  Look look(const Occasion& occasion, uint64_t pause_ns);
  /** Nothing has happened since a quiet look. */
  bool unchanged() const;
  /** Slots that were stuck at the last look, in ascending order. */
  std::vector<size_t> stuck() const;
  std::vector<WatchedRow> stuck_rows() const;
  void clear_flags();

private:
  struct Slot {
    RowWatch watch;
    bool stuck = false;
    uint64_t reported_at_ns = 0;
  };

  /** The ages of the turns of all loops that are watched. */
  void look_at_turns(uint64_t now_ns, uint64_t pause_ns);
  /** How long this slot's loop may be in one turn, or leave its queue alone, before it is stuck. */
  uint64_t patience_ns(size_t slot) const;
  void look_at(const WatchedRow& watched, const Occasion& occasion, Look& look);
  void report(const WatchedRow& watched, const Verdict& verdict, const Occasion& occasion, Look& look);
  /** Keeps flag and state alike; true when the state has changed. */
  bool mark(size_t slot, bool stuck);

  StatePage& page_;
  uint64_t rescue_after_ns_;
  uint64_t processors_;
  std::vector<WatchedRow> rows_;
  std::array<Slot, kMaxRows> slots_;
  TurnAges turns_;
  /** By set_rows, since the last look. */
  bool set_changed_ = false;
};

} // namespace reuseport
