#include "response-parser.hpp"

#include <algorithm>
#include <charconv>

namespace loadgen {

namespace {

constexpr std::size_t kHeadLimitBytes = 64 * 1024;

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
}

bool equalsLower(std::string_view text, std::string_view lowered) noexcept {
  return std::equal(text.begin(), text.end(), lowered.begin(), lowered.end(),
                    [](char left, char right) { return lower(left) == right; });
}

bool parseNumber(std::string_view text, std::uint64_t& value, int base) noexcept {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  return error == std::errc{} && (stop == end || (base == 16 && *stop == ';'));
}

} // namespace

void ResponseParser::begin(std::string_view countedHeader) {
  stage_ = Stage::head;
  pending_.clear();
  countedHeader_ = countedHeader;
  countedValue_.clear();
  remainingBytes_ = 0;
  status_ = 0;
  serverCloses_ = chunked_ = hasLength_ = false;
}

bool ResponseParser::parseField(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return false;
  }
  const std::string_view name = line.substr(0, colon);
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  if (!countedHeader_.empty() && equalsLower(name, countedHeader_)) {
    countedValue_ = value;
  } else if (equalsLower(name, "content-length")) {
    hasLength_ = true;
    return parseNumber(value, remainingBytes_, 10);
  } else if (equalsLower(name, "connection")) {
    serverCloses_ = serverCloses_ || equalsLower(value, "close");
  } else if (equalsLower(name, "transfer-encoding")) {
    chunked_ = equalsLower(value, "chunked");
  }
  return true;
}

bool ResponseParser::parseHead(std::string_view head) {
  std::uint64_t status = 0;
  if (head.size() < 12 || !head.starts_with("HTTP/1.") || !parseNumber(head.substr(9, 3), status, 10)) {
    return false;
  }
  status_ = static_cast<int>(status);
  serverCloses_ = head[7] == '0';
  std::size_t position = head.find("\r\n");
  while (position != std::string_view::npos && position + 2 < head.size()) {
    const std::size_t start = position + 2;
    position = head.find("\r\n", start);
    if (!parseField(head.substr(start, position - start))) {
      return false;
    }
  }
  const bool bodyless = status_ == 204 || status_ == 304;
  if (bodyless) {
    remainingBytes_ = 0;
    chunked_ = false;
  }
  stage_ = chunked_ ? Stage::chunkSize : (hasLength_ || bodyless ? Stage::body : Stage::untilClose);
  return true;
}

ResponseParser::Outcome ResponseParser::feed(std::string_view bytes) {
  if (stage_ != Stage::head) {
    return feedBody(bytes);
  }
  // The whole head nearly always comes at once: then nothing is copied.
  std::string gathered;
  if (!pending_.empty()) {
    pending_.append(bytes);
    gathered.swap(pending_);
    bytes = gathered;
  }
  const std::size_t headEnd = bytes.find("\r\n\r\n");
  if (headEnd == std::string_view::npos) {
    pending_ = bytes;
    return bytes.size() > kHeadLimitBytes ? Outcome::malformed : Outcome::needMore;
  }
  if (!parseHead(bytes.substr(0, headEnd))) {
    return Outcome::malformed;
  }
  return feedBody(bytes.substr(headEnd + 4));
}

ResponseParser::Outcome ResponseParser::feedBody(std::string_view bytes) {
  for (;;) {
    switch (stage_) {
    case Stage::untilClose:
      return Outcome::needMore;
    case Stage::body:
      if (bytes.size() > remainingBytes_) {
        return Outcome::malformed;
      }
      remainingBytes_ -= bytes.size();
      return remainingBytes_ == 0 ? Outcome::complete : Outcome::needMore;
    case Stage::chunkData: {
      const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), remainingBytes_));
      bytes.remove_prefix(taken);
      remainingBytes_ -= taken;
      if (remainingBytes_ > 0) {
        return Outcome::needMore;
      }
      stage_ = Stage::chunkSize;
      break;
    }
    case Stage::chunkSize:
      if (!takeLine(bytes)) {
        return Outcome::needMore;
      }
      if (!parseNumber(pending_, remainingBytes_, 16)) {
        return Outcome::malformed;
      }
      pending_.clear();
      // The line end behind the data is read as part of the data.
      stage_ = remainingBytes_ == 0 ? Stage::trailer : Stage::chunkData;
      remainingBytes_ += remainingBytes_ == 0 ? 0 : 2;
      break;
    case Stage::trailer: {
      if (!takeLine(bytes)) {
        return Outcome::needMore;
      }
      const bool last = pending_.empty();
      pending_.clear();
      if (last) {
        return bytes.empty() ? Outcome::complete : Outcome::malformed;
      }
      break;
    }
    case Stage::head:
      return Outcome::malformed;
    }
  }
}

bool ResponseParser::takeLine(std::string_view& bytes) {
  const std::size_t newline = bytes.find('\n');
  pending_.append(bytes.substr(0, newline));
  if (newline == std::string_view::npos) {
    bytes = {};
    return false;
  }
  bytes.remove_prefix(newline + 1);
  if (!pending_.empty() && pending_.back() == '\r') {
    pending_.pop_back();
  }
  return true;
}

ResponseParser::Outcome ResponseParser::end() const noexcept {
  return stage_ == Stage::untilClose ? Outcome::complete : Outcome::needMore;
}

} // namespace loadgen
