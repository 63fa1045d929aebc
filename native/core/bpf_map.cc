#include "core/bpf_map.h"

#include "core/bpf_call.h"

#include <cerrno>

namespace reuseport {
namespace {

uint32_t kernel_type(BpfMapType type) {
  switch (type) {
  case BpfMapType::kArray:
    return BPF_MAP_TYPE_ARRAY;
  case BpfMapType::kReuseportSockarray:
    return BPF_MAP_TYPE_REUSEPORT_SOCKARRAY;
  }
  return BPF_MAP_TYPE_UNSPEC;
}

/** There the kernel copies more than one value. Such a map can only come from a pinned path. */
bool has_value_per_cpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

bpf_attr element(int fd, std::span<const std::byte> key) {
  bpf_attr attributes = empty_attributes();
  attributes.map_fd = static_cast<uint32_t>(fd);
  attributes.key = bpf_pointer(key.data());
  return attributes;
}

} // namespace

Result<UniqueFd> bpf_create_map(const BpfMapOptions& options) {
  bpf_attr attributes = empty_attributes();
  attributes.map_type = kernel_type(options.type);
  attributes.key_size = options.key_bytes;
  attributes.value_size = options.value_bytes;
  attributes.max_entries = options.max_entries;
  attributes.map_flags = options.mmapable ? BPF_F_MMAPABLE : 0;
  copy_bpf_name(attributes.map_name, options.name);
  return bpf_descriptor(BPF_MAP_CREATE, attributes, "MAP_CREATE " + options.name);
}

Result<BpfMapInfo> bpf_map_info(int fd) {
  ::bpf_map_info info{};
  if (auto read = bpf_object_info(fd, "bpf-map", &info, sizeof info, "OBJ_GET_INFO_BY_FD " + describe_fd(fd)); !read) {
    return std::move(read.failure());
  }
  bool mmapable = (info.map_flags & BPF_F_MMAPABLE) != 0;
  return BpfMapInfo{info.id, info.type, info.key_size, info.value_size, info.max_entries, mmapable};
}

Result<BpfMapSizes> bpf_map_sizes(int fd, const char* purpose) {
  std::string subject = std::string(purpose) + " " + describe_fd(fd);
  ::bpf_map_info info{};
  if (auto read = bpf_object_info(fd, "bpf-map", &info, sizeof info, subject); !read) {
    return std::move(read.failure());
  }
  if (has_value_per_cpu(info.type)) {
    return Failure{EOPNOTSUPP, "bpf", subject};
  }
  return BpfMapSizes{info.key_size, info.value_size};
}

Result<Done> bpf_update(int fd, std::span<const std::byte> key, std::span<const std::byte> value) {
  bpf_attr attributes = element(fd, key);
  attributes.value = bpf_pointer(value.data());
  attributes.flags = BPF_ANY;
  return bpf_done(BPF_MAP_UPDATE_ELEM, attributes, "MAP_UPDATE_ELEM " + describe_fd(fd));
}

Result<Done> bpf_delete(int fd, std::span<const std::byte> key) {
  bpf_attr attributes = element(fd, key);
  return bpf_done(BPF_MAP_DELETE_ELEM, attributes, "MAP_DELETE_ELEM " + describe_fd(fd));
}

Result<bool> bpf_lookup(int fd, std::span<const std::byte> key, std::span<std::byte> value) {
  bpf_attr attributes = element(fd, key);
  attributes.value = bpf_pointer(value.data());
  BpfAnswer answer = call_bpf(BPF_MAP_LOOKUP_ELEM, attributes);
  if (answer.code == ENOENT) {
    return false;
  }
  if (answer.code != 0) {
    return Failure{answer.code, "bpf", "MAP_LOOKUP_ELEM " + describe_fd(fd)};
  }
  return true;
}

} // namespace reuseport
