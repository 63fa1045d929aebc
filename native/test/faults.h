#pragma once

/** Which call of core_test's next operations is to fail: set by the driver, read by the replaced system calls. */
namespace faults {

/** Counts down on each replaced call; the one that finds 1 fails. 0: none fails. */
inline int countdown = 0;
/** The errno of the failure. */
inline int code = 0;

inline bool strikes() {
  return countdown > 0 && --countdown == 0;
}

} // namespace faults
