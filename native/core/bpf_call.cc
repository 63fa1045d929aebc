#include "core/bpf_call.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace reuseport {

BpfAnswer call_bpf(bpf_cmd command, bpf_attr& attributes) {
  long value = ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
  int code = errno;
  return {static_cast<int>(value), value < 0 ? code : 0};
}

Result<UniqueFd> bpf_descriptor(bpf_cmd command, bpf_attr& attributes, std::string subject) {
  BpfAnswer answer = call_bpf(command, attributes);
  if (answer.code != 0) {
    return Failure{answer.code, "bpf", std::move(subject)};
  }
  return UniqueFd(answer.value);
}

Result<Done> bpf_done(bpf_cmd command, bpf_attr& attributes, std::string subject) {
  BpfAnswer answer = call_bpf(command, attributes);
  if (answer.code != 0) {
    return Failure{answer.code, "bpf", std::move(subject)};
  }
  return Done{};
}

Result<Done> bpf_object_info(int fd, const char* kind, void* info, size_t bytes, std::string subject) {
  bpf_attr attributes = empty_attributes();
  attributes.info.bpf_fd = static_cast<uint32_t>(fd);
  attributes.info.info_len = static_cast<uint32_t>(bytes);
  attributes.info.info = bpf_pointer(info);
  if (auto read = bpf_done(BPF_OBJ_GET_INFO_BY_FD, attributes, subject); !read) {
    return std::move(read.failure());
  }
  char target[64] = {};
  std::string link = "/proc/self/fd/" + std::to_string(fd);
  if (::readlink(link.c_str(), target, sizeof target - 1) < 0) {
    int code = errno;
    return Failure{code, "readlink", link};
  }
  if (target != std::string("anon_inode:") + kind) {
    return Failure{EINVAL, "bpf", std::move(subject)};
  }
  return Done{};
}

bpf_attr empty_attributes() {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  return attributes;
}

void copy_bpf_name(char (&field)[BPF_OBJ_NAME_LEN], const std::string& name) {
  std::copy_n(name.data(), std::min(name.size(), sizeof field - 1), field);
}

} // namespace reuseport
