#pragma once

#include "core/result.h"
#include "core/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <linux/bpf.h>
#include <string>

namespace reuseport {

/** What bpf(2) gave back: 0 or a descriptor. All descriptors that it makes are close-on-exec by themselves. */
struct BpfAnswer {
  int value;
  /** 0, or why it failed. */
  int code;
};

/** bpf(2). glibc has no wrapper. */
BpfAnswer call_bpf(bpf_cmd command, bpf_attr& attributes);

/** A command that gives a descriptor. `subject` for messages, as in "MAP_CREATE state". */
Result<UniqueFd> bpf_descriptor(bpf_cmd command, bpf_attr& attributes, std::string subject);
Result<Done> bpf_done(bpf_cmd command, bpf_attr& attributes, std::string subject);

/**
 * BPF_OBJ_GET_INFO_BY_FD, which fills in another structure for each kind of object. EINVAL when `fd` is of another kind
 * than `kind`: "bpf-map" or "bpf-prog", as /proc/self/fd names them.
 */
Result<Done> bpf_object_info(int fd, const char* kind, void* info, size_t bytes, std::string subject);

/** A zeroed union, padding included: the kernel refuses bytes that it does not know and that are not 0. */
bpf_attr empty_attributes();

inline uint64_t bpf_pointer(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

/** Copies a name of at most 15 characters into a field of BPF_OBJ_NAME_LEN (4.15). */
void copy_bpf_name(char (&field)[BPF_OBJ_NAME_LEN], const std::string& name);

} // namespace reuseport
