#include "core/unix_listener.h"

#include "core/unix_address.h"

#include <cerrno>
#include <sys/socket.h>

namespace reuseport {

Result<UniqueFd> bind_unix_listener(const SocketAddress& address) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int code = errno;
  if (!fd.valid()) {
    return Failure{code, "socket", printable_unix_path(format_unix_path(address))};
  }
  if (::bind(fd.get(), address.get(), address.length) != 0) {
    code = errno;
    return Failure{code, "bind", printable_unix_path(format_unix_path(address))};
  }
  return fd;
}

} // namespace reuseport
