#include "core/bpf_pin.h"

#include "core/bpf_call.h"

namespace reuseport {

Result<Done> bpf_pin(int fd, const std::string& path) {
  bpf_attr attributes = empty_attributes();
  attributes.pathname = bpf_pointer(path.c_str());
  attributes.bpf_fd = static_cast<uint32_t>(fd);
  return bpf_done(BPF_OBJ_PIN, attributes, "OBJ_PIN " + path);
}

Result<UniqueFd> bpf_get_pinned(const std::string& path) {
  bpf_attr attributes = empty_attributes();
  attributes.pathname = bpf_pointer(path.c_str());
  return bpf_descriptor(BPF_OBJ_GET, attributes, "OBJ_GET " + path);
}

} // namespace reuseport
