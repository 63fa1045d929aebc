#include "report.hpp"

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace loadgen {

namespace {

constexpr std::array<const char*, 7> kFailureNames{"refused",   "reset",  "timeout", "short",
                                                   "malformed", "status", "other"};

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code >= 0x7f || letter == '"' || letter == '\\') {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(code));
      result += escape.data();
    } else {
      result += letter;
    }
  }
  return result + '"';
}

std::string quoted(int number) {
  return '"' + std::to_string(number) + '"';
}

template <typename Map>
void writeCounts(std::ostream& out, const char* name, const Map& counts) {
  out << ",\"" << name << "\":{";
  const char* separator = "";
  for (const auto& [key, count] : counts) {
    out << separator << quoted(key) << ':' << count;
    separator = ",";
  }
  out << '}';
}

void writeLosses(std::ostream& out, const std::vector<Loss>& losses) {
  out << ",\"losses\":[";
  const char* separator = "";
  for (const Loss& loss : losses) {
    // As text: a moment in nanoseconds is more than a JSON number is read back as.
    out << separator << "{\"client\":" << quoted(loss.client) << ",\"openedNs\":\"" << loss.openedNs
        << "\",\"endedNs\":\"" << loss.endedNs << "\",\"kind\":\"" << kFailureNames[static_cast<std::size_t>(loss.kind)]
        << "\"}";
    separator = ",";
  }
  out << ']';
}

void writeHistogram(std::ostream& out, const char* name, const Histogram& histogram) {
  out << '"' << name << "\":{\"count\":" << histogram.count() << ",\"sumNs\":" << histogram.sum()
      << ",\"minNs\":" << histogram.min() << ",\"p50Ns\":" << histogram.percentile(0.5)
      << ",\"p90Ns\":" << histogram.percentile(0.9) << ",\"p99Ns\":" << histogram.percentile(0.99)
      << ",\"p999Ns\":" << histogram.percentile(0.999) << ",\"maxNs\":" << histogram.max()
      << ",\"subBucketBits\":" << Histogram::kSubBucketBits << ",\"buckets\":[";
  const char* separator = "";
  for (std::size_t index = 0; index < histogram.buckets().size(); ++index) {
    if (histogram.buckets()[index] != 0) {
      out << separator << '[' << index << ',' << histogram.buckets()[index] << ']';
      separator = ",";
    }
  }
  out << "]}";
}

void writeTimeline(std::ostream& out, const Timeline& timeline) {
  constexpr std::uint64_t kNsPerMs = 1'000'000;
  out << ",\"timeline\":{\"stepMs\":" << timeline.stepNs() / kNsPerMs << ",\"steps\":[";
  const char* separator = "";
  for (const Timeline::Step& step : timeline.steps()) {
    out << separator << "{\"completed\":" << step.totalNs.count() << ",\"failed\":" << step.failed
        << ",\"p50Ns\":" << step.totalNs.percentile(0.5) << ",\"p99Ns\":" << step.totalNs.percentile(0.99)
        << ",\"maxNs\":" << step.totalNs.max();
    writeCounts(out, "connectionsBy", step.connectionsBy);
    out << '}';
    separator = ",";
  }
  out << "]}";
}

} // namespace

void writeReport(std::ostream& out, const Options& options, const Tally& tally) {
  out << "{\"mode\":\"" << (options.openLoop() ? "open" : "closed") << "\",\"connections\":" << options.connections
      << ",\"requestsPerConnection\":" << options.requestsPerConnection << ",\"windowNs\":" << tally.windowNs
      << ",\"elapsedNs\":" << tally.elapsedNs << ",\"started\":" << tally.started
      << ",\"completed\":" << tally.completed << ",\"completedInWindow\":" << tally.completedInWindow
      << ",\"connectionsOpened\":" << tally.connectionsOpened << ",\"idleCloses\":" << tally.idleCloses
      << ",\"bytesReceived\":" << tally.bytesReceived << ",\"failures\":{";
  for (std::size_t kind = 0; kind < kFailureNames.size(); ++kind) {
    out << (kind == 0 ? "" : ",") << '"' << kFailureNames[kind] << "\":" << tally.failures[kind];
  }
  out << '}';
  writeLosses(out, tally.losses);
  writeCounts(out, "otherErrnos", tally.otherErrnos);
  writeCounts(out, "statuses", tally.statuses);
  writeCounts(out, "responsesBy", tally.responsesBy);
  writeCounts(out, "connectionsBy", tally.connectionsBy);
  writeTimeline(out, tally.timeline);
  out << ",\"cpu\":{\"userNs\":" << tally.cpu.userNs << ",\"systemNs\":" << tally.cpu.systemNs
      << ",\"waitNs\":" << tally.cpu.waitNs << "},\"latency\":{";
  writeHistogram(out, "connect", tally.connectNs);
  out << ',';
  writeHistogram(out, "firstByte", tally.firstByteNs);
  out << ',';
  writeHistogram(out, "total", tally.totalNs);
  out << ',';
  writeHistogram(out, "lag", tally.lagNs);
  out << "}}\n";
}

} // namespace loadgen
