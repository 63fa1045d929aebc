#include "core/shared_memory.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace reuseport {
namespace {

/** A mapping beyond the end of a memfd succeeds, and the first access to it would kill the process by SIGBUS. */
Result<Done> check_size(int fd, size_t bytes) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    int code = errno;
    return Failure{code, "fstat", describe_fd(fd)};
  }
  // A BPF map is no regular file: there the kernel itself compares.
  if (S_ISREG(status.st_mode) && static_cast<size_t>(status.st_size) < bytes) {
    return Failure{EINVAL, "mmap", std::to_string(bytes) + " bytes of " + describe_fd(fd)};
  }
  return Done{};
}

} // namespace

Result<UniqueFd> create_memfd(const std::string& name, size_t bytes) {
  std::string subject = "memfd " + name;
  UniqueFd fd(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  int code = errno;
  if (!fd.valid()) {
    return Failure{code, "memfd_create", subject};
  }
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) {
    code = errno;
    return Failure{code, "ftruncate", subject};
  }
  // Who shrank it would kill, by SIGBUS, every process that has it mapped.
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
    code = errno;
    return Failure{code, "fcntl", subject};
  }
  return fd;
}

Result<SharedMapping> SharedMapping::open(int fd, size_t bytes) {
  if (auto fits = check_size(fd, bytes); !fits) {
    return std::move(fits.failure());
  }
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  int code = errno;
  if (data == MAP_FAILED) {
    return Failure{code, "mmap", std::to_string(bytes) + " bytes of " + describe_fd(fd)};
  }
  return SharedMapping(static_cast<std::byte*>(data), bytes);
}

SharedMapping::~SharedMapping() {
  if (data_ != nullptr) {
    ::munmap(data_, size_);
  }
}

} // namespace reuseport
