#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loadgen {

/** Reads one HTTP/1.1 response at a time, in pieces as they come. No pipelining: bytes past the end are an error. */
class ResponseParser {
public:
  enum class Outcome { needMore, complete, malformed };

  /** `countedHeader` in lower case; its value is kept for {@link countedValue}. */
  void begin(std::string_view countedHeader);
  Outcome feed(std::string_view bytes);
  /** The peer closed: completes a body that ends with the connection. */
  [[nodiscard]] Outcome end() const noexcept;

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] bool serverCloses() const noexcept { return serverCloses_; }
  [[nodiscard]] const std::string& countedValue() const noexcept { return countedValue_; }

private:
  enum class Stage { head, body, chunkSize, chunkData, trailer, untilClose };

  bool parseHead(std::string_view head);
  bool parseField(std::string_view line);
  Outcome feedBody(std::string_view bytes);
  /** Moves a line without its end into line_; false while its end has not come. */
  bool takeLine(std::string_view& bytes);

  Stage stage_ = Stage::head;
  std::string pending_;
  std::string_view countedHeader_;
  std::string countedValue_;
  std::uint64_t remainingBytes_ = 0;
  int status_ = 0;
  bool serverCloses_ = false;
  bool chunked_ = false;
  bool hasLength_ = false;
};

} // namespace loadgen
