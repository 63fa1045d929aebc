// System calls that fail on demand; the linker puts them before the real ones (--wrap).
#include "test/faults.h"

#include <cerrno>
#include <cstdarg>
#include <sys/socket.h>
#include <sys/stat.h>

extern "C" {

int __real_socket(int, int, int);
int __real_setsockopt(int, int, int, const void*, socklen_t);
int __real_getsockopt(int, int, int, void*, socklen_t*);
int __real_bind(int, const sockaddr*, socklen_t);
int __real_getsockname(int, sockaddr*, socklen_t*);
int __real_fstat(int, struct stat*);
int __real_socketpair(int, int, int, int*);
ssize_t __real_send(int, const void*, size_t, int);
ssize_t __real_recv(int, void*, size_t, int);
ssize_t __real_sendmsg(int, const msghdr*, int);
ssize_t __real_recvmsg(int, msghdr*, int);
int __real_fcntl(int, int, int);

namespace {

bool fails() {
  if (faults::strikes()) {
    errno = faults::code;
    return true;
  }
  return false;
}

} // namespace

int __wrap_socket(int family, int type, int protocol) {
  return fails() ? -1 : __real_socket(family, type, protocol);
}
int __wrap_setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return fails() ? -1 : __real_setsockopt(fd, level, name, value, length);
}
int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return fails() ? -1 : __real_getsockopt(fd, level, name, value, length);
}
int __wrap_bind(int fd, const sockaddr* address, socklen_t length) {
  return fails() ? -1 : __real_bind(fd, address, length);
}
int __wrap_getsockname(int fd, sockaddr* address, socklen_t* length) {
  return fails() ? -1 : __real_getsockname(fd, address, length);
}
int __wrap_fstat(int fd, struct stat* status) {
  return fails() ? -1 : __real_fstat(fd, status);
}
int __wrap_socketpair(int family, int type, int protocol, int* ends) {
  return fails() ? -1 : __real_socketpair(family, type, protocol, ends);
}
ssize_t __wrap_send(int fd, const void* data, size_t size, int flags) {
  return fails() ? -1 : __real_send(fd, data, size, flags);
}
ssize_t __wrap_recv(int fd, void* data, size_t size, int flags) {
  return fails() ? -1 : __real_recv(fd, data, size, flags);
}
ssize_t __wrap_sendmsg(int fd, const msghdr* header, int flags) {
  return fails() ? -1 : __real_sendmsg(fd, header, flags);
}
ssize_t __wrap_recvmsg(int fd, msghdr* header, int flags) {
  return fails() ? -1 : __real_recvmsg(fd, header, flags);
}
int __wrap_fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  int argument = va_arg(rest, int);
  va_end(rest);
  return fails() ? -1 : __real_fcntl(fd, command, argument);
}

} // extern "C"
