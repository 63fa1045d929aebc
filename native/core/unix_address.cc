#include "core/unix_address.h"

#include <cstddef>
#include <cstring>
#include <sys/un.h>

namespace reuseport {
namespace {

constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);
constexpr size_t kPathBytes = sizeof(sockaddr_un::sun_path);

} // namespace

std::optional<SocketAddress> parse_unix_path(const std::string& path) {
  bool abstract = !path.empty() && path.front() == '\0';
  // A path in the file system needs room for its final NUL; an abstract name is counted and may hold NULs.
  size_t limit = abstract ? kPathBytes : kPathBytes - 1;
  if (path.empty() || path.size() > limit || (!abstract && path.find('\0') != std::string::npos)) {
    return std::nullopt;
  }
  SocketAddress result;
  result.storage.ss_family = AF_UNIX;
  std::memcpy(reinterpret_cast<char*>(&result.storage) + kPathOffset, path.data(), path.size());
  result.length = static_cast<socklen_t>(kPathOffset + path.size() + (abstract ? 0 : 1));
  return result;
}

std::string format_unix_path(const SocketAddress& address) {
  if (address.length <= kPathOffset) {
    return "";
  }
  const char* path = reinterpret_cast<const char*>(&address.storage) + kPathOffset;
  size_t length = address.length - kPathOffset;
  return path[0] == '\0' ? std::string(path, length) : std::string(path, strnlen(path, length));
}

std::string printable_unix_path(std::string path) {
  for (char& letter : path) {
    if (letter == '\0') {
      letter = '@';
    }
  }
  return path;
}

} // namespace reuseport
