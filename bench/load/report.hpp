#pragma once

#include <ostream>

#include "options.hpp"
#include "tally.hpp"

namespace loadgen {

/** One JSON object; durations in ns, histograms with their buckets so that they can be merged. */
void writeReport(std::ostream& out, const Options& options, const Tally& tally);

} // namespace loadgen
